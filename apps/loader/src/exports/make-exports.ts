import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@marquee/process';
import { describeError, isRetryable } from '@marquee/runs';
import { DiskSpaceError } from '@marquee/snapshots';
import type { ExportManifest, RunError } from '@marquee/contract';
import { inTransaction } from '../database/transaction.ts';
import { SUPERSEDED } from './child/tasks.ts';
import { expireExports } from './expire-exports.ts';
import {
  recordExportFailure,
  recordMade,
  recordUnneeded,
  takeNextExport,
  type WantedExport,
} from './export-records.ts';
import { makeExport, type ExportParts } from './make-export.ts';

export interface ExportOptions extends ExportParts {
  readonly log: Logger;
  /** As for snapshots. */
  readonly keep: number;
  readonly keepMonthly: number;
}

/** The advisory lock of the one process that makes exports. */
const EXPORT_LOCK = 'marquee exports';

/** A publish that supersedes an export ends soon; then it begins again. */
const RESTART_MS = 200;

/**
 * Makes the exports that wait, one after another, and removes those that have expired. When the
 * signal is aborted, the one under way stays unfinished: the next call makes it.
 *
 * @throws an error that can be retried; others are recorded
 */
export async function makeExports(options: ExportOptions, signal: AbortSignal): Promise<void> {
  const { pool, store, keep, keepMonthly, log } = options;
  await inTransaction(pool, signal, async (client, held) => {
    // the transaction does nothing else, so it keeps no row from being vacuumed
    await client.query('select pg_advisory_xact_lock(hashtext($1::text))', [EXPORT_LOCK]);
    for (;;) {
      const wanted = await takeNextExport(pool);
      if (wanted === null) return;
      try {
        const made = await makeCurrent(options, wanted, held);
        if (made === null) await recordUnneeded(pool, wanted.id);
        else log.info({ export: made.id, files: made.files.length }, 'made an export');
      } catch (error) {
        if (held.aborted || isRetryable(error)) throw error;
        log.error({ err: error, export: wanted.id }, 'could not make an export');
        await recordExportFailure(pool, wanted.id, describeFailure(error));
      }
      // also after a failure: the disk may be full
      await expireExports(pool, store, keep, keepMonthly, log);
    }
  });
}

function describeFailure(error: unknown): RunError {
  const described = describeError(error, null);
  if (described.code !== 'unexpected') return described;
  // DuckDB and SQLite have no codes for it
  return /no space left|disk is full/iu.test(described.message)
    ? describeError(new DiskSpaceError(described.message), null)
    : {
        ...described,
        code: 'export-failed',
        hint: 'See the log of the loader, and ask again: marquee exports make, or POST /exports.',
      };
}

/** Makes an export of what is published when it ends, however often that changes meanwhile. */
async function makeCurrent(
  options: ExportOptions,
  wanted: WantedExport,
  signal: AbortSignal,
): Promise<ExportManifest | null> {
  for (;;) {
    try {
      const manifest = await makeExport(options, wanted, signal);
      if (manifest !== null) await recordMade(options.pool, manifest);
      return manifest;
    } catch (error) {
      const isSuperseded = error instanceof Error && 'code' in error && error.code === SUPERSEDED;
      if (signal.aborted || !isSuperseded) throw error;
      options.log.info({ export: wanted.id }, 'something was published: the export begins again');
      await sleep(RESTART_MS, undefined, { signal });
    }
  }
}
