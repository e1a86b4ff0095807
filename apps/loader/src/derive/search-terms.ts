import { executeAll } from '../database/transaction.ts';
import { together } from '../all-settled-or-throw.ts';
import type { Build, Structure } from './derived-table-set.ts';
import { fillWithLines, finishTable } from './table-builds.ts';
import { refreshTexts } from './search-term-refresh.ts';
import { namesQuery, titlesQuery } from './search-term-rows.ts';
import {
  createKnownFor,
  createTextTable,
  finishKnownFor,
  finishTextTable,
  TEXT_INDEXES,
} from './search-term-tables.ts';
import { buildVocabulary } from './vocabulary.ts';

/** Titles, their other names and people's names, by their words and letters. */
export const TEXTS: Structure = {
  name: 'search',
  tables: ['title_text', 'name_text', 'known_for', 'word', 'spelling'],
  indexes: Object.values(TEXT_INDEXES),
  datasets: ['title.basics', 'title.akas', 'title.ratings', 'name.basics'],
  build: buildTexts,
  refresh: refreshTexts,
};

async function buildTexts(build: Build): Promise<void> {
  const { schema, table } = build;
  const votes = `select tconst, num_votes from ${table('title.ratings')}`;
  // one after another: each keeps a core busy, and the other is another structure's
  await fillWithLines(build, createTextTable(schema, 'title_text'), `${schema}.title_text`, {
    of: 'titles',
    query: titlesQuery(table, ''),
  });
  await fillWithLines(build, createTextTable(schema, 'name_text'), `${schema}.name_text`, {
    of: 'names',
    query: namesQuery(table, ''),
    votes,
  });
  await finishTable(build, finishTextTable(schema, 'title_text'));
  await finishTable(build, finishTextTable(schema, 'name_text'));
  await together([buildKnownFor(build), buildVocabulary(build)]);
}

async function buildKnownFor(build: Build): Promise<void> {
  const { schema, table, pool, signal } = build;
  await executeAll(pool, signal, [
    createKnownFor(schema),
    `insert into ${schema}.known_for select unnest(known_for_titles), nconst from ${table('name.basics')}`,
  ]);
  await finishTable(build, finishKnownFor(schema));
}
