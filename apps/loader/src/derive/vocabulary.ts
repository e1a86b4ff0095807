import { compactKey } from '@marquee/search';
import type { PoolClient } from 'pg';
import { executeAll } from '../database/transaction.ts';
import { lineMaker, type LineSource } from './copy-lines.ts';
import type { BuildContext, SearchSchema } from './derived-table-set.ts';
import { fetchRows, writeLines } from './row-streams.ts';
import { fillWithLines } from './table-builds.ts';

/** The tiers whose words are the vocabulary, to which misspelt words are corrected. */
export const IN_VOCABULARY = `${compactKey('key')} < 'd'`;

/** Builds the vocabulary from the tables of search terms. */
export async function buildVocabulary(build: BuildContext): Promise<void> {
  const { pool, signal, schema } = build;
  await executeAll(pool, signal, createWords(schema));
  await fillWithLines(
    build,
    createSpelling(schema),
    `${schema}.spelling`,
    spellingsOf(wordsQuery(schema)),
  );
  await executeAll(pool, signal, finishSpelling(schema));
}

/** The statements that create, fill and finish the table of words. */
export function createWords(schema: SearchSchema): string[] {
  const word = `${schema}.word`;
  return [
    `create table ${word} (word text collate "C" not null, uses integer not null)`,
    `insert into ${word}
    select word, count(*)
    from (
      select unnest(string_to_array(substr(key, 2), ' ')) as word from ${schema}.title_text where ${IN_VOCABULARY}
      union all
      select unnest(string_to_array(substr(key, 2), ' ')) from ${schema}.name_text where ${IN_VOCABULARY}
    )
    group by word`,
    `alter table ${word} add primary key (word)`,
    `analyze ${word}`,
    `comment on table ${word} is 'The words of the better known search terms, and how many of these have each'`,
  ];
}

/** A query for all words of the vocabulary. */
export function wordsQuery(schema: SearchSchema): string {
  return `select word from ${schema}.word`;
}

/** The statement that creates the table of spelling keys, without its key. */
export function createSpelling(schema: SearchSchema): string {
  return `create table ${schema}.spelling (key text collate "C" not null, word text collate "C" not null)`;
}

/** The statements that finish the filled table of spelling keys. */
export function finishSpelling(schema: SearchSchema): string[] {
  const spelling = `${schema}.spelling`;
  return [
    `alter table ${spelling} add primary key (key, word)`,
    `analyze ${spelling}`,
    `comment on table ${spelling} is 'Beginnings of words with letters left out: a misspelt word has one in common with the right one'`,
  ];
}

/** Adds the spelling keys of some words. @param words a query for them */
export async function addSpellings(
  client: PoolClient,
  schema: SearchSchema,
  words: string,
): Promise<void> {
  const source = spellingsOf(words);
  const lineOf = await lineMaker(client, source);
  for await (const rows of fetchRows(client, source.query))
    await writeLines(client, `${schema}.spelling`, rows.map(lineOf).join(''));
}

function spellingsOf(query: string): LineSource {
  return { of: 'spellings', query };
}
