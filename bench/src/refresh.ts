import { Client } from 'pg';
import { readNumbers } from './arguments.ts';
import { readWhile, type ReaderReport } from './readers.ts';
import { loadsOf, secondsBetween, secondsOf, sum } from './runs.ts';
import { sampleOf } from './sample.ts';
import { startBenchStack } from './stack.ts';

/**
 * `npm run bench:refresh -- --titles N [--days D]`: what each of the next two days costs as a
 * refresh, with nothing else going on as in the full load that they are compared with; what readers
 * notice of the third; then, for more days than these, how the tables grow.
 */

const { titles, days } = readNumbers({ titles: 100_000, days: 3 });

const first = await sampleOf(titles, 0);
for (let day = 1; day <= days; day++) await sampleOf(titles, day);
const stack = await startBenchStack(first);
try {
  await stack.run('/updatedata');
  await stack.settled();
  const paths = await somePaths(stack.apiUrl);
  const quiet = readWhile(stack.apiUrl, paths);
  await new Promise((resolve) => setTimeout(resolve, 3000));
  report('readers, nothing else going on', await quiet());

  const refreshes: number[] = [];
  for (const day of [1, 2]) {
    await download(day);
    const run = await stack.run('/run-loader');
    refreshes.push(secondsOf(run));
    console.log(`\nday ${day}`);
    for (const { dataset, note, startedAt, endedAt } of loadsOf(run))
      console.log(
        `${dataset.padEnd(17)}${secondsBetween(startedAt, endedAt).toFixed(1).padStart(6)} s  ${note ?? ''}`,
      );
  }
  await download(3);
  const stopReading = readWhile(stack.apiUrl, paths);
  const watched = await stack.run('/run-loader');
  report(
    `\nreaders, during the next refresh of ${secondsOf(watched).toFixed(1)} s`,
    await stopReading(),
  );

  await stack.settled();
  const full = secondsOf(await stack.run('/run-loader', { force: 'full' }));
  console.log(
    `refreshes ${refreshes.map((seconds) => `${seconds.toFixed(1)} s`).join(', ')}\nfull load ${full.toFixed(1)} s`,
  );
  console.log(
    `ratio     ${refreshes.map((seconds) => (seconds / full).toFixed(3)).join(', ')}; mean ${(sum(refreshes) / refreshes.length / full).toFixed(3)}`,
  );
  console.log(
    `memory    ${Object.entries(stack.peakMemory())
      .map(([name, mb]) => `${name} ${mb} MB`)
      .join(', ')} at most`,
  );
  if (days > 3) await grow();
} finally {
  await stack.stop();
}

/** Downloads a day, with nothing else going on. */
async function download(day: number): Promise<void> {
  await stack.settled();
  await stack.serve(await sampleOf(titles, day));
  await stack.run('/run-downloader');
}

/** Goes from day to day, and compares the sizes with those of a full load of the last day. */
async function grow(): Promise<void> {
  for (let day = 4; day <= days; day++) {
    await stack.serve(await sampleOf(titles, day));
    await stack.run('/updatedata', { force: true });
  }
  const grown = await sizes();
  await stack.run('/run-loader', { force: 'full' });
  const fresh = await sizes();
  console.log(`\nafter ${days} days, against a full load of the last one:`);
  for (const [table, { heap, indexes }] of fresh) {
    const before = grown.get(table);
    if (before !== undefined)
      console.log(
        `${table.padEnd(17)} table ${(before.heap / heap).toFixed(2)}, indexes ${(before.indexes / indexes).toFixed(2)}`,
      );
  }
}

/** Bytes of each table, and of its indexes together. */
async function sizes(): Promise<Map<string, { heap: number; indexes: number }>> {
  const client = new Client({ connectionString: stack.databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ table: string; heap: number; indexes: number }>(
    `select relname as table, pg_table_size(oid)::float8 as heap, pg_indexes_size(oid)::float8 as indexes
     from pg_class where relnamespace in ('imdb'::regnamespace, 'search'::regnamespace) and relkind = 'r' order by 1`,
  );
  await client.end();
  return new Map(rows.map(({ table, heap, indexes }) => [table, { heap, indexes }]));
}

/** Titles and names to ask for. */
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

function report(what: string, { requests, failed, slowestMs, over50 }: ReaderReport): void {
  console.log(
    `${what}: ${requests} requests, ${failed} failed, ${over50} over 50 ms, the slowest ${slowestMs.toFixed(0)} ms`,
  );
}
