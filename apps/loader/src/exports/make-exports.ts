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

/** The delay before a superseded export starts again: the publish that supersedes it ends soon. */
const RESTART_MS = 200;

/**
 * Makes the waiting exports, one after another, and removes expired ones. When the signal is aborted,
 * the current export stays unfinished: the next call makes it.
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
  // DuckDB and SQLite report a full disk in the message alone
  return /no space left|disk is full/iu.test(described.message)
    ? describeError(new DiskSpaceError(described.message), null)
    : {
        ...described,
        code: 'export-failed',
        hint: 'Read the log of the loader, then request it again: marquee exports make, or POST /exports.',
      };
}

/** Makes an export of what is published at its end: it starts again after each publish meanwhile. */
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
      options.log.info({ export: wanted.id }, 'something was published: the export starts again');
      await sleep(RESTART_MS, undefined, { signal });
    }
  }
}
