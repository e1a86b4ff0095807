import type { LineOrder } from '@marquee/sample';
import { summarizeLoads, runSeconds, type LoadSummary } from './runs.ts';
import { startReading, type ReaderReport } from './readers.ts';
import { sampleFolder } from './sample-folder.ts';
import type { BenchStack } from './stack.ts';

/** What a run cost. */
export interface Measurement extends LoadSummary {
  readonly seconds: number;
  /** That the server of the files got, since it began to serve what the run is about. */
  readonly requests: number;
  /** The most memory that the loader has had resident so far, in MB. */
  readonly loaderMb: number | null;
  /** Of those who read meanwhile; null where nobody did. */
  readonly readers: ReaderReport | null;
}

/** Which sample, on which stack. */
export interface SampleStack {
  readonly stack: BenchStack;
  readonly titles: number;
  readonly order: LineOrder;
}

/** Serves a day, and downloads it while nothing else goes on. */
export async function download({ stack, titles, order }: SampleStack, day: number): Promise<void> {
  await stack.settled();
  await stack.serve(await sampleFolder(titles, day, order));
  await stack.run('/run-downloader');
}

/**
 * Runs something, and measures it.
 *
 * @param reading paths to ask the API for meanwhile; nothing is asked for when there are none
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

/** Updates from day to day. @returns what each of the days cost */
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
