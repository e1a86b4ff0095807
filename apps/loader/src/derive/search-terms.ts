import { executeAll } from '../database/transaction.ts';
import { allSettledOrThrow } from '../all-settled-or-throw.ts';
import type { BuildContext, DerivedTableSet } from './derived-table-set.ts';
import { fillWithLines, finishTable } from './table-builds.ts';
import { refreshSearchTerms } from './search-term-refresh.ts';
import { namesQuery, titlesQuery } from './search-term-rows.ts';
import {
  createKnownFor,
  createTermTable,
  finishKnownFor,
  finishTermTable,
  TERM_INDEXES,
} from './search-term-tables.ts';
import { buildVocabulary } from './vocabulary.ts';

/** Titles, their other names and people's names, by their words and letters. */
export const SEARCH_TERMS: DerivedTableSet = {
  name: 'search',
  tables: ['title_text', 'name_text', 'known_for', 'word', 'spelling'],
  indexes: Object.values(TERM_INDEXES),
  datasets: ['title.basics', 'title.akas', 'title.ratings', 'name.basics'],
  build: buildSearchTerms,
  refresh: refreshSearchTerms,
};

async function buildSearchTerms(build: BuildContext): Promise<void> {
  const { schema, table } = build;
  const votes = `select tconst, num_votes from ${table('title.ratings')}`;
  // one after another: each keeps a core busy, and the other is another structure's
  await fillWithLines(build, createTermTable(schema, 'title_text'), `${schema}.title_text`, {
    of: 'titles',
    query: titlesQuery(table, ''),
  });
  await fillWithLines(build, createTermTable(schema, 'name_text'), `${schema}.name_text`, {
    of: 'names',
    query: namesQuery(table, ''),
    votes,
  });
  await finishTable(build, finishTermTable(schema, 'title_text'));
  await finishTable(build, finishTermTable(schema, 'name_text'));
  await allSettledOrThrow([buildKnownFor(build), buildVocabulary(build)]);
}

async function buildKnownFor(build: BuildContext): Promise<void> {
  const { schema, table, pool, signal } = build;
  await executeAll(pool, signal, [
    createKnownFor(schema),
    `insert into ${schema}.known_for select unnest(known_for_titles), nconst from ${table('name.basics')}`,
  ]);
  await finishTable(build, finishKnownFor(schema));
}
