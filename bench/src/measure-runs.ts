import type { LineOrder } from '@marquee/sample';
import { summarizeLoads, runSeconds, type LoadSummary } from './runs.ts';
import { startReading, type ReaderReport } from './readers.ts';
import { sampleFolder } from './sample-folder.ts';
import type { BenchStack } from './stack.ts';

/** Cost of a run. */
export interface Measurement extends LoadSummary {
  readonly seconds: number;
  /** Requests to the file server during the run. */
  readonly requests: number;
  /** Peak resident memory of the loader so far, in MB. */
  readonly loaderMb: number | null;
  /** Report of the readers during the run; null without readers. */
  readonly readers: ReaderReport | null;
}

/** A sample and the stack that loads it. */
export interface SampleStack {
  readonly stack: BenchStack;
  readonly titles: number;
  readonly order: LineOrder;
}

/** Serves a day and downloads it, after all maintenance is done. */
export async function download({ stack, titles, order }: SampleStack, day: number): Promise<void> {
  await stack.settled();
  await stack.serve(await sampleFolder(titles, day, order));
  await stack.run('/run-downloader');
}

/**
 * Runs a request that starts a run, and measures it.
 *
 * @param reading paths for readers to request during the run; no readers if empty
 */
export async function measure(
  stack: BenchStack,
  [path, body]: readonly [path: string, body?: object],
  reading: readonly string[] = [],
): Promise<Measurement> {
  const before = stack.requests();
  const stop = reading.length === 0 ? null : startReading(stack.apiUrl, reading);
  const run = await stack.run(path, body);
  return {
    seconds: runSeconds(run),
    requests: stack.requests() - before,
    readers: (await stop?.()) ?? null,
    loaderMb: stack.peakMemory()['loader'] ?? null,
    ...summarizeLoads(run),
  };
}

/** Updates day by day. @returns the measurement of each day */
export async function updateDaily(
  days: SampleStack,
  from: number,
  to: number,
): Promise<readonly Measurement[]> {
  const measured: Measurement[] = [];
  for (let day = from; day <= to; day++) {
    await days.stack.serve(await sampleFolder(days.titles, day, days.order));
    measured.push(await measure(days.stack, ['/updatedata', { force: true }]));
  }
  return measured;
}
