import type { Pool, PoolClient } from 'pg';

/** Asks the server to look after a client that was killed: a statement goes on without its client until it next has something to say. */
export const CHECK_CLIENT = `set local client_connection_check_interval = '5s'`;

/**
 * Runs work in a transaction of its own connection. When the signal is aborted, the statement under way is cancelled, and no other is begun.
 *
 * @param work is given a signal that is also aborted when the connection is lost, and with it what the transaction holds
 */
export async function inTransaction<T>(pool: Pool, signal: AbortSignal, work: (client: PoolClient, held: AbortSignal) => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const client = await pool.connect();
  const lost = new AbortController();
  const lose = (error: Error) => lost.abort(error);
  client.on('error', lose);
  let broken: Error | undefined;
  let cancel: (() => void) | undefined;
  try {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    cancel = () => void pool.query('select pg_cancel_backend($1::int)', [rows[0]?.pid]).catch(() => undefined);
    signal.addEventListener('abort', cancel);
    signal.throwIfAborted();
    await client.query('begin');
    await client.query(CHECK_CLIENT);
    const result = await work(client, AbortSignal.any([signal, lost.signal]));
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
    client.off('error', lose);
    client.release(broken);
  }
}

/** Runs statements one after another, in a transaction of their own. */
export async function executeAll(pool: Pool, signal: AbortSignal, statements: readonly string[]): Promise<void> {
  await inTransaction(pool, signal, async (client) => {
    for (const statement of statements) await client.query(statement);
  });
}
