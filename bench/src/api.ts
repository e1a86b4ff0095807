import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { startBareServer, TITLE_BY_ID } from './bare-server.ts';
import {
  requestAtFullSpeed,
  requestAtRate,
  requestSequentially,
  type LoadResult,
} from './request-load.ts';
import { drawRequests, type RequestKind } from './sample-requests.ts';
import { StatementTimes } from './statement-times.ts';
import { sampleFolder } from './sample-folder.ts';
import { processorSecondsOf, startBenchStack } from './stack.ts';

/**
 * `npm run bench:api -- --titles N [--rate 200] [--seconds 10] [--seed 1] [--only text] [--keep]`:
 * how long the API takes to answer requests of each kind, drawn from the data itself; how many it
 * answers a second, beside a bare Fastify route; and a list of all names as a stream. `--keep`
 * leaves the loaded stack for the next time.
 */

const { values } = parseArgs({
  options: {
    titles: { type: 'string', default: '100000' },
    rate: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    keep: { type: 'boolean', default: false },
  },
});
const [titles, rate, seconds, seed] = [
  wholeNumber('titles'),
  wholeNumber('rate'),
  wholeNumber('seconds'),
  wholeNumber('seed'),
];

/**
 * Before each measurement all of its requests are asked once, or as many as there is time for:
 * connections are made, statements prepared, code compiled, and what is asked for has been read off
 * the disk, which may be as slow as it likes.
 */
const WARM_UP = { connections: 8, seconds: 60 };
const CONNECTIONS = 32;
const ROUNDS = 3;
/** So many requests of a kind are asked one by one to see what PostgreSQL says. */
const SEQUENTIAL_REQUESTS = 200;
/**
 * So many rows are read of a stream, at the most; and so many of them before its memory is looked
 * at first.
 */
const MAX_STREAMED_ROWS = 2_000_000;
const FIRST_STREAMED_ROWS = 100_000;
const NEWLINE = '\n'.charCodeAt(0);

const statementTimes = new StatementTimes();
const stack = await startBenchStack(await sampleFolder(titles, 0), {
  folder: `stack-api-${titles}`,
  keep: values.keep,
  onPostgresLine: (line) => statementTimes.addLine(line),
});
const client = new Client({ connectionString: stack.databaseUrl });
try {
  await client.connect();
  await load();
  const kinds = await drawRequests(client, { count: rate * seconds, seed });
  console.log(
    `\n${rate} requests/s, each kind for ${seconds} s, after each has been asked once, in ms from when it was to be sent; PostgreSQL's own time is of requests that come one by one`,
  );
  console.log(
    `${''.padEnd(30)}     p50     p90     p99     max   PostgreSQL  first time/s  answers`,
  );
  for (const kind of kinds.filter(({ name }) => name.includes(values.only))) await measure(kind);
  const byId = kinds.find(({ name }) => name === 'title by id')?.paths ?? [];
  if ('title by id'.includes(values.only)) await compareWithBareServer(byId);
  const byText = kinds.find(({ name }) => name === 'titles by text')?.paths ?? [];
  if ('titles by text'.includes(values.only))
    await measureThroughput('a title by its text', byText);
  if ('stream'.includes(values.only)) await measureStream('/names?format=ndjson');
} finally {
  await client.end().catch(() => undefined);
  await stack.stop();
}

async function load(): Promise<void> {
  const { rowCount } = await client.query(
    'select from ingest.data_control where snapshot_id is not null',
  );
  if (rowCount === 7) return;
  console.log('Loading …');
  await stack.run('/updatedata');
  await stack.settled();
}

async function measure({ name, paths }: RequestKind): Promise<void> {
  const first = await requestAtFullSpeed(stack.apiUrl, paths, {
    ...WARM_UP,
    requests: paths.length,
  });
  const answers = await requestAtRate(stack.apiUrl, paths, { rate, seconds });
  const some = paths.slice(0, SEQUENTIAL_REQUESTS);
  const ms = await statementTimes.during(client, async () =>
    requestSequentially(stack.apiUrl, some),
  );
  console.log(
    `${name.padEnd(30)}${quantiles(answers)}${(ms / some.length).toFixed(2).padStart(13)}${first.perSecond.toFixed(0).padStart(13)}  ${formatStatuses(answers)}`,
  );
}

/** How many requests a second are answered, as fast as they go. */
async function measureThroughput(what: string, paths: readonly string[]): Promise<void> {
  const answers = await requestAtFullSpeed(stack.apiUrl, paths, {
    connections: CONNECTIONS,
    seconds,
  });
  console.log(
    `\n${what}, on ${CONNECTIONS} connections, for ${seconds} s\n${''.padEnd(30)}${quantiles(answers)}  ${answers.perSecond.toFixed(0).padStart(6)} requests/s  ${formatStatuses(answers)}`,
  );
}

/**
 * Reads a list as a stream, of all rows there are or of the first of them, and tells the most
 * memory that the API had resident after some and at the end.
 */
async function measureStream(path: string): Promise<void> {
  const peak = (): number => stack.peakMemory()['api'] ?? NaN;
  const began = performance.now();
  const { body } = await fetch(stack.apiUrl + path);
  let rows = 0;
  let early = NaN;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) rows++;
    if (Number.isNaN(early) && rows >= FIRST_STREAMED_ROWS) early = peak();
    if (rows >= MAX_STREAMED_ROWS) break;
  }
  console.log(
    `\n${path}: ${rows} rows, ${(rows / ((performance.now() - began) / 1000)).toFixed(0)} rows/s, most memory of the API ${early} MB after ${FIRST_STREAMED_ROWS} rows, ${peak()} MB at the end`,
  );
}

/**
 * Requests a second for a title by its id: ours, and those of a bare route in turns with it, so
 * that what else goes on hits both.
 */
async function compareWithBareServer(paths: readonly string[]): Promise<void> {
  const bare = await startBareServer(stack.databaseUrl);
  const best = { ours: 0, bare: 0 };
  console.log(
    `\na title by its id, on ${CONNECTIONS} connections, in ${ROUNDS} turns of ${seconds} s`,
  );
  try {
    for (let round = 0; round < ROUNDS; round++) {
      for (const [who, url] of [
        ['ours', stack.apiUrl],
        ['bare', bare.url],
      ] as const) {
        const used = (): number =>
          (who === 'ours' ? stack.processorSeconds('api') : processorSecondsOf(bare.pid)) ?? NaN;
        const before = used();
        const answers = await requestAtFullSpeed(url, paths, {
          connections: CONNECTIONS,
          seconds,
        });
        best[who] = Math.max(best[who], answers.perSecond);
        console.log(
          `${who.padEnd(30)}${quantiles(answers)}  ${answers.perSecond.toFixed(0).padStart(6)} requests/s, ${(((used() - before) * 1000) / answers.requests).toFixed(3)} ms of processor each  ${formatStatuses(answers)}`,
        );
      }
    }
  } finally {
    await bare.stop();
  }
  console.log(`ours / bare                   ${(best.ours / best.bare).toFixed(2)}`);
  await timeStatement(paths.map((path) => path.slice('/titles/'.length)));
}

/** The same statement on one connection, one after another, there and back. */
async function timeStatement(ids: readonly string[]): Promise<void> {
  const times: number[] = [];
  for (const id of ids) {
    const began = performance.now();
    await client.query({ name: 'title', text: TITLE_BY_ID, values: [id] });
    times.push(performance.now() - began);
  }
  console.log(
    `${'its statement alone'.padEnd(30)}${quantiles({ times: Float64Array.from(times).sort() })}  ${(1000 / (times.reduce((sum, ms) => sum + ms, 0) / times.length)).toFixed(0).padStart(6)} statements/s on one connection`,
  );
}

function quantiles({ times }: Pick<LoadResult, 'times'>): string {
  return [0.5, 0.9, 0.99, 1]
    .map((share) =>
      (times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? NaN)
        .toFixed(1)
        .padStart(8),
    )
    .join('');
}

function formatStatuses({ statuses }: LoadResult): string {
  return [...statuses]
    .sort(([a], [b]) => a - b)
    .map(([status, count]) => `${count} × ${status}`)
    .join(', ');
}

function wholeNumber(name: 'titles' | 'rate' | 'seconds' | 'seed'): number {
  const number = Number(values[name]);
  if (!Number.isInteger(number) || number < 1)
    throw new Error(`--${name} takes a whole number from 1, not ${values[name]}`);
  return number;
}
