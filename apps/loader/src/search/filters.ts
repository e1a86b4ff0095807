import type { PoolClient } from 'pg';
import { inTransaction } from '../load/transaction.ts';
import { together } from '../together.ts';
import { figuresOf, finishFigures } from './filters-figures.ts';
import { refreshNames, refreshTitles } from './filters-refresh.ts';
import { createSortForm, finishNames, finishTitles, nameRows, titleRows } from './filters-rows.ts';
import type { Build, Structure } from './structure.ts';

/** A row for each title with all that titles are filtered and sorted by, and how many there are of what. */
export const TITLE_FILTERS: Structure = {
  name: 'filters of titles',
  tables: ['title', 'title_figure'],
  datasets: ['title.basics', 'title.ratings', 'title.akas', 'title.episode'],
  build: buildTitles,
  refresh: refreshTitles,
};

/** A row for each name with all that names are filtered and sorted by, and how many have each profession. */
export const NAME_FILTERS: Structure = {
  name: 'filters of names',
  tables: ['name', 'profession'],
  datasets: ['name.basics'],
  build: buildNames,
  refresh: refreshNames,
};

/**
 * Sorts and joins of millions of rows, on all cores. Without this the planner takes handing rows from one process to another for too dear. A table
 * that is made of a query is written once where wal_level is minimal.
 */
const FOR_MILLIONS = `set local work_mem = '192MB'; set local parallel_setup_cost = 0; set local parallel_tuple_cost = 0.01`;

async function buildTitles(build: Build): Promise<void> {
  const { schema, pool } = build;
  await pool.query(createSortForm());
  // joined in the order of the keys, as all of it lies on the disk; then in the order of votes, so that those that are asked for most lie together
  const parts = await makeParts(build);
  await make(build, async (client) => {
    const rows = parts.map((part) => `select * from ${part}`).join(' union all ');
    await client.query(`create table ${schema}.title with (autovacuum_enabled = false) as ${rows} order by votes desc, year desc, tconst desc`);
    await client.query(`drop table ${parts.join(', ')}`);
    await client.query(`alter table ${schema}.title add primary key (tconst)`);
  });
  await together([
    eachOf(build, finishTitles(schema)),
    make(build, async (client) => {
      await client.query(`create table ${schema}.title_figure as ${figuresOf(`(select *, 1 as times from ${schema}.title)`)}`);
      for (const statement of finishFigures(schema)) await client.query(statement);
    }),
  ]);
  // what is visible to all, and frozen, need not be looked at again; no transaction can hold a vacuum
  build.signal.throwIfAborted();
  await pool.query(`vacuum (freeze, analyze) ${schema}.title`);
}

/** The rows of titles in two tables, made at the same time: a join in the order of keys is the work of one process. */
async function makeParts(build: Build): Promise<string[]> {
  const { schema, table, pool } = build;
  const [schemaname, tablename] = table('title.basics').split('.');
  // from the statistics; a small table has none, and needs none
  const { rows } = await pool.query<{ middle: string }>(
    `select bounds[cardinality(bounds) / 2] as middle from (
       select histogram_bounds::text::text[] as bounds from pg_stats where schemaname = $1::text and tablename = $2::text and attname = 'tconst'
     ) as stats where cardinality(bounds) > 2`,
    [schemaname, tablename],
  );
  const ranges = rows.length === 0 ? [{}] : rows.flatMap(({ middle }) => [{ to: middle }, { from: middle }]);
  const parts = ranges.map((range, i) => ({ range, part: `${schema}.title_part_${i}` }));
  await together(
    parts.map(async ({ range, part }) => make(build, async (client) => {
      // a hash of all akas would be made by each process on its own
      await client.query('set local enable_hashjoin = off; set local max_parallel_workers_per_gather = 0');
      await client.query(`create unlogged table ${part} as ${titleRows(table, range)}`);
    })),
  );
  return parts.map(({ part }) => part);
}

async function buildNames(build: Build): Promise<void> {
  const { schema, table, pool } = build;
  await make(build, async (client) => client.query(`create table ${schema}.name with (autovacuum_enabled = false) as ${nameRows(table)}`));
  await eachOf(build, finishNames(schema));
  await make(build, async (client) => {
    await client.query(`create table ${schema}.profession as select profession, count(*) as names from ${schema}.name, unnest(professions) as profession group by profession`);
    await client.query(`alter table ${schema}.profession add primary key (profession)`);
    await client.query(`comment on table ${schema}.profession is 'How many names have each profession'`);
  });
  build.signal.throwIfAborted();
  await pool.query(`vacuum (freeze, analyze) ${schema}.name`);
}

/** Each in a transaction of its own, so that none waits for the commit of the last. */
async function eachOf(build: Build, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await make(build, async (client) => client.query(statement));
}

async function make({ pool, signal }: Build, work: (client: PoolClient) => Promise<unknown>): Promise<void> {
  await inTransaction(pool, signal, async (client) => {
    await client.query(FOR_MILLIONS);
    await work(client);
  });
}
