import { tableOf } from '@marquee/catalogue';
import type { DatasetName } from '@marquee/datasets';
import type { PoolClient } from 'pg';

/** Gives the table in `imdb_next` the indexes that users have put on the published one: a load replaces the table, and would lose them. */
export async function copyUserIndexes(client: PoolClient, dataset: DatasetName): Promise<void> {
  const [published, next] = [tableOf(dataset, 'imdb'), tableOf(dataset, 'imdb_next')];
  const { rows } = await client.query<{ statement: string }>(
    `select pg_get_indexdef(i.indexrelid) as statement
     from pg_index i join pg_class c on c.oid = i.indexrelid
     where i.indrelid = to_regclass($1::text) and i.indisvalid
       and not exists (select from pg_index n join pg_class m on m.oid = n.indexrelid where n.indrelid = $2::regclass and m.relname = c.relname)
       -- one that backs a constraint of the user's comes with the constraint, which is not ours to copy
       and not exists (select from pg_constraint k where k.conindid = i.indexrelid)
     order by c.relname`,
    [published, next],
  );
  for (const { statement } of rows) await client.query(statement.replace(` ON ${published} `, ` ON ${next} `));
}
