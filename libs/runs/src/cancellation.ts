import { setTimeout as sleep } from 'node:timers/promises';
import type { Job } from 'bullmq';
import { z } from 'zod';
import { cancelledFault } from './run-fault.ts';

/**
 * The cancel request is a flag in the job's data: both backends keep it, it moves with the job, and
 * workers without a database see it.
 */
const CancelFlag = z.object({ cancelled: z.literal(true) });

export function isCancelRequested(job: Pick<Job, 'data'>): boolean {
  return CancelFlag.safeParse(job.data).success;
}

/** Requests that a job ends. Does nothing when it has ended or was requested before. */
export async function requestCancel(job: Job<unknown>): Promise<void> {
  if (job.finishedOn === undefined && !isCancelRequested(job))
    await job.updateData({
      ...(job.data as object),
      ...({ cancelled: true } satisfies z.infer<typeof CancelFlag>),
    });
}

/**
 * Polls a running job for a cancel request.
 *
 * @param reread reads the job from the queue; null when the queue does not have it
 * @param checkMs the interval between two reads, in milliseconds
 * @returns a signal that is aborted after a cancel request, with {@link cancelledFault} as its
 *   reason; and `stop`, which ends the polling
 */
export function watchForCancel(
  job: Job,
  reread: () => Promise<Job | null>,
  checkMs: number,
): { readonly signal: AbortSignal; stop(): void } {
  const cancel = new AbortController();
  const stopped = new AbortController();
  const poll = async () => {
    for (let current: Job | null = job; current === null || !isCancelRequested(current);) {
      await sleep(checkMs, undefined, { signal: stopped.signal });
      // neither an unavailable queue nor a lost job is a reason to end the work
      current = await reread().catch(() => null);
    }
    cancel.abort(cancelledFault());
  };
  poll().catch(() => undefined);
  return { signal: cancel.signal, stop: () => stopped.abort() };
}
