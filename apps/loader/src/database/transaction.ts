import { setTimeout as sleep } from 'node:timers/promises';
import { nameSession } from '@marquee/catalogue';
import { sessionName } from '@marquee/process';
import type { Pool, PoolClient } from 'pg';
import { connectionOf, connectTo, LOADER_SESSION } from './connection.ts';

/**
 * Makes the server notice a client that was killed or whose machine is gone. Without it, a
 * statement runs on until it has output to send. A machine that is gone does not close its
 * connections: keepalive probes notice it after half a minute.
 */
const CHECK_CLIENT = `set local client_connection_check_interval = '5s'; set local tcp_keepalives_idle = 10; set local tcp_keepalives_interval = 5; set local tcp_keepalives_count = 4`;

/** The first statement of a transaction: checks its client, and names its session after the run. */
export function beginSession(): string {
  return `${CHECK_CLIENT}; ${nameSession(LOADER_SESSION)}`;
}

/**
 * Makes the server end the transaction, and release its locks, when it is idle for too long between
 * two statements: the client is frozen or cut off.
 */
export async function endWhenIdle(client: PoolClient, ms: number): Promise<void> {
  await client.query(`set local idle_in_transaction_session_timeout = ${ms}`);
}

/**
 * Awaits work that does not use the client, and keeps the client's transaction from being ended by
 * {@link endWhenIdle} by sending statements.
 *
 * @param idleMs as passed to {@link endWhenIdle}
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
      // without parameters: with some, it would keep a snapshot as long as the transaction
      await client.query('select');
    }
  })().catch(() => {
    // the work has ended; or the connection has, which the caller notices by itself
  });
  try {
    return await work;
  } finally {
    ended.abort();
    await signs;
  }
}

/**
 * Does work in a transaction on its own connection. When the signal is aborted, cancels the
 * statement under way, and commits nothing.
 *
 * @param work gets a signal that is also aborted when the connection is lost, and with it the locks
 */
export async function inTransaction<T>(
  pool: Pool,
  signal: AbortSignal,
  work: (client: PoolClient, held: AbortSignal) => Promise<T>,
): Promise<T> {
  return onConnection(pool, signal, async (client, held, lose) => {
    try {
      await client.query('begin');
      await client.query(beginSession());
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

/** Runs statements one after another, in one transaction. */
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
 * Runs a statement that cannot be in a transaction, such as a vacuum. Cancels it when the signal is
 * aborted.
 */
export async function executeAlone(
  pool: Pool,
  signal: AbortSignal,
  statement: string,
): Promise<void> {
  const about = `/* ${sessionName(LOADER_SESSION)} */`;
  await onConnection(pool, signal, async (client) => client.query(`${about} ${statement}`));
}

/**
 * Does work on a connection of the pool. Cancels the statement under way when the signal is
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
    // a late cancellation would hit the connection's next user
    await cancelling;
    client.off('error', lose);
    client.release(lost.signal.aborted);
  }
}

/** A server that does not answer in this time is not running the statement either. */
const CANCEL_MS = 5000;

/** Uses a new connection: those of the pool may all be in use by statements to cancel. */
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
    // the server is gone, and the statement with it
  }
}
