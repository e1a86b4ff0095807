import { createPool, migrate } from '@marquee/catalogue';
import type { Logger } from '@marquee/process';
import {
  checkConnections,
  MOST_CONNECTIONS,
  prepareQueue,
  RunQueue,
  startWorker,
} from '@marquee/runs';
import { openExportStore, openSnapshotStore } from '@marquee/snapshots';
import { LoaderConfig } from './config.ts';
import { LOADER_SESSION } from './database/connection.ts';
import { prepareDerivedTables } from './derive/derived-tables.ts';
import { readManifests } from './exports/expire-exports.ts';
import { reconcileExports } from './exports/export-records.ts';
import { createExportHandlers } from './runs/export-handlers.ts';
import { createHandlers } from './runs/handlers.ts';
import { startRunReconciler } from './runs/run-reconciler.ts';
import { reconcileSnapshots } from './runs/run-records.ts';
import { loaderTimings, TRANSACTION_LIMITS, type LoaderTimings } from './timings.ts';

export { LoaderConfig, prepareDerivedTables, TRANSACTION_LIMITS, type LoaderTimings };

/** Threads, and the copies of an export, connect by themselves. */
const THREAD_CONNECTIONS = 8;

/** Each index is built on its own connection: about thirty with many cores or datasets. */
const MAX_CONNECTIONS = MOST_CONNECTIONS.loader - THREAD_CONNECTIONS;

/**
 * Starts the loader: it runs the jobs of its queue, and reconciles runs.
 *
 * @param given timings that differ from the defaults, for tests
 * @returns stops it; unfinished jobs go back to the queue
 */
export async function startLoader(
  config: LoaderConfig,
  log: Logger,
  given: Partial<LoaderTimings> = {},
): Promise<() => Promise<void>> {
  const timings = loaderTimings(config, given);
  await migrate(config.DATABASE_URL);
  await prepareQueue(config.QUEUE_URL);
  const pool = createPool(
    config.DATABASE_URL,
    LOADER_SESSION,
    (error) => log.warn({ err: error }, 'lost a connection to the database'),
    { max: MAX_CONNECTIONS },
  );
  await prepareDerivedTables(
    pool,
    new AbortController().signal,
    config.PUBLISH_WAIT_SECONDS,
    timings,
  );
  const store = await openSnapshotStore(config, (message) => log.warn(message));
  // a new database has no records of them, and some may have been removed by hand
  await reconcileSnapshots(pool, await store.list());
  const exportStore = await openExportStore(config);
  await reconcileExports(pool, await readManifests(exportStore));
  const queue = new RunQueue(config.QUEUE_URL, (error) =>
    log.warn({ err: error }, 'lost a connection to the queue'),
  );
  await queue.ready();
  await checkConnections('loader', config, queue, log);
  const stopReconciling = startRunReconciler({
    pool,
    queue,
    log,
    lockSeconds: config.JOB_LOCK_SECONDS,
    everyMs: timings.reconcileMs,
  });
  const stopExporting = await startWorker({
    url: config.QUEUE_URL,
    queue: 'exporter',
    handlers: createExportHandlers({ config, pool, store: exportStore, log }),
    concurrency: 1,
    lockSeconds: config.JOB_LOCK_SECONDS,
    log,
    timings,
  });
  const stopWorking = await startWorker({
    url: config.QUEUE_URL,
    queue: 'loader',
    handlers: createHandlers({ config, pool, store, queue, log, timings }),
    concurrency: config.LOAD_CONCURRENCY,
    lockSeconds: config.JOB_LOCK_SECONDS,
    log,
    timings,
  });
  log.info('ready for jobs');
  return async () => {
    await Promise.all([stopWorking(), stopExporting()]);
    await stopReconciling();
    await queue.close();
    await pool.end();
  };
}
