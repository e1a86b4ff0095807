import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';
import { connectionOf, connectTo } from './connection.ts';

/**
 * Asks the server to look after a client that was killed, or whose machine is gone: a statement
 * goes on without its client until it next has something to say. A machine that is gone says
 * nothing, not even that it is: the probes find out, after half a minute.
 */
export const CHECK_CLIENT = `set local client_connection_check_interval = '5s'; set local tcp_keepalives_idle = 10; set local tcp_keepalives_interval = 5; set local tcp_keepalives_count = 4`;

/**
 * Has the server end the transaction, and with it what the transaction holds, when it hears nothing
 * from its client for so long between two statements: the client is frozen or cut off.
 */
export async function endWhenIdle(client: PoolClient, ms: number): Promise<void> {
  await client.query(`set local idle_in_transaction_session_timeout = ${ms}`);
}

/**
 * Waits for work that does not use the client, whose transaction {@link endWhenIdle} would end
 * meanwhile: gives signs of life on it.
 *
 * @param idleMs as it was given there
 */
export async function withKeepAlive<T>(
  client: PoolClient,
  idleMs: number,
  work: Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  const signs = (async () => {
    for (;;) {
      await sleep(idleMs / 3, undefined, { signal: ended.signal });
      // as text: with parameters, it would keep a snapshot as long as the transaction
      await client.query('select');
    }
  })().catch(() => {
    // the work has ended; or the connection has, which whoever holds it is told of
  });
  try {
    return await work;
  } finally {
    ended.abort();
    await signs;
  }
}

/**
 * Runs work in a transaction of its own connection. When the signal is aborted, the statement under
 * way is cancelled, and no other is begun.
 *
 * @param work is given a signal that is also aborted when the connection is lost, and with it what
 *   the transaction holds
 */
export async function inTransaction<T>(
  pool: Pool,
  signal: AbortSignal,
  work: (client: PoolClient, held: AbortSignal) => Promise<T>,
): Promise<T> {
  return onConnection(pool, signal, async (client, held, lose) => {
    try {
      await client.query('begin');
      await client.query(CHECK_CLIENT);
      const result = await work(client, held);
      signal.throwIfAborted();
      await client.query('commit');
      return result;
    } catch (error) {
      await client.query('rollback').catch(lose);
      throw error;
    }
  });
}

/** Runs statements one after another, in a transaction of their own. */
export async function executeAll(
  pool: Pool,
  signal: AbortSignal,
  statements: readonly string[],
): Promise<void> {
  await inTransaction(pool, signal, async (client) => {
    for (const statement of statements) {
      signal.throwIfAborted();
      await client.query(statement);
    }
  });
}

/**
 * Runs a statement that no transaction can hold, such as a vacuum. When the signal is aborted, it
 * is cancelled.
 */
export async function executeAlone(
  pool: Pool,
  signal: AbortSignal,
  statement: string,
): Promise<void> {
  await onConnection(pool, signal, async (client) => client.query(statement));
}

/**
 * Lends a connection to some work, whose statement under way is cancelled when the signal is
 * aborted.
 */
async function onConnection<T>(
  pool: Pool,
  signal: AbortSignal,
  work: (client: PoolClient, held: AbortSignal, lose: (error: unknown) => void) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const client = await pool.connect();
  const lost = new AbortController();
  const lose = (error: unknown) => lost.abort(error);
  client.on('error', lose);
  let cancelling: Promise<void> = Promise.resolve();
  let cancel: (() => void) | undefined;
  try {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    cancel = () => {
      cancelling = cancelStatement(pool, rows[0]?.pid);
    };
    signal.addEventListener('abort', cancel);
    signal.throwIfAborted();
    return await work(client, AbortSignal.any([signal, lost.signal]), lose);
  } finally {
    if (cancel !== undefined) signal.removeEventListener('abort', cancel);
    // it would hit what the connection is at next
    await cancelling;
    client.off('error', lose);
    client.release(lost.signal.aborted);
  }
}

/** A server that does not answer for so long has something else to do than the statement. */
const CANCEL_MS = 5000;

/** On a connection of its own: all of the pool's may be in use, by what is to be cancelled. */
async function cancelStatement(pool: Pool, pid: number | undefined): Promise<void> {
  try {
    const client = await connectTo({
      ...connectionOf(pool),
      connectionTimeoutMillis: CANCEL_MS,
      query_timeout: CANCEL_MS,
    });
    await client
      .query('select pg_cancel_backend($1::int)', [pid])
      .finally(async () => client.end());
  } catch {
    // the server is away, and the statement with it
  }
}
