import type { Pool, PoolClient } from 'pg';

/**
 * Runs work in a transaction of its own connection. When the signal is aborted, the statement under way is cancelled, and no other is begun: a
 * statement goes on without its client until it next has something to say. The server is also told to look after a client that was killed.
 */
export async function inTransaction<T>(pool: Pool, signal: AbortSignal, work: (client: PoolClient) => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const client = await pool.connect();
  let broken: Error | undefined;
  let cancel: (() => void) | undefined;
  try {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    cancel = () => void pool.query('select pg_cancel_backend($1::int)', [rows[0]?.pid]).catch(() => undefined);
    signal.addEventListener('abort', cancel);
    signal.throwIfAborted();
    await client.query('begin');
    await client.query(`set local client_connection_check_interval = '5s'`);
    const result = await work(client);
    signal.throwIfAborted();
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((fault: unknown) => {
      broken = fault instanceof Error ? fault : new Error(String(fault));
    });
    throw error;
  } finally {
    if (cancel !== undefined) signal.removeEventListener('abort', cancel);
    client.release(broken);
  }
}
