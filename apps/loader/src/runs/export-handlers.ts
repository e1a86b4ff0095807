import { requestExport } from '@marquee/catalogue';
import type { Logger } from '@marquee/process';
import type { Handlers, RunQueue } from '@marquee/runs';
import type { PathStore } from '@marquee/snapshots';
import type { Pool } from 'pg';
import type { LoaderConfig } from '../config.ts';
import { makeExports } from '../exports/make-exports.ts';

interface ExporterParts {
  readonly config: LoaderConfig;
  readonly pool: Pool;
  readonly store: PathStore;
  readonly log: Logger;
}

/** The handler of the job that makes exports. */
export function createExportHandlers({
  config,
  pool,
  store,
  log,
}: ExporterParts): Handlers<'exporter'> {
  return {
    export: async (_, { signal }) => {
      const { SNAPSHOT_KEEP: keep, SNAPSHOT_KEEP_MONTHLY: keepMonthly } = config;
      await makeExports({ pool, store, log, keep, keepMonthly }, signal);
      return null;
    },
  };
}

/** Requests the export that follows a publish, if the settings want one. */
export async function exportAfterPublish(
  pool: Pool,
  queue: RunQueue,
  formats: LoaderConfig['EXPORT_FORMATS'],
): Promise<void> {
  if (formats === undefined) return;
  const query = async (statement: string, values: unknown[]) =>
    (await pool.query<{ id: string; isNew: boolean }>(statement, values)).rows;
  await requestExport(query, { formats, requestedBy: 'publish', again: false });
  await queue.wake('export', {});
}
