import { tableOf } from '@marquee/catalogue';
import type { DatasetName } from '@marquee/datasets';
import { errorMessage } from '@marquee/process/error-message';
import { RunFault } from '@marquee/runs';
import type { PoolClient } from 'pg';

/**
 * Copies the indexes that users have created on the published table to the one in `imdb_next`: a
 * full load replaces the table, and would lose them. They are recognised by their definitions, not
 * by their names.
 *
 * @throws RunFault when one cannot be built on the new data, such as a unique index on values that
 *   are no longer unique
 */
export async function copyUserIndexes(client: PoolClient, dataset: DatasetName): Promise<void> {
  const { rows } = await client.query<{ name: string; head: string; tail: string }>(
    `with index as (
       select
         i.indrelid,
         c.relname as name,
         regexp_match(pg_get_indexdef(i.indexrelid), '^(CREATE (?:UNIQUE )?INDEX .*?) ON (?:ONLY )?\\S+ (USING .*)$') as parts
       from pg_index i join pg_class c on c.oid = i.indexrelid
       -- of these two tables alone: the index of a table that is being dropped has no definition;
       -- nor indexes of a user's constraints: constraints are not copied
       where i.indrelid in (to_regclass($1::text), to_regclass($2::text))
         and i.indisvalid
         and not exists (select from pg_constraint k where k.conindid = i.indexrelid)
     )
     select name, parts[1] as head, parts[2] as tail
     from index
     where indrelid = to_regclass($1::text)
       and not exists (select from index as next where next.indrelid = to_regclass($2::text) and next.parts[2] = index.parts[2])
     order by name`,
    [tableOf(dataset, 'imdb'), tableOf(dataset, 'imdb_next')],
  );
  for (const { name, head, tail } of rows) {
    await client
      .query(`${head} ON ${tableOf(dataset, 'imdb_next')} ${tail}`)
      .catch((cause: unknown) => {
        throw new RunFault({
          code: 'user-index',
          message: `Your index ${name} on ${tableOf(dataset, 'imdb')} cannot be built on the new data: ${errorMessage(cause)}.`,
          hint: 'Nothing was published. Drop the index, or change it, and start the run again.',
          cause,
        });
      });
  }
}
