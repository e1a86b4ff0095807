import type { RunError, RunStep } from '@marquee/contract';
import { CANCELLED, RunFault, type RunRequest } from '@marquee/runs';
import type { SnapshotManifest } from '@marquee/snapshots';
import type { Pool, PoolClient } from 'pg';
import { inTransaction } from '../database/transaction.ts';
import { clearStaging, RUN_ENDED } from '../load/staging.ts';

/** A run that has not ended, with the time since which it goes. */
export type RunningRun = RunRequest & { readonly requestedAt: Date };

/** The run that has not ended; the database holds at most one. */
export async function readRunning(pool: Pool): Promise<RunningRun | null> {
  const { rows } = await pool.query<RunningRun>(
    `select id, kind, datasets, ignore_gates as "ignoreGates", snapshots, full_load as "fullLoad", requested_at as "requestedAt" from ingest.run where state = 'running'`,
  );
  return rows[0] ?? null;
}

/**
 * The runs that were cancelled last: their jobs may be left over. There is one run at a time; a few
 * make sure of it.
 */
export async function readCancelled(
  pool: Pool,
): Promise<Pick<RunRequest, 'id' | 'kind' | 'datasets'>[]> {
  const { rows } = await pool.query<Pick<RunRequest, 'id' | 'kind' | 'datasets'>>(
    `select id, kind, datasets from ingest.run where state = 'failed' and error ->> 'code' = $1::text order by id desc limit 3`,
    [CANCELLED],
  );
  return rows;
}

/**
 * Holds a run against being ended by anyone else until the transaction ends, once the loads and the
 * publish that are under way for it have ended; false when it has ended already.
 */
async function lockRunning(client: PoolClient, id: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `select from ingest.run where id = $1::uuid and state = 'running' for update`,
    [id],
  );
  return rowCount === 1;
}

/**
 * Ends a run in the records, with how its steps went.
 *
 * @throws RunFault when it has ended already: what was done for it is to be undone
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
    `update ingest.run set state = $2::text, ended_at = clock_timestamp(), error = $3::jsonb where id = $1::uuid and state = 'running'`,
    [id, state, error],
  );
  if (rowCount === 0)
    throw new RunFault({
      code: RUN_ENDED,
      message: `Run ${id} has ended meanwhile, and is not ended again.`,
      hint: 'Nothing is to be done.',
    });
  await client.query(
    `insert into ingest.run_step
       (run_id, job, dataset, state, phase, note, bytes_done, bytes_total, rows_done, rows_total, rejects, snapshot_id, started_at, ended_at, error)
     select $1::uuid, s.job, s.dataset, s.state, s.phase, s.note, s."bytesDone", s."bytesTotal", s."rowsDone", s."rowsTotal", s.rejects, s."snapshotId",
       s."startedAt", s."endedAt", s.error
     from jsonb_to_recordset($2::jsonb) as s (job text, dataset text, state text, phase text, note text, "bytesDone" bigint, "bytesTotal" bigint,
       "rowsDone" bigint, "rowsTotal" bigint, rejects bigint, "snapshotId" text, "startedAt" timestamptz, "endedAt" timestamptz, error jsonb)`,
    [id, JSON.stringify(steps)],
  );
}

/**
 * Ends a run that came to nothing, and clears away what it had staged. Does nothing when the run
 * has ended already.
 */
export async function recordFailure(
  pool: Pool,
  id: string,
  error: RunError,
  steps: readonly RunStep[],
): Promise<void> {
  await inTransaction(pool, new AbortController().signal, async (client) => {
    if (!(await lockRunning(client, id))) return;
    // the run ends whatever there is in the way of its details: another one could never start
    await attempt(client, 'clear', () => clearStaging(client));
    if (
      await attempt(client, 'steps', () => recordEnd(client, { id, state: 'failed', error, steps }))
    )
      return;
    await recordEnd(client, { id, state: 'failed', error, steps: [] });
  });
}

/** Does a part of a transaction, which goes on without it when it fails; whether it went well. */
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

/** Ends a download run that went well. Does nothing when the run has ended already. */
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

/**
 * Makes snapshots known to the database; of those it knows, where and under which validators the
 * server has them by now.
 */
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
       on conflict (id) do update set url = excluded.url, etag = excluded.etag, last_modified = excluded.last_modified
       where (snapshot.url, snapshot.etag, snapshot.last_modified) is distinct from (excluded.url, excluded.etag, excluded.last_modified)`,
      [id, dataset, url, etag, lastModified, bytes, rawBytes, sha256, rows, fetchedAt],
    );
  }
}

/** Brings what the database knows of snapshots in line with what is in the store. */
export async function reconcileSnapshots(
  pool: Pool,
  snapshots: readonly SnapshotManifest[],
): Promise<void> {
  await recordSnapshots(pool, snapshots);
  const ids = snapshots.map(({ id }) => id);
  await pool.query(
    `update ingest.snapshot set removed_at = case when id = any ($1::text[]) then null else now() end where (removed_at is null) <> (id = any ($1::text[]))`,
    [ids],
  );
}

/** Ids of the snapshots that the datasets are published from. */
export async function readPublishedIds(pool: Pool): Promise<Set<string>> {
  const { rows } = await pool.query<{ id: string }>(
    'select snapshot_id as id from ingest.data_control where snapshot_id is not null',
  );
  return new Set(rows.map(({ id }) => id));
}
