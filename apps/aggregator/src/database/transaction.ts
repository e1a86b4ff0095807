import type { Pool, PoolClient } from 'pg';

/**
 * Makes the server notice within seconds that this process is gone: the locks of its transaction
 * end with it. A transaction that waits for us longer than a minute is of a frozen process.
 */
const SETTINGS = `set local client_connection_check_interval = '5s'; set local idle_in_transaction_session_timeout = '60s'`;

/** Does work in a transaction on its own connection. */
export async function inTransaction<T>(
  pool: Pool,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let lost: Error | undefined;
  try {
    await client.query('begin');
    await client.query(SETTINGS);
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((fault: unknown) => {
      lost = fault as Error;
    });
    throw error;
  } finally {
    client.release(lost);
  }
}
