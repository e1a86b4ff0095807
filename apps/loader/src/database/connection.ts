import { connectionTo } from '@marquee/postgres/primary';
import { Client, type ClientConfig, type Pool, type PoolConfig } from 'pg';

/** How a thread connects by itself: plain data, which can be sent to it. */
export type Connection = Pick<
  PoolConfig,
  'connectionString' | 'application_name' | 'keepAlive' | 'options'
>;

/** A pool's connection settings, for a thread that connects by itself. */
export function connectionOf(pool: Pool): Connection {
  const { connectionString, application_name, keepAlive, options } = pool.options;
  return { connectionString, application_name, keepAlive, options };
}

/**
 * The name of sessions that copy tables into exports. A publish that has to lock a table ends their
 * copies: see `lockTables`.
 */
export const EXPORT_SESSION = 'marquee export';

/** Opens a connection outside the pool. The caller ends it. */
export async function connectTo({
  connectionString = '',
  ...connection
}: ClientConfig): Promise<Client> {
  const client = new Client({ ...connection, ...connectionTo(connectionString) });
  // the query under way rejects with the same error
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
