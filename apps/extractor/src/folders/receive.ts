import { inTransaction, recordDelivery } from '@marquee/catalogue';
import type { Pool, PoolClient } from 'pg';
import type { StoredFile } from '@marquee/snapshots';

/** A file that arrived. */
export interface Arrival extends StoredFile {
  readonly source: string;
  readonly file: string;
  readonly name: string;
}

/**
 * Records a file of a folder as a delivery, unless the last one of this name is the same file, also
 * if that was withdrawn: the folder tells nothing new then.
 *
 * @returns whether it is a new delivery
 */
export async function receive(pool: Pool, arrival: Arrival): Promise<boolean> {
  const delivery = { ...arrival, receivedBy: 'folder' };
  const { isNew } = await inTransaction(pool, async (client) =>
    recordDelivery(transactionOf(client), delivery, 'last-of-name'),
  );
  return isNew;
}

/** A client in a transaction, as recordDelivery takes it. */
export function transactionOf(client: PoolClient): Parameters<typeof recordDelivery>[0] {
  return {
    query: async <R>(statement: string, values: readonly unknown[]) =>
      (await client.query(statement, [...values])).rows as R[],
  };
}
