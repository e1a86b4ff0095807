import type { DatasetName } from '@marquee/datasets';
import type { Pool, PoolClient } from 'pg';
import { NotComparableError } from './compare/not-comparable.ts';

/**
 * Checks that only the loader has written to a published table, so that changes can be merged into
 * it.
 *
 * @throws NotComparableError naming who else has written to it
 */
export async function expectNoHandWrite(pool: Pool, dataset: DatasetName): Promise<void> {
  const { rows } = await pool.query<{ by: string; at: string }>(
    `select written_by as by, to_char(at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"') as at
     from ingest.hand_write where dataset = $1::text order by hand_write.at limit 1`,
    [dataset],
  );
  const [first] = rows;
  if (first === undefined) return;
  throw new NotComparableError(`${first.by} wrote to the published table at ${first.at}`);
}

/**
 * Deletes the record of writes by others, inside the transaction that replaces the table. Its lock
 * is exclusive: nobody can be writing to the old table any more.
 */
export async function forgetHandWrites(client: PoolClient, dataset: DatasetName): Promise<void> {
  await client.query('delete from ingest.hand_write where dataset = $1::text', [dataset]);
}
