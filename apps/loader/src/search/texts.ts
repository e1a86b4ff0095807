import { weightOf } from '@marquee/search';
import type { PoolClient } from 'pg';
import { executeAll, inTransaction } from '../load/transaction.ts';
import { together } from '../together.ts';
import type { Build, Structure } from './structure.ts';
import { readRows, writeLines, type Row } from './table-rows.ts';
import { refreshTexts } from './text-refresh.ts';
import { namesQuery, nameTexts, titlesQuery, titleTexts } from './text-rows.ts';
import { createKnownFor, createTextTable, finishKnownFor, finishTextTable, type TextTable } from './text-tables.ts';
import { TitleWeights } from './title-weights.ts';
import { buildVocabulary } from './vocabulary.ts';

/** Titles, their other names and people's names, by their words and letters. */
export const TEXTS: Structure = {
  name: 'search',
  tables: ['title_text', 'name_text', 'known_for', 'word', 'spelling'],
  datasets: ['title.basics', 'title.akas', 'title.ratings', 'name.basics'],
  build: buildTexts,
  refresh: refreshTexts,
};

/** One table is indexed while the next is filled: the former is PostgreSQL's work, the latter mostly ours. */
async function buildTexts(build: Build): Promise<void> {
  const { schema, table, pool, signal } = build;
  await fillTexts(build, 'title_text', titlesQuery(table, ''), titleTexts);
  await together([executeAll(pool, signal, finishTextTable(schema, 'title_text')), fillNames(build)]);
  await together([executeAll(pool, signal, finishTextTable(schema, 'name_text')), buildVocabulary(build)]);
}

async function fillNames(build: Build): Promise<void> {
  const { schema, table } = build;
  const weights = await readWeights(build);
  await together([fillTexts(build, 'name_text', namesQuery(table, ''), (row) => nameTexts(row, weights)), buildKnownFor(build)]);
  async function buildKnownFor({ pool, signal }: Build): Promise<void> {
    await inTransaction(pool, signal, async (client) => {
      await client.query(createKnownFor(schema));
      await client.query(`insert into ${schema}.known_for select unnest(known_for_titles), nconst from ${table('name.basics')}`);
      for (const statement of finishKnownFor(schema)) await client.query(statement);
    });
  }
}

/** Makes a table of texts and fills it in one transaction, so that its rows are frozen from the start and, with wal_level = minimal, written once. */
async function fillTexts({ pool, signal, schema }: Build, name: TextTable, query: string, textsOf: (row: Row) => string): Promise<void> {
  await inTransaction(pool, signal, async (reader) => {
    await inTransaction(pool, signal, async (writer) => {
      await writer.query(createTextTable(schema, name));
      await writeLines(writer, `${schema}.${name}`, linesOf(readRows(reader, query), textsOf), ' (format text, freeze)');
    });
  });
}

async function* linesOf(batches: AsyncIterable<Row[]>, textsOf: (row: Row) => string): AsyncGenerator<string> {
  for await (const rows of batches) yield rows.reduce((lines, row) => lines + textsOf(row), '');
}

/** The weight of every title that has votes. */
async function readWeights({ pool, signal, table }: Build): Promise<TitleWeights> {
  return inTransaction(pool, signal, async (client) => weightsFrom(client, `select tconst, num_votes from ${table('title.ratings')}`));
}

/** The weights of titles, from a query for their ids and votes. */
export async function weightsFrom(client: PoolClient, query: string): Promise<TitleWeights> {
  const weights = new TitleWeights();
  for await (const rows of readRows(client, query)) {
    for (const [id, votes] of rows) if (id != null) weights.set(id, weightOf(Number(votes ?? 0)));
  }
  return weights;
}
