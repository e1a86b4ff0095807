import { repeat, type Logger } from '@marquee/process';
import type { RunQueue } from '@marquee/runs';
import type { Pool } from 'pg';
import { arePublishesFollowed } from './merge/follow-publishes.ts';
import { areRulesFollowed } from './merge/follow-rules.ts';

/**
 * Looks periodically for work that no message has announced, and asks for it: messages can be lost,
 * the tables say what is to be done.
 *
 * @returns stops it
 */
export function startReconciler(
  pool: Pool,
  queue: RunQueue,
  log: Logger,
  everyMs: number,
): () => Promise<void> {
  return repeat(
    everyMs,
    async () => wakeIfNeeded(pool, queue),
    (error) => log.warn({ err: error }, 'could not look for pending movies; will try again'),
  );
}

async function wakeIfNeeded(pool: Pool, queue: RunQueue): Promise<void> {
  const isDone =
    !(await isAnythingPending(pool)) &&
    (await arePublishesFollowed(pool)) &&
    (await areRulesFollowed(pool));
  if (!isDone) await queue.wake('aggregate', {});
}

/**
 * Whether records, their counts or movies are pending. A movie that could not be merged is tried
 * again after ten minutes, or with the next work.
 */
async function isAnythingPending(pool: Pool): Promise<boolean> {
  const { rows } = await pool.query<{ isPending: boolean }>(
    `select exists (select from sources.pending)
       or exists (select from sources.match_count where not is_current)
       or exists (select from movies.pending where not cause ? 'error' or since < now() - interval '10 minutes') as "isPending"`,
  );
  return rows[0]?.isPending === true;
}
