import { statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Run, RunStep } from '@marquee/contract';
import { fileNameOf } from '@marquee/datasets';
import { Client } from 'pg';
import { loadPlainly, type PlainTimes } from './plain.ts';
import { sampleOf } from './sample.ts';
import { startBenchStack } from './stack.ts';

/** `npm run bench:load -- --titles N [--no-plain]`: a full load of a sample on a new database, beside the plain way of doing it. */

const { values } = parseArgs({ options: { titles: { type: 'string', default: '100000' }, 'no-plain': { type: 'boolean', default: false } } });
const titles = Number(values.titles);
if (!Number.isInteger(titles) || titles < 1000) throw new Error(`--titles takes a whole number from 1000 on, not ${values.titles}`);

const files = await sampleOf(titles, 0);
const stack = await startBenchStack(files);
try {
  const download = await stack.run('/run-downloader');
  const load = await stack.run('/run-loader');
  reportLoad(load);
  console.log(`\ndownload  ${secondsOf(download).toFixed(1)} s`);
  console.log(`memory    ${Object.entries(stack.peakMemory()).map(([name, mb]) => `${name} ${mb} MB`).join(', ')} at most`);
  if (!values['no-plain']) {
    await forget(stack.databaseUrl);
    reportPlain(await loadPlainly(stack.databaseUrl, files), secondsOf(load));
  }
} finally {
  await stack.stop();
}

function reportLoad(run: Run): void {
  const loads = run.steps.filter(({ job }) => job === 'load');
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

function secondsOf({ requestedAt, endedAt }: Run): number {
  return secondsBetween(requestedAt, endedAt);
}

function secondsBetween(from: string | null, to: string | null): number {
  return (Date.parse(to ?? '') - Date.parse(from ?? '')) / 1000;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Empties the database of what was just loaded, and lets it finish writing, so that the plain way finds the disk as ours did. */
async function forget(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query('drop schema imdb cascade');
  await client.query('checkpoint');
  await client.end();
}
