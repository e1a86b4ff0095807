import { allSettledOrThrow } from '../all-settled-or-throw.ts';
import { executeAll } from '../database/transaction.ts';
import type { LineSource } from './copy-lines.ts';
import type { BuildContext, BuildTarget, DerivedTableSet } from './derived-table-set.ts';
import { refreshSearchTerms } from './search-term-refresh.ts';
import { namesQuery, titlesQuery } from './search-term-rows.ts';
import {
  createTermTable,
  fillKnownFor,
  finishKnownFor,
  finishTermTable,
  TERM_INDEXES,
  type TermTable,
} from './search-term-tables.ts';
import { fillWithLines, finishTable } from './table-builds.ts';
import { buildVocabulary } from './vocabulary.ts';

/**
 * The search terms: titles, their other names and people's names in normal form, by words and by
 * spelling.
 */
export const SEARCH_TERMS: DerivedTableSet = {
  name: 'search',
  tables: ['title_text', 'name_text', 'known_for', 'word', 'spelling'],
  indexes: Object.values(TERM_INDEXES),
  datasets: ['title.basics', 'title.akas', 'title.ratings', 'name.basics'],
  build: buildSearchTerms,
  refresh: refreshSearchTerms,
};

async function buildSearchTerms(build: BuildContext): Promise<void> {
  const sources = termSources(build.table);
  // one after another: each keeps one core busy, and the other one is for another set's build
  await fillTerms(build, 'title_text', sources.title_text);
  await fillTerms(build, 'name_text', sources.name_text);
  await finishTable(build, finishTermTable(build.schema, 'title_text'));
  await finishTable(build, finishTermTable(build.schema, 'name_text'));
  await allSettledOrThrow([buildKnownFor(build), buildVocabulary(build)]);
}

/** The rows that the terms of all titles and names are made from. */
export function termSources(table: BuildTarget['table']): Record<TermTable, LineSource> {
  return {
    title_text: { of: 'titles', query: titlesQuery(table, '') },
    name_text: {
      of: 'names',
      query: namesQuery(table, ''),
      votes: `select tconst, num_votes from ${table('title.ratings')}`,
    },
  };
}

async function fillTerms(build: BuildContext, table: TermTable, source: LineSource): Promise<void> {
  const create = createTermTable(build.schema, table);
  await fillWithLines(build, create, `${build.schema}.${table}`, source);
}

async function buildKnownFor(build: BuildContext): Promise<void> {
  await executeAll(build.pool, build.signal, fillKnownFor(build));
  await finishTable(build, finishKnownFor(build.schema));
}
