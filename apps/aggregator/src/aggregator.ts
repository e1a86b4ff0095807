import { createPool, migrate } from '@marquee/catalogue';
import type { Logger } from '@marquee/process';
import {
  checkConnections,
  MOST_CONNECTIONS,
  prepareQueue,
  RunQueue,
  startWorker,
  WORKER_TIMINGS,
  type WorkerTimings,
} from '@marquee/runs';
import type { Pool } from 'pg';
import { AggregatorConfig } from './config.ts';
import { countMatched } from './match/count-matches.ts';
import { matchPending } from './match/match-pending.ts';
import { expireChanges } from './merge/expire-changes.ts';
import { followPublishes, isCatalogueGone } from './merge/follow-publishes.ts';
import { followRules } from './merge/follow-rules.ts';
import { mergePending, type OnFailure } from './merge/merge-pending.ts';
import { startReconciler } from './reconciler.ts';

export { AggregatorConfig, expireChanges, matchPending };

const RECONCILE_MS = 15_000;

/** The aggregator's intervals, in milliseconds. */
export interface AggregatorTimings extends WorkerTimings {
  /** How often it looks for work that no message has announced. */
  readonly reconcileMs: number;
}

/**
 * Starts the aggregator: it matches records with movies, and merges movies.
 *
 * @param onJobEnd called after each job
 * @returns stops it; an unfinished job goes back to the queue
 */
export async function startAggregator(
  config: AggregatorConfig,
  log: Logger,
  timings: Partial<AggregatorTimings> = {},
  onJobEnd: () => void = () => undefined,
): Promise<() => Promise<void>> {
  await migrate(config.DATABASE_URL);
  await prepareQueue(config.QUEUE_URL);
  const onLost = (error: Error) => log.warn({ err: error }, 'lost a connection to the database');
  const pool = createPool(config.DATABASE_URL, 'marquee aggregator', onLost, {
    max: MOST_CONNECTIONS.aggregator,
  });
  const queue = new RunQueue(config.QUEUE_URL, (error) =>
    log.warn({ err: error }, 'lost a connection to the queue'),
  );
  await queue.ready();
  await checkConnections('aggregator', config, queue, log);
  const onFailure: OnFailure = (movie, error) =>
    log.error({ err: error, movie }, 'could not merge a movie; it stays pending');
  const stopReconciling = startReconciler(pool, queue, log, timings.reconcileMs ?? RECONCILE_MS);
  const stopWorking = await startWorker({
    url: config.QUEUE_URL,
    queue: 'aggregator',
    handlers: {
      aggregate: async (_, { signal, report }) => {
        try {
          await aggregate(pool, signal, onFailure, (phase) => report({ phase }));
          await expireChanges(pool, config.CHANGE_DAYS, signal);
          return null;
        } finally {
          onJobEnd();
        }
      },
    },
    concurrency: 1,
    lockSeconds: config.JOB_LOCK_SECONDS,
    log,
    timings: { ...WORKER_TIMINGS, ...timings },
  });
  log.info('ready for jobs');
  return async () => {
    await stopWorking();
    await stopReconciling();
    await queue.close();
    await pool.end();
  };
}

/**
 * Makes all movies follow the records, the catalogue, the rules and the locks.
 *
 * @param onPhase called when each part begins
 */
export async function aggregate(
  pool: Pool,
  signal: AbortSignal,
  onFailure?: OnFailure,
  onPhase: (phase: string) => void = () => undefined,
): Promise<null> {
  if (await isCatalogueGone(pool)) return null;
  onPhase('following publishes');
  await followPublishes(pool, signal);
  await followRules(pool);
  onPhase('matching');
  await matchPending(pool, signal);
  await countMatched(pool);
  onPhase('merging');
  await mergePending(pool, signal, onFailure);
  return null;
}
