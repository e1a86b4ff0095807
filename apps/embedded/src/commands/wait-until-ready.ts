import { setTimeout as sleep } from 'node:timers/promises';
import { probe } from '@marquee/process/probe';
import { z } from 'zod';

const POLL_MS = 1000;

const Reason = z.object({ detail: z.string() });

/**
 * Waits until the API answers that it is ready: after a new version, the loader may build derived
 * tables first, which takes minutes. Prints each new reason why it is not.
 *
 * @param seconds after which it gives up
 * @returns whether it is ready
 */
export async function waitUntilReady(url: string, seconds: number): Promise<boolean> {
  const until = performance.now() + seconds * 1000;
  let last: string | null = null;
  for (;;) {
    const reason = await reasonOf(url);
    if (reason === null) return true;
    if (reason !== last) console.log(`Not ready yet: ${reason}`);
    last = reason;
    if (performance.now() >= until) return false;
    await sleep(POLL_MS);
  }
}

/** Why the API is not ready; null if it is. */
async function reasonOf(url: string): Promise<string | null> {
  try {
    const { status, body } = await probe(new URL('/health/ready', url).href, 10_000);
    if (status === 200) return null;
    const reason = Reason.safeParse(body);
    return reason.data?.detail ?? `it answers ${status}`;
  } catch {
    return 'it does not answer';
  }
}
