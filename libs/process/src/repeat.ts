import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Does work now, and again at an interval after it has ended.
 *
 * @param onError called with the errors of the work, which is done again all the same
 * @returns stops it, and waits for the work under way
 */
export function repeat(
  everyMs: number,
  work: () => Promise<void>,
  onError: (error: unknown) => void,
): () => Promise<void> {
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = (async () => {
    while (!signal.aborted) {
      await work().catch(onError);
      await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    }
  })();
  return async () => {
    stopping.abort();
    await running;
  };
}
