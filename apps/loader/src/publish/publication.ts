import type { PoolClient } from 'pg';
import { forgetHandWrites } from '../load/hand-writes.ts';
import type { Staged } from '../load/staging.ts';

/**
 * The time of a publish, to be read as late as possible in its transaction: readers who ask for
 * publishes after a time at which this one was not yet visible must get it. In milliseconds, as
 * answers show it: readers who ask for later publishes must not get this one again.
 *
 * @returns a `timestamptz` as text
 */
export async function publishTime(client: PoolClient): Promise<string> {
  const { rows } = await client.query<{ at: string }>(
    `select date_trunc('milliseconds', clock_timestamp())::text as at`,
  );
  return rows[0]?.at ?? 'now';
}

/**
 * Records what a run publishes of one dataset, inside the publish transaction: in
 * `ingest.data_control`, which says what is published now, and in `ingest.publication`, the change
 * feed's row for this publish.
 *
 * @param at {@link publishTime}
 */
export async function recordPublished(
  client: PoolClient,
  runId: string,
  part: Staged,
  at: string,
): Promise<void> {
  if (part.baseSnapshotId === null) await forgetHandWrites(client, part.dataset);
  await updateControl(client, runId, part, at);
  await insertPublication(client, runId, part, at);
}

/** Inserts the control row where somebody has deleted it by hand. */
async function updateControl(
  client: PoolClient,
  runId: string,
  { dataset, snapshotId, rows, rejects, repeats, baseSnapshotId, updated, deleted }: Staged,
  at: string,
): Promise<void> {
  await client.query(
    `insert into ingest.data_control as c (dataset, status, upload_date, snapshot_id, run_id, rows, rejects, repeats, churn)
     values ($1::text, 'published', $2::timestamptz, $3::text, $4::uuid, $5::bigint, $6::bigint, $7::bigint, $8::bigint)
     on conflict (dataset) do update set
       status = excluded.status,
       upload_date = excluded.upload_date,
       snapshot_id = excluded.snapshot_id,
       run_id = excluded.run_id,
       rows = excluded.rows,
       rejects = excluded.rejects,
       repeats = excluded.repeats,
       churn = case when $9::boolean then 0 else c.churn + excluded.churn end`,
    [
      dataset,
      at,
      snapshotId,
      runId,
      rows,
      rejects,
      repeats,
      updated + deleted,
      baseSnapshotId === null,
    ],
  );
}

/**
 * The id is taken from the sequence of `ingest.change`, after the run's changes have theirs: the
 * publication follows them in the change feed.
 */
async function insertPublication(
  client: PoolClient,
  runId: string,
  { dataset, snapshotId, rows, baseSnapshotId, inserted, updated, deleted }: Staged,
  at: string,
): Promise<void> {
  await client.query(
    `insert into ingest.publication (id, run_id, dataset, kind, inserted, updated, deleted, rows, snapshot_id, at)
     values (nextval('ingest.change_id'), $1::uuid, $2::text, $3::text, $4::bigint, $5::bigint, $6::bigint, $7::bigint, $8::text, $9::timestamptz)`,
    [
      runId,
      dataset,
      baseSnapshotId === null ? 'reload' : 'changes',
      inserted,
      updated,
      deleted,
      rows,
      snapshotId,
      at,
    ],
  );
}
