import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Run, RunStep } from '@marquee/contract';
import { fileNameOf } from '@marquee/datasets';
import { Client } from 'pg';
import { readNumbers } from './arguments.ts';
import { loadPlainly, type PlainTimes } from './plain.ts';
import { loadsOf, secondsBetween, secondsOf, sum } from './runs.ts';
import { sampleOf } from './sample.ts';
import { startBenchStack } from './stack.ts';

/** `npm run bench:load -- --titles N [--plain 0]`: a full load of a sample on a new database, beside the plain way of doing it. */

const { titles, plain } = readNumbers({ titles: 100_000, plain: 1 });

const files = await sampleOf(titles, 0);
const stack = await startBenchStack(files);
try {
  const download = await stack.run('/run-downloader');
  const load = await stack.run('/run-loader');
  await stack.settled();
  reportLoad(load);
  console.log(`\ndownload  ${secondsOf(download).toFixed(1)} s`);
  console.log(`memory    ${Object.entries(stack.peakMemory()).map(([name, mb]) => `${name} ${mb} MB`).join(', ')} at most`);
  if (plain > 0) {
    await forget(stack.databaseUrl);
    reportPlain(await loadPlainly(stack.databaseUrl, files), secondsOf(load));
  }
} finally {
  await stack.stop();
}

function reportLoad(run: Run): void {
  const loads = loadsOf(run);
  for (const step of loads) console.log(line(step.dataset, step.rowsDone, rawBytesOf(step), secondsBetween(step.startedAt, step.endedAt)));
  const rows = sum(loads.map(({ rowsDone }) => rowsDone));
  console.log(line('all, published', rows, sum(loads.map(rawBytesOf)), secondsOf(run)));
  const lastEnd = Math.max(...loads.map(({ endedAt }) => Date.parse(endedAt ?? '')));
  console.log(`of which checking and publishing: ${((Date.parse(run.endedAt ?? '') - lastEnd) / 1000).toFixed(1)} s`);
}

function reportPlain({ copySeconds, indexSeconds }: PlainTimes, ours: number): void {
  const plain = copySeconds + indexSeconds;
  console.log(`plain     ${plain.toFixed(1)} s: COPY ${copySeconds.toFixed(1)}, keys, indexes and statistics ${indexSeconds.toFixed(1)}`);
  console.log(`ratio     ${(ours / plain).toFixed(2)}`);
}

function line(name: string, rows: number, bytes: number, seconds: number): string {
  const cells = [rows.toLocaleString('en-US').padStart(12), `${seconds.toFixed(1)} s`.padStart(9), `${Math.round(rows / seconds).toLocaleString('en-US')} rows/s`.padStart(18)];
  return `${name.padEnd(17)}${cells.join('')}${`${(bytes / 1e6 / seconds).toFixed(1)} MB/s gz`.padStart(16)}`;
}

function rawBytesOf({ dataset }: RunStep): number {
  return statSync(join(files, fileNameOf(dataset))).size;
}

/** Empties the database of what was just loaded, and lets it finish writing, so that the plain way finds the disk as ours did. */
async function forget(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query('drop schema imdb cascade');
  await client.query('checkpoint');
  await client.end();
}
