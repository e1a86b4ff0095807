import { spellingKeys } from '@marquee/search';
import type { PoolClient } from 'pg';
import { inTransaction } from '../load/transaction.ts';
import type { Build, SearchSchema } from './structure.ts';
import { readRows, writeLines, type Row } from './table-rows.ts';
import { createVocabulary, finishVocabulary } from './text-tables.ts';

/** The tiers whose words misspelt ones are corrected to. */
export const KNOWN_TIERS = `key < 'd'`;

/** Makes the vocabulary from the tables of texts. */
export async function buildVocabulary({ pool, signal, schema }: Build): Promise<void> {
  await inTransaction(pool, signal, async (client) => {
    for (const statement of createVocabulary(schema)) await client.query(statement);
    await client.query(
      `insert into ${schema}.word
       select word, count(*) from (
         select unnest(string_to_array(substr(key, 2), ' ')) as word from ${schema}.title_text where ${KNOWN_TIERS}
         union all select unnest(string_to_array(substr(key, 2), ' ')) from ${schema}.name_text where ${KNOWN_TIERS}
       ) group by word`,
    );
    await addSpellings(client, schema, `select word from ${schema}.word`);
    for (const statement of finishVocabulary(schema)) await client.query(statement);
  });
}

/** Adds the keys of some words. */
export async function addSpellings(client: PoolClient, schema: SearchSchema, query: string): Promise<void> {
  const lines: string[] = [];
  for await (const rows of readRows(client, query)) lines.push(rows.map(spellingLines).join(''));
  await writeLines(client, `${schema}.spelling`, lines);
}

function spellingLines([word]: Row): string {
  return word == null ? '' : spellingKeys(word).map((key) => `${key}\t${word}\n`).join('');
}
