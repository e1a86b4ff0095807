import { setTimeout as sleep } from 'node:timers/promises';
import { SQLSTATE } from '@marquee/postgres/sqlstates';
import { RunFault } from '@marquee/runs';
import { DatabaseError, type Pool, type PoolClient } from 'pg';
import type { TransactionLimits } from '../timings.ts';
import { EXPORT_SESSION } from './connection.ts';

/** How long others may queue behind one attempt to lock their tables. */
const LOCK_ATTEMPT_MS = 50;

/**
 * How long a publish waits for locks, how long others may wait for it, and how it reports a wait.
 */
export interface LockTimeout extends TransactionLimits {
  readonly pool: Pool;
  /** How long to try before giving up. */
  readonly waitSeconds: number;
  /** When to give up, in milliseconds since the epoch: one time for all locks of a publish. */
  readonly giveUpAt: number;
  readonly signal: AbortSignal;
  readonly onPhase: (phase: string) => void;
}

/** The locks of a publish: to write to tables while others read them, or to replace tables. */
type LockMode = 'row exclusive' | 'access exclusive';

/**
 * The lock modes of others that conflict with writing to a table, as in `pg_locks`, and those of
 * others that write to it.
 */
const WRITE_BLOCKING_MODES = [
  'ShareLock',
  'ShareRowExclusiveLock',
  'ExclusiveLock',
  'AccessExclusiveLock',
];
const WRITING_MODES = ['RowShareLock', 'RowExclusiveLock', 'ShareUpdateExclusiveLock'];

/** The locks of others that conflict with ours, null for any, and how to report them. */
const CONFLICTS: Readonly<
  Record<
    LockMode,
    { readonly locks: readonly string[] | null; readonly phase: string; readonly what: string }
  >
> = {
  'row exclusive': {
    locks: WRITE_BLOCKING_MODES,
    phase: 'waiting for others to unlock the tables',
    what: 'locking',
  },
  'access exclusive': {
    locks: null,
    phase: 'waiting for readers to let go of the tables',
    what: 'using',
  },
};

/**
 * Settings made just before a lock and just after it. A session that locks readers out must not do
 * so while frozen or cut off, or for long. `transaction_timeout` counts from when it is set inside
 * a transaction.
 */
const LIMITS: Readonly<
  Record<
    LockMode,
    (limits: TransactionLimits) => { readonly before: string[]; readonly after: string[] }
  >
> = {
  'row exclusive': () => ({ before: [], after: [] }),
  'access exclusive': ({ exclusiveIdleMs, exclusiveMs }) => ({
    before: [
      `set local idle_in_transaction_session_timeout = ${exclusiveIdleMs}`,
      `set local tcp_user_timeout = ${exclusiveIdleMs}`,
    ],
    after: [`set local transaction_timeout = ${exclusiveMs}`],
  }),
};

/**
 * Locks tables inside the caller's transaction, all at once. An attempt lasts
 * {@link LOCK_ATTEMPT_MS}, so that others queue behind it no longer than that. Once readers are
 * locked out, the server ends the transaction if it is idle for `exclusiveIdleMs`, or lasts longer
 * than `exclusiveMs`.
 *
 * @throws RunFault naming the sessions that did not release the tables in time
 */
export async function lockTables(
  client: PoolClient,
  tables: readonly string[],
  mode: LockMode,
  timeout: LockTimeout,
): Promise<void> {
  const { signal, onPhase, giveUpAt, lockRetryMs } = timeout;
  const limits = LIMITS[mode](timeout);
  for (;;) {
    await client.query('savepoint unlocked');
    try {
      // a statement_timeout, not a lock_timeout, which would count for each table anew: others
      // queue behind every lock already taken
      await client.query(
        [...limits.before, `set local statement_timeout = ${LOCK_ATTEMPT_MS}`].join('; '),
      );
      await client.query(`lock table ${tables.join(', ')} in ${mode} mode`);
      await client.query(['set local statement_timeout = 0', ...limits.after].join('; '));
      onPhase('publishing');
      return;
    } catch (error) {
      if (
        signal.aborted ||
        !(error instanceof DatabaseError && error.code === SQLSTATE.queryCanceled)
      )
        throw error;
    }
    await client.query('rollback to savepoint unlocked');
    if (Date.now() >= giveUpAt)
      throw await explainBlockers(client, tables, timeout, CONFLICTS[mode]);
    onPhase(CONFLICTS[mode].phase);
    await endExports(client);
    await sleep(lockRetryMs, undefined, { signal });
  }
}

/**
 * Ends the copies of tables into exports: an export takes minutes, and begins again after the
 * publish.
 */
async function endExports(client: PoolClient): Promise<void> {
  await client.query(
    `select pg_cancel_backend(pid) from pg_stat_activity
     where application_name = $1::text and datname = current_database() and state = 'active'`,
    [EXPORT_SESSION],
  );
}

/**
 * Does work that writes to tables locked in mode `row exclusive`. Others can still hold locks on
 * single rows: waits for them until the same time as for the tables.
 *
 * @throws RunFault naming the sessions that hold rows
 */
export async function withLockTimeout(
  client: PoolClient,
  tables: readonly string[],
  timeout: LockTimeout,
  work: () => Promise<void>,
): Promise<void> {
  await client.query('savepoint unwritten');
  try {
    await client.query(
      `set local lock_timeout = ${Math.max(timeout.lockRetryMs, timeout.giveUpAt - Date.now())}`,
    );
    await work();
    await client.query('set local lock_timeout = 0');
  } catch (error) {
    if (!(error instanceof DatabaseError && error.code === SQLSTATE.lockNotAvailable)) throw error;
    await client.query('rollback to savepoint unwritten');
    throw await explainBlockers(
      client,
      tables,
      timeout,
      { locks: [...WRITING_MODES, ...WRITE_BLOCKING_MODES], what: 'writing to' },
      error,
    );
  }
}

/** @param locks the conflicting lock modes; null for any */
async function explainBlockers(
  client: PoolClient,
  tables: readonly string[],
  { pool, waitSeconds }: LockTimeout,
  { locks, what }: { readonly locks: readonly string[] | null; readonly what: string },
  cause?: unknown,
): Promise<RunFault> {
  const ours = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  const { rows } = await pool.query<{ who: string }>(
    `select distinct format(
       'process %s (%s, in a transaction since %s, its last query since %s)',
       a.pid,
       coalesce(nullif(a.application_name, ''), 'unnamed'),
       a.xact_start::timestamptz(0),
       a.query_start::timestamptz(0)
     ) as who
     from pg_locks l join pg_stat_activity a using (pid)
     where l.relation = any ($1::text[]::regclass[])
       and l.granted
       and ($2::text[] is null or l.mode = any ($2::text[]))
       and a.pid <> all ($3::int[])
       and a.pid <> pg_backend_pid()`,
    [tables, locks, ours.rows.map(({ pid }) => pid)],
  );
  const who = rows.map((row) => row.who).join(', ');
  return new RunFault({
    code: 'publish-blocked',
    message: `The tables could not be published within ${waitSeconds} s: ${who === '' ? 'other sessions were' : `${who}: still`} ${what} them.`,
    hint: 'End their transactions, or pg_terminate_backend() their processes, and start the run again; or set PUBLISH_WAIT_SECONDS. What was downloaded is kept.',
    cause,
  });
}
