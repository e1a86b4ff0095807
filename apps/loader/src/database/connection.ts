import { Client, type ClientConfig, type Pool, type PoolConfig } from 'pg';

/** How a thread connects by itself: nothing but data, which can be sent to it. */
export type Connection = Pick<
  PoolConfig,
  'connectionString' | 'application_name' | 'keepAlive' | 'options'
>;

/** How a pool connects, for a thread that connects by itself. */
export function connectionOf(pool: Pool): Connection {
  const { connectionString, application_name, keepAlive, options } = pool.options;
  return { connectionString, application_name, keepAlive, options };
}

/** Makes a connection beside the pool, which whoever has asked for it ends. */
export async function connectTo(connection: ClientConfig): Promise<Client> {
  const client = new Client(connection);
  // also told by the query that it breaks
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
