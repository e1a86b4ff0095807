import { allSettledOrThrow } from '../all-settled-or-throw.ts';
import { indexBuildSettings } from '../database/index-build-settings.ts';
import type { BuildContext, BuildTarget, DerivedTableSet } from './derived-table-set.ts';
import { createInBulk, finishTable } from './table-builds.ts';
import { COUNT_KEY, createCounts } from './title-counts.ts';
import { finishTitles, TITLE_INDEXES } from './title-indexes.ts';
import { refreshTitles } from './title-refresh.ts';
import {
  akaRows,
  createBitFunctions,
  createSortForm,
  seriesRows,
  titleRows,
  type PreparedRows,
} from './title-rows.ts';

/**
 * `title`: the values by which titles are filtered and sorted. `title_count`: how many titles have
 * each value.
 */
export const TITLE_TABLES: DerivedTableSet = {
  name: 'filters of titles',
  tables: ['title', 'title_count'],
  indexes: [...TITLE_INDEXES, COUNT_KEY],
  datasets: ['title.basics', 'title.ratings', 'title.akas', 'title.episode'],
  build: buildTitleTables,
  refresh: refreshTitles,
};

async function buildTitleTables(build: BuildContext): Promise<void> {
  await build.pool.query(createTitleFunctions().join(';'));
  await createInBulk(build, createTitles(build));
  await allSettledOrThrow([
    finishTable(build, finishTitles(build.schema)),
    createInBulk(build, createCounts(build.schema)),
  ]);
}

/** The statements that create the SQL functions by which titles are sorted and filtered. */
export function createTitleFunctions(): string[] {
  return [createSortForm(), ...createBitFunctions()];
}

/** The statements that create and fill `title`, in one transaction. */
export function createTitles({ schema, table }: BuildTarget): string[] {
  const prepared: PreparedRows = {
    akas: `${schema}.title_akas_by_title`,
    series: `${schema}.title_series`,
  };
  return [
    // merge joins by key, in which order the tables lie on disk: a hash join would hash all akas
    'set local enable_hashjoin = off',
    // akas and episodes are read once, instead of once for each part of the titles
    `create table ${prepared.akas} with (autovacuum_enabled = false) as${akaRows(table)}`,
    // its rows are in the index's order: the build needs no sort
    ...indexBuildSettings(null),
    `create index on ${prepared.akas} (title_id)`,
    `create table ${prepared.series} as${seriesRows(table)}`,
    `analyze ${prepared.akas}, ${prepared.series}`,
    // rows that are read together lie together: titles with votes by votes, the others by type and
    // year. Episodes are most of the others: to sort them would take longer than it saves
    `create table ${schema}.title with (autovacuum_enabled = false) as
    (${titleRows(table, { rated: true }, prepared)}
    order by votes desc, year desc, tconst desc)
    union all
    (${titleRows(table, { rated: false, where: `b.title_type is distinct from 'tvEpisode'` }, prepared)}
    order by type, year desc, tconst)
    union all
    (${titleRows(table, { rated: false, where: `b.title_type = 'tvEpisode'` }, prepared)})`,
    `drop table ${prepared.akas}, ${prepared.series}`,
    `analyze ${schema}.title`,
  ];
}
