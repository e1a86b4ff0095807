import type { PoolClient } from 'pg';
import { executeAll } from '../database/transaction.ts';
import type { BuildContext, SearchSchema } from './derived-table-set.ts';
import { fetchRows, writeLines } from './row-streams.ts';
import { lineMaker, type LineSource } from './copy-lines.ts';
import { createSpelling, createWord, finishSpelling, finishWord } from './search-term-tables.ts';
import { fillWithLines } from './table-builds.ts';

/** The tiers whose words misspelt ones are corrected to. */
export const KNOWN_TIERS = `key < 'd'`;

/** Makes the vocabulary from the tables of texts. */
export async function buildVocabulary(build: BuildContext): Promise<void> {
  const { pool, signal, schema } = build;
  await executeAll(pool, signal, [
    createWord(schema),
    `insert into ${schema}.word
     select word, count(*) from (
       select unnest(string_to_array(substr(key, 2), ' ')) as word from ${schema}.title_text where ${KNOWN_TIERS}
       union all select unnest(string_to_array(substr(key, 2), ' ')) from ${schema}.name_text where ${KNOWN_TIERS}
     ) group by word`,
    ...finishWord(schema),
  ]);
  await fillWithLines(
    build,
    createSpelling(schema),
    `${schema}.spelling`,
    spellingsOf(`select word from ${schema}.word`),
  );
  await executeAll(pool, signal, finishSpelling(schema));
}

/** Adds the keys of some words. @param words a query for them */
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
