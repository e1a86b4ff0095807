import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Run, RunStep } from '@marquee/contract';
import { fileNameOf } from '@marquee/datasets';
import { readNumbers } from './arguments.ts';
import { loadWithPsql, type PsqlTimes } from './psql-load.ts';
import { loadSteps, loadSeconds, secondsBetween, runSeconds, sum } from './runs.ts';
import { sampleFolder } from './sample-folder.ts';
import { startBenchStack } from './stack.ts';

/**
 * `npm run bench:load -- --titles N [--plain 0]`: measures a full load of a sample on a new
 * database, compared with a load by psql unless `--plain 0`.
 */

const { titles, plain } = readNumbers({ titles: 100_000, plain: 1 });

const files = await sampleFolder(titles, 0);
const seconds = await measureMarquee();
if (plain > 0) await measurePsql(seconds);

/** @returns seconds of the full load, without the derived tables */
async function measureMarquee(): Promise<number> {
  const stack = await startBenchStack(files);
  try {
    const download = await stack.run('/run-downloader');
    const load = await stack.run('/run-loader');
    await stack.settled();
    reportLoad(load);
    console.log(`\ndownload  ${runSeconds(download).toFixed(1)} s`);
    console.log(
      `memory    ${Object.entries(stack.peakMemory())
        .map(([name, mb]) => `${name} ${mb} MB`)
        .join(', ')} at peak`,
    );
    return loadSeconds(load);
  } finally {
    await stack.stop();
  }
}

/** On a new server, as for marquee: the first use of its memory is slower. */
async function measurePsql(ours: number): Promise<void> {
  const stack = await startBenchStack(files);
  try {
    reportPsql(await loadWithPsql(stack.databaseUrl, files), ours);
  } finally {
    await stack.stop();
  }
}

function reportLoad(run: Run): void {
  const loads = loadSteps(run);
  for (const step of loads)
    console.log(
      line(
        step.dataset,
        step.rowsDone,
        rawBytesOf(step),
        secondsBetween(step.startedAt, step.endedAt),
      ),
    );
  const rows = sum(loads.map(({ rowsDone }) => rowsDone));
  console.log(line('all', rows, sum(loads.map(rawBytesOf)), loadSeconds(run)));
  console.log(`derived tables and publish: ${(runSeconds(run) - loadSeconds(run)).toFixed(1)} s`);
}

function reportPsql({ copySeconds, arraySeconds, indexSeconds }: PsqlTimes, ours: number): void {
  const plain = copySeconds + arraySeconds + indexSeconds;
  console.log(
    `plain     ${plain.toFixed(1)} s: COPY ${copySeconds.toFixed(1)}, lists to arrays ${arraySeconds.toFixed(1)}, keys, indexes and statistics ${indexSeconds.toFixed(1)}`,
  );
  console.log(`ratio     ${(ours / plain).toFixed(2)}`);
}

function line(name: string, rows: number, bytes: number, seconds: number): string {
  const cells = [
    rows.toLocaleString('en-US').padStart(12),
    `${seconds.toFixed(1)} s`.padStart(9),
    `${Math.round(rows / seconds).toLocaleString('en-US')} rows/s`.padStart(18),
  ];
  return `${name.padEnd(17)}${cells.join('')}${`${(bytes / 1e6 / seconds).toFixed(1)} MB/s gz`.padStart(16)}`;
}

function rawBytesOf({ dataset }: RunStep): number {
  return statSync(join(files, fileNameOf(dataset))).size;
}
