import { sessionName } from '@marquee/process';
import { escapeLiteral, type Pool, type PoolClient } from 'pg';

/** A transaction that waits for its client for longer than this is of a frozen process. */
const IDLE_MS = 60_000;

/**
 * A statement that names the session after the run or request that a transaction is for, until it
 * ends.
 *
 * @param process such as `marquee loader`
 */
export function nameSession(process: string): string {
  return `set local application_name = ${escapeLiteral(sessionName(process))}`;
}

/**
 * Does work in a transaction on its own connection. The server notices within seconds that the
 * process is gone, and releases the locks.
 *
 * @param idleMs how long the work may take between two statements; 0 for any time
 */
export async function inTransaction<T>(
  pool: Pool,
  work: (client: PoolClient) => Promise<T>,
  { idleMs = IDLE_MS }: { readonly idleMs?: number } = {},
): Promise<T> {
  const client = await pool.connect();
  let lost: Error | undefined;
  try {
    await client.query('begin');
    await client.query(
      `set local client_connection_check_interval = '5s'; set local idle_in_transaction_session_timeout = ${idleMs}; ${nameSession(pool.options.application_name ?? '')}`,
    );
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
