import { setTimeout as sleep } from 'node:timers/promises';
import type { Job } from 'bullmq';
import { z } from 'zod';
import { cancelled } from './faults.ts';

/**
 * The mark stands in the job's data: it is in either home, goes and comes back with the job, and
 * reaches a worker that knows no database.
 */
const CancelFlag = z.object({ cancelled: z.literal(true) });

export function isCancelRequested(job: Pick<Job, 'data'>): boolean {
  return CancelFlag.safeParse(job.data).success;
}

/** Asks a job to end. One that has ended, or was asked before, stays as it is. */
export async function requestCancel(job: Job<unknown>): Promise<void> {
  if (job.finishedOn === undefined && !isCancelRequested(job))
    await job.updateData({
      ...(job.data as object),
      ...({ cancelled: true } satisfies z.infer<typeof CancelFlag>),
    });
}

/**
 * Watches a job while it is worked on.
 *
 * @param reread the job as it is in the queue now
 * @param checkMs how often it is read again, in milliseconds
 * @returns a signal that is aborted, at once or within a moment, when the job is asked to end; and
 *   an end to the watching
 */
export function watchForCancel(
  job: Job,
  reread: () => Promise<Job | null>,
  checkMs: number,
): { readonly signal: AbortSignal; stop(): void } {
  const asked = new AbortController();
  const over = new AbortController();
  const look = async () => {
    for (let seen: Job | null = job; seen === null || !isCancelRequested(seen);) {
      await sleep(checkMs, undefined, { signal: over.signal });
      // the queue may be away for a moment, and may have lost the job: neither is a reason to end
      // it
      seen = await reread().catch(() => null);
    }
    asked.abort(cancelled());
  };
  look().catch(() => undefined);
  return { signal: asked.signal, stop: () => over.abort() };
}
