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
 * measures response times of the API by kind of request, drawn from the data; requests per second
 * compared with a bare Fastify route; and a stream of all names. `--keep` keeps the loaded stack
 * for the next run.
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
 * Before each measurement its requests are sent once, or as many as fit in the time. This opens
 * connections, prepares statements, compiles code and reads data from the disk, whose speed is not
 * measured.
 */
const WARM_UP = { connections: 8, seconds: 60 };
const CONNECTIONS = 32;
const ROUNDS = 3;
/** Number of requests of a kind that are sent one by one to measure PostgreSQL's time. */
const SEQUENTIAL_REQUESTS = 200;
/**
 * Maximum number of rows read from a stream, and number of rows before the first memory
 * measurement.
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
    `\n${rate} requests/s, each kind for ${seconds} s, after sending each once; times in ms from the scheduled time; PostgreSQL: time per request if sent one by one`,
  );
  console.log(
    `${''.padEnd(30)}     p50     p90     p99     max   PostgreSQL  first time/s  answers`,
  );
  for (const kind of kinds.filter(({ name }) => name.includes(values.only))) await measure(kind);
  const byId = kinds.find(({ name }) => name === 'title by id')?.paths ?? [];
  if ('title by id'.includes(values.only)) await compareWithBareServer(byId);
  const byText = kinds.find(({ name }) => name === 'titles by text')?.paths ?? [];
  if ('titles by text'.includes(values.only)) await measureThroughput('titles by text', byText);
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
  const sequential = paths.slice(0, SEQUENTIAL_REQUESTS);
  const ms = await statementTimes.during(client, async () =>
    requestSequentially(stack.apiUrl, sequential),
  );
  console.log(
    `${name.padEnd(30)}${quantiles(answers)}${(ms / sequential.length).toFixed(2).padStart(13)}${first.perSecond.toFixed(0).padStart(13)}  ${formatStatuses(answers)}`,
  );
}

/** Measures the maximum number of requests per second. */
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
 * Reads a list as a stream, up to the maximum number of rows. Reports the peak memory of the API
 * after the first rows and at the end.
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
    `\n${path}: ${rows} rows, ${(rows / ((performance.now() - began) / 1000)).toFixed(0)} rows/s, peak memory of the API ${early} MB after ${FIRST_STREAMED_ROWS} rows, ${peak()} MB at the end`,
  );
}

/**
 * Requests per second for a title by id: the API and the bare server in turns, so that other load
 * affects both.
 */
async function compareWithBareServer(paths: readonly string[]): Promise<void> {
  const bare = await startBareServer(stack.databaseUrl);
  const best = { ours: 0, bare: 0 };
  console.log(`\ntitle by id, on ${CONNECTIONS} connections, in ${ROUNDS} turns of ${seconds} s`);
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
          `${who.padEnd(30)}${quantiles(answers)}  ${answers.perSecond.toFixed(0).padStart(6)} requests/s, ${(((used() - before) * 1000) / answers.requests).toFixed(3)} ms of processor per request  ${formatStatuses(answers)}`,
        );
      }
    }
  } finally {
    await bare.stop();
  }
  console.log(`ours / bare                   ${(best.ours / best.bare).toFixed(2)}`);
  await timeStatement(paths.map((path) => path.slice('/titles/'.length)));
}

/** Measures the same statement on one connection, including round trips. */
async function timeStatement(ids: readonly string[]): Promise<void> {
  const times: number[] = [];
  for (const id of ids) {
    const began = performance.now();
    await client.query({ name: 'title', text: TITLE_BY_ID, values: [id] });
    times.push(performance.now() - began);
  }
  console.log(
    `${'statement only'.padEnd(30)}${quantiles({ times: Float64Array.from(times).sort() })}  ${(1000 / (times.reduce((sum, ms) => sum + ms, 0) / times.length)).toFixed(0).padStart(6)} statements/s on one connection`,
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
