import { ExportManifest, type ExportFormat, type RunError } from '@marquee/contract';
import type { Pool } from 'pg';

/** A request for an export. */
export interface WantedExport {
  readonly id: string;
  readonly formats: readonly ExportFormat[];
  /** Who requested it; `publish`: the setting EXPORT_FORMATS. */
  readonly requestedBy: string;
}

/**
 * Takes the oldest unfinished export and marks it as running. The caller holds the lock of exports,
 * so one that is already running was left by a process that died.
 *
 * @returns null if all exports are finished
 */
export async function takeNextExport(pool: Pool): Promise<WantedExport | null> {
  const { rows } = await pool.query<WantedExport>(
    `update ingest.export set state = 'running', started_at = now(), phase = null, rows_done = 0, rows_total = null
     where id = (select id from ingest.export where state in ('waiting', 'running') order by id limit 1)
     returning id, formats, requested_by as "requestedBy"`,
  );
  return rows[0] ?? null;
}

/** Whether any export is unfinished. */
export async function hasUnfinishedExport(pool: Pool): Promise<boolean> {
  const { rowCount } = await pool.query(
    `select from ingest.export where state in ('waiting', 'running') limit 1`,
  );
  return rowCount !== 0;
}

export async function recordProgress(
  pool: Pool,
  id: string,
  { phase, rowsDone, rowsTotal }: { phase: string; rowsDone: number; rowsTotal: number },
): Promise<void> {
  await pool.query(
    `update ingest.export set phase = $2::text, rows_done = $3::bigint, rows_total = $4::bigint
     where id = $1::text and state = 'running'`,
    [id, phase, rowsDone, rowsTotal],
  );
}

export async function recordMade(pool: Pool, manifest: ExportManifest): Promise<void> {
  await pool.query(
    `update ingest.export
     set state = 'done', ended_at = now(), phase = null, rows_done = coalesce(rows_total, 0), manifest = $2::jsonb
     where id = $1::text`,
    [manifest.id, JSON.stringify(manifest)],
  );
}

/** Deletes the record of an export that a publish requested and the newest one already serves. */
export async function recordUnneeded(pool: Pool, id: string): Promise<void> {
  await pool.query('delete from ingest.export where id = $1::text', [id]);
}

export async function recordExportFailure(pool: Pool, id: string, error: RunError): Promise<void> {
  await pool.query(
    `update ingest.export set state = 'failed', ended_at = now(), phase = null, error = $2::jsonb
     where id = $1::text`,
    [id, JSON.stringify(error)],
  );
}

/**
 * The manifest of the newest finished export.
 *
 * @returns null if no export is finished, or if this version cannot parse the manifest
 */
export async function readNewestManifest(pool: Pool): Promise<ExportManifest | null> {
  const { rows } = await pool.query<{ manifest: unknown }>(
    `select manifest from ingest.export where state = 'done' order by id desc limit 1`,
  );
  const parsed = ExportManifest.safeParse(rows[0]?.manifest);
  return parsed.success ? parsed.data : null;
}

/**
 * Makes the records match the exports in the store: a new database has no records, and somebody may
 * have removed files.
 */
export async function reconcileExports(
  pool: Pool,
  manifests: readonly ExportManifest[],
): Promise<void> {
  for (const manifest of manifests)
    await pool.query(
      `insert into ingest.export (id, state, formats, requested_at, requested_by, ended_at, manifest)
       values ($1::text, 'done', $2::text[], $3::timestamptz, 'unknown', $3::timestamptz, $4::jsonb)
       on conflict (id) do update set state = 'done', manifest = excluded.manifest where export.state <> 'done'`,
      [manifest.id, manifest.formats, manifest.createdAt, JSON.stringify(manifest)],
    );
  await recordRemoved(
    pool,
    manifests.map(({ id }) => id),
  );
}

/** Marks the finished exports that the store no longer has. @param kept the ids of those it has */
export async function recordRemoved(pool: Pool, kept: readonly string[]): Promise<void> {
  await pool.query(
    `update ingest.export set state = 'removed', manifest = null
     where state = 'done' and id <> all ($1::text[])`,
    [kept],
  );
}
