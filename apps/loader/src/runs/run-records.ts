import type { RunError, RunStep } from '@marquee/contract';
import { CANCELLED, RunFault, type RunRequest } from '@marquee/runs';
import type { SnapshotManifest } from '@marquee/snapshots';
import type { Pool, PoolClient } from 'pg';
import { inTransaction } from '../database/transaction.ts';
import { clearStaging, RUN_ENDED } from '../load/staging.ts';

/** A run that has not ended, with the time it was requested. */
export type RunningRun = RunRequest & { readonly requestedAt: Date };

/** The run that has not ended; a unique index allows at most one. */
export async function readRunning(pool: Pool): Promise<RunningRun | null> {
  const { rows } = await pool.query<RunningRun>(
    `select id, kind, datasets, ignore_gates as "ignoreGates", snapshots, objects, full_load as "fullLoad", requested_at as "requestedAt"
     from ingest.run
     where state = 'running'`,
  );
  return rows[0] ?? null;
}

/**
 * The runs cancelled last, whose jobs may still be in the queue. Only one run goes at a time, so
 * three are more than enough.
 */
export async function readCancelled(
  pool: Pool,
): Promise<Pick<RunRequest, 'id' | 'kind' | 'datasets'>[]> {
  const { rows } = await pool.query<Pick<RunRequest, 'id' | 'kind' | 'datasets'>>(
    `select id, kind, datasets
     from ingest.run
     where state = 'failed' and error ->> 'code' = $1::text
     order by id desc
     limit 3`,
    [CANCELLED],
  );
  return rows;
}

/**
 * Locks a running run, so that nobody else can end it before the transaction ends. Waits for the
 * run's loads and publish that are under way.
 *
 * @returns false when it has ended already
 */
async function lockRunning(client: PoolClient, id: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `select from ingest.run where id = $1::uuid and state = 'running' for update`,
    [id],
  );
  return rowCount === 1;
}

/**
 * Records the end of a run and its steps, inside the caller's transaction.
 *
 * @throws RunFault when it has ended already: the transaction has to be rolled back
 */
export async function recordEnd(
  client: PoolClient,
  {
    id,
    state,
    error,
    steps,
  }: {
    id: string;
    state: 'succeeded' | 'failed';
    error: RunError | null;
    steps: readonly RunStep[];
  },
): Promise<void> {
  const { rowCount } = await client.query(
    `update ingest.run set state = $2::text, ended_at = clock_timestamp(), error = $3::jsonb
     where id = $1::uuid and state = 'running'`,
    [id, state, error],
  );
  if (rowCount === 0)
    throw new RunFault({
      code: RUN_ENDED,
      message: `Run ${id} has already ended.`,
      hint: 'No action is needed.',
    });
  await client.query(
    `insert into ingest.run_step
       (run_id, job, dataset, state, phase, note,
        bytes_done, bytes_total, rows_done, rows_total, rejects, snapshot_id, started_at, ended_at, error)
     select
       $1::uuid, s.job, s.dataset, s.state, s.phase, s.note,
       s."bytesDone", s."bytesTotal", s."rowsDone", s."rowsTotal", s.rejects, s."snapshotId", s."startedAt", s."endedAt", s.error
     from jsonb_to_recordset($2::jsonb) as s (
       job text,
       dataset text,
       state text,
       phase text,
       note text,
       "bytesDone" bigint,
       "bytesTotal" bigint,
       "rowsDone" bigint,
       "rowsTotal" bigint,
       rejects bigint,
       "snapshotId" text,
       "startedAt" timestamptz,
       "endedAt" timestamptz,
       error jsonb
     )`,
    [id, JSON.stringify(steps)],
  );
}

/** Ends a failed run, and drops what it has staged. Does nothing when the run has ended already. */
export async function recordFailure(
  pool: Pool,
  id: string,
  error: RunError,
  steps: readonly RunStep[],
): Promise<void> {
  await inTransaction(pool, new AbortController().signal, async (client) => {
    if (!(await lockRunning(client, id))) return;
    // end the run even if this fails: otherwise no other run could ever start
    await attempt(client, 'clear', () => clearStaging(client));
    if (
      await attempt(client, 'steps', () => recordEnd(client, { id, state: 'failed', error, steps }))
    )
      return;
    await recordEnd(client, { id, state: 'failed', error, steps: [] });
  });
}

/**
 * Does a part of a transaction after a savepoint, and rolls back to it on an error.
 *
 * @returns whether it succeeded
 */
async function attempt(
  client: PoolClient,
  name: string,
  work: () => Promise<void>,
): Promise<boolean> {
  await client.query(`savepoint ${name}`);
  try {
    await work();
    return true;
  } catch {
    await client.query(`rollback to savepoint ${name}`);
    return false;
  }
}

/** Ends a successful run without a publish. Does nothing when the run has ended already. */
export async function recordSuccess(
  pool: Pool,
  id: string,
  steps: readonly RunStep[],
): Promise<void> {
  await inTransaction(pool, new AbortController().signal, async (client) => {
    if (await lockRunning(client, id))
      await recordEnd(client, { id, state: 'succeeded', error: null, steps });
  });
}

/** Records snapshots in the database; updates the URL and validators of those it has already. */
export async function recordSnapshots(
  pool: Pool,
  snapshots: readonly SnapshotManifest[],
): Promise<void> {
  for (const {
    id,
    dataset,
    url,
    etag,
    lastModified,
    bytes,
    rawBytes,
    sha256,
    rows,
    fetchedAt,
  } of snapshots) {
    await pool.query(
      `insert into ingest.snapshot (id, dataset, url, etag, last_modified, bytes, raw_bytes, sha256, rows, fetched_at)
       values ($1::text, $2::text, $3::text, $4::text, $5::text, $6::bigint, $7::bigint, $8::text, $9::bigint, $10::timestamptz)
       on conflict (id) do update set
         url = excluded.url,
         etag = excluded.etag,
         last_modified = excluded.last_modified
       where (snapshot.url, snapshot.etag, snapshot.last_modified)
         is distinct from (excluded.url, excluded.etag, excluded.last_modified)`,
      [id, dataset, url, etag, lastModified, bytes, rawBytes, sha256, rows, fetchedAt],
    );
  }
}

/** Makes the recorded snapshots match those in the store. */
export async function reconcileSnapshots(
  pool: Pool,
  snapshots: readonly SnapshotManifest[],
): Promise<void> {
  await recordSnapshots(pool, snapshots);
  const ids = snapshots.map(({ id }) => id);
  await pool.query(
    `update ingest.snapshot
     set removed_at = case when id = any ($1::text[]) then null else now() end
     where (removed_at is null) <> (id = any ($1::text[]))`,
    [ids],
  );
}
