import { DATASET_NAMES } from '@marquee/datasets';
import { DEFAULT_ORDER, LINE_ORDERS } from '@marquee/sample';
import { Client } from 'pg';
import { readArguments } from './arguments.ts';
import {
  download,
  measure,
  updateDaily,
  type SampleStack,
  type Measurement,
} from './measure-runs.ts';
import { startReading } from './readers.ts';
import { sampleFolder } from './sample-folder.ts';
import { startBenchStack } from './stack.ts';
import { printTable } from './table.ts';

/**
 * `npm run bench:refresh -- --titles N [--order collated] [--days D]`: measures refreshes of the
 * next three days and an unchanged day, with and without readers, against a full load of the last
 * day, all including the derived tables. Further days are one update each: measures how many
 * datasets were loaded in full, and how the tables grow.
 */

const { titles, days, order } = readArguments(
  { titles: 100_000, days: 3 },
  { order: [DEFAULT_ORDER, ...LINE_ORDERS.filter((other) => other !== DEFAULT_ORDER)] },
);
/** Number of days that are measured separately. */
const SINGLE_DAYS = 3;

const first = await sampleFolder(titles, 0, order);
for (let day = 1; day <= Math.max(days, SINGLE_DAYS); day++) await sampleFolder(titles, day, order);
const stack = await startBenchStack(first);
try {
  const sample = { stack, titles, order };
  const firstLoad = await measure(stack, ['/updatedata']);
  await stack.settled();
  const rows = await publishedRows();
  const paths = await somePaths(stack.apiUrl);
  const quiet = startReading(stack.apiUrl, paths);
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const measured = new Map<string, Partial<Measurement>>([
    ['first load', { loaderMb: firstLoad.loaderMb }],
    ['readers alone', { readers: await quiet() }],
  ]);
  for (const day of [1, 2]) {
    await download(sample, day);
    measured.set(`refresh, day ${day}`, await measure(stack, ['/run-loader']));
  }
  await download(sample, SINGLE_DAYS);
  measured.set('refresh, day 3, with readers', await measure(stack, ['/run-loader'], paths));
  await stack.settled();
  const again = ['/updatedata', { force: true }] as const;
  measured.set('unchanged day', await measure(stack, again));
  measured.set('unchanged day, with readers', await measure(stack, again, paths));
  await stack.settled();
  const full = await measure(stack, ['/run-loader', { force: 'full' }]);
  measured.set('full load', full);
  console.log(
    `\n${titles.toLocaleString('en-US')} titles, ${rows.toLocaleString('en-US')} rows, order ${order}`,
  );
  report(measured, { rows, fullSeconds: full.seconds });
  const peaks = Object.entries(stack.peakMemory()).map(([name, mb]) => `${name} ${mb} MB`);
  console.log(`\npeak resident memory: ${peaks.join(', ')}`);
  if (days > SINGLE_DAYS) {
    const single = [...measured.values()].flatMap(({ fallbacks = [] }) => fallbacks);
    await measureGrowth(sample, single);
  }
} finally {
  await stack.stop();
}

/** Prints a line for each run, and the reasons for full loads. */
function report(
  measured: ReadonlyMap<string, Partial<Measurement>>,
  { rows, fullSeconds }: { rows: number; fullSeconds: number },
): void {
  const lines = [...measured].map(([what, run]) => {
    const { seconds, changed, refreshed, unchanged, fallbacks, requests, loaderMb, readers } = run;
    const { requests: read, failed, over50, slowestMs } = readers ?? {};
    return [
      what,
      seconds?.toFixed(1) ?? '',
      seconds === undefined ? '' : (seconds / fullSeconds).toFixed(3),
      changed === undefined || changed === 0 ? '' : `${((changed / rows) * 100).toFixed(2)} %`,
      refreshed === undefined ? '' : `${refreshed}, ${unchanged ?? 0}, ${fallbacks?.length ?? 0}`,
      requests === undefined ? '' : String(requests),
      read === undefined ? '' : `${read}, ${failed ?? 0}, ${over50 ?? 0}`,
      slowestMs?.toFixed(0) ?? '',
      loaderMb?.toString() ?? '',
    ];
  });
  const datasets = 'refreshed, unchanged, loaded in full';
  const reading = 'reads, failed, over 50 ms';
  printTable(
    ['run', 's', 'of full load', 'rows', datasets, 'requests', reading, 'slowest ms', 'loader MB'],
    lines,
  );
  for (const [what, { fallbacks = [] }] of measured)
    for (const fallback of fallbacks) console.log(`${what}: ${fallback}`);
}

/** Updates day by day, and compares table sizes with those after a full load of the last day. */
async function measureGrowth(
  sample: SampleStack,
  fallbacksBefore: readonly string[],
): Promise<void> {
  const updates = await updateDaily(sample, SINGLE_DAYS + 1, days);
  const fallbacks = [...fallbacksBefore, ...updates.flatMap((update) => update.fallbacks)];
  const seconds = updates.map((update) => update.seconds).sort((a, b) => a - b);
  console.log(
    `\ndays 1 to ${days}: ${fallbacks.length} of ${days * DATASET_NAMES.length} datasets fell back to a full load; ` +
      `from day ${SINGLE_DAYS + 1} on an update took ${seconds[0]?.toFixed(1) ?? ''} to ${seconds.at(-1)?.toFixed(1) ?? ''} s`,
  );
  for (const reason of new Set(fallbacks)) console.log(reason);
  const grown = await sizes();
  await stack.run('/run-loader', { force: 'full' });
  console.log(`\nafter ${days} days, against a full load of the last one:`);
  const lines = [...(await sizes())].flatMap(([table, { heap, indexes }]) => {
    const before = grown.get(table);
    return before === undefined
      ? []
      : [[table, (before.heap / heap).toFixed(2), (before.indexes / indexes).toFixed(2)]];
  });
  printTable(['table', 'rows', 'indexes'], lines);
}

/** Total number of rows of all datasets. */
async function publishedRows(): Promise<number> {
  const [found] = await query<{ rows: number }>(
    'select sum(rows)::float8 as rows from ingest.data_control',
  );
  return found?.rows ?? 0;
}

/** Size of each table and of its indexes, in bytes. */
async function sizes(): Promise<Map<string, { heap: number; indexes: number }>> {
  const rows = await query<{ table: string; heap: number; indexes: number }>(
    `select relname as table, pg_table_size(oid)::float8 as heap, pg_indexes_size(oid)::float8 as indexes
     from pg_class where relnamespace in ('imdb'::regnamespace, 'search'::regnamespace) and relkind = 'r' order by 1`,
  );
  return new Map(rows.map(({ table, heap, indexes }) => [table, { heap, indexes }]));
}

async function query<T extends object>(sql: string): Promise<T[]> {
  const client = new Client({ connectionString: stack.databaseUrl });
  await client.connect();
  const { rows } = await client.query<T>(sql);
  await client.end();
  return rows;
}

/** Paths of titles and names for the readers. */
async function somePaths(apiUrl: string): Promise<string[]> {
  const ids = async (path: string, key: string) => {
    const { items } = (await (await fetch(apiUrl + path)).json()) as {
      items: Record<string, string>[];
    };
    return items.map((item) => String(item[key]));
  };
  const titles = (await ids('/titles?limit=50', 'tconst')).map((id) => `/titles/${id}`);
  const names = (await ids('/names?limit=50', 'nconst')).map((id) => `/names/${id}`);
  return titles.flatMap((path, i) => [path, names[i] ?? path]);
}
