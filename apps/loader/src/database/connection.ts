import { UrlClient } from '@marquee/postgres/url-client';
import { currentSecret } from '@marquee/process';
import type { Client, ClientConfig, Pool, PoolConfig } from 'pg';

/** How a thread connects by itself: plain data, which can be sent to it. */
export type Connection = Pick<
  PoolConfig,
  'connectionString' | 'application_name' | 'keepAlive' | 'options'
>;

/**
 * A pool's connection settings, for a thread that connects by itself. A thread knows of no files of
 * settings: it gets the URL of now.
 */
export function connectionOf(pool: Pool): Connection {
  const { connectionString = '', application_name, keepAlive, options } = pool.options;
  return {
    connectionString: currentSecret(connectionString),
    application_name,
    keepAlive,
    options,
  };
}

/** The name of the loader's sessions. Within a transaction the id of the run follows it. */
export const LOADER_SESSION = 'marquee loader';

/**
 * The name of sessions that copy tables into exports. A publish that has to lock a table ends their
 * copies: see `lockTables`.
 */
export const EXPORT_SESSION = 'marquee export';

/** Opens a connection outside the pool. The caller ends it. */
export async function connectTo(connection: ClientConfig): Promise<Client> {
  const client = new UrlClient(connection);
  // the query under way rejects with the same error
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
