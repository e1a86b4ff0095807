import { indexBuildSettings } from '../database/index-build-settings.ts';
import { executeAll } from '../database/transaction.ts';
import { allSettledOrThrow } from '../all-settled-or-throw.ts';
import { COUNT_KEY, countRows, finishCounts } from './title-counts.ts';
import { refreshNames, refreshTitles } from './title-refresh.ts';
import {
  createBits,
  createSortForm,
  finishNames,
  finishTitles,
  NAME_INDEX,
  nameRows,
  parentRows,
  akaRows,
  TITLE_INDEXES,
  titleRows,
} from './title-rows.ts';
import { finishTable } from './table-builds.ts';
import type { BuildContext, DerivedTableSet } from './derived-table-set.ts';

/**
 * A row for each title with all that titles are filtered and sorted by, and how many there are of
 * what.
 */
export const TITLE_TABLES: DerivedTableSet = {
  name: 'filters of titles',
  tables: ['title', 'title_count'],
  indexes: [...TITLE_INDEXES, COUNT_KEY],
  datasets: ['title.basics', 'title.ratings', 'title.akas', 'title.episode'],
  build: buildTitles,
  refresh: refreshTitles,
};

/**
 * A row for each name with all that names are filtered and sorted by, and how many have each
 * profession.
 */
export const NAME_TABLES: DerivedTableSet = {
  name: 'filters of names',
  tables: ['name', 'profession'],
  indexes: [NAME_INDEX],
  datasets: ['name.basics'],
  build: buildNames,
  refresh: refreshNames,
};

/**
 * Sorts and joins of millions of rows by one process: other builds keep the other cores busy. A
 * table that is made of a query is written once where wal_level is minimal.
 */
const FOR_MILLIONS = [
  `set local work_mem = '192MB'`,
  'set local max_parallel_workers_per_gather = 0',
];

async function buildTitles(build: BuildContext): Promise<void> {
  const { schema, table, pool } = build;
  await pool.query(`${createSortForm()}; ${createBits()}`);
  const made = { places: `${schema}.title_places`, parents: `${schema}.title_parents` };
  await make(build, [
    // joins in the order of the keys, as all of it lies on the disk: a hash would be made of all
    // akas
    'set local enable_hashjoin = off',
    // all akas and episodes are read once, and not once for each part of the titles
    `create table ${made.places} with (autovacuum_enabled = false) as ${akaRows(table)}`,
    // they lie in its order
    ...indexBuildSettings(null),
    `create index on ${made.places} (title_id)`,
    `create table ${made.parents} as ${parentRows(table)}`,
    `analyze ${made.places}, ${made.parents}`,
    // what is asked for together lies together: of titles with votes the best known, of the others
    // those of a type and year; but episodes, which are most of them, would take longer to sort
    // than it saves
    `create table ${schema}.title with (autovacuum_enabled = false) as
     (${titleRows(table, { rated: true }, made)} order by votes desc, year desc, tconst desc)
     union all (${titleRows(table, { rated: false, where: `b.title_type is distinct from 'tvEpisode'` }, made)} order by type, year desc, tconst)
     union all (${titleRows(table, { rated: false, where: `b.title_type = 'tvEpisode'` }, made)})`,
    `drop table ${made.places}, ${made.parents}`,
    `analyze ${schema}.title`,
  ]);
  await allSettledOrThrow([
    finishTable(build, finishTitles(schema)),
    make(build, [
      // as many groups as PostgreSQL expects are not there: it would sort all titles twice instead,
      // of 12.7 million in 88 s instead of 30 with 263 MB
      'set local hash_mem_multiplier = 16',
      `create table ${schema}.title_count as ${countRows(`(select *, 1 as times from ${schema}.title)`)}`,
      ...finishCounts(schema),
    ]),
  ]);
}

async function buildNames(build: BuildContext): Promise<void> {
  const { schema, table } = build;
  await make(build, [
    `create table ${schema}.name with (autovacuum_enabled = false) as ${nameRows(table)}`,
    `analyze ${schema}.name`,
  ]);
  await allSettledOrThrow([
    finishTable(build, finishNames(schema)),
    make(build, [
      `create table ${schema}.profession as select profession, count(*) as names from ${schema}.name, unnest(professions) as profession group by profession`,
      `alter table ${schema}.profession add primary key (profession)`,
      `comment on table ${schema}.profession is 'How many names have each profession'`,
    ]),
  ]);
}

async function make({ pool, signal }: BuildContext, statements: readonly string[]): Promise<void> {
  await executeAll(pool, signal, [...FOR_MILLIONS, ...statements]);
}
