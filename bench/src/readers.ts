import { setTimeout as sleep } from 'node:timers/promises';

/** Response times of readers of the API. */
export interface ReaderReport {
  readonly requests: number;
  readonly failed: number;
  readonly slowestMs: number;
  /** Requests that took over 50 ms. */
  readonly over50: number;
}

/**
 * Requests titles and names one after another, every few milliseconds, until stopped.
 *
 * @returns a function that stops reading and returns the report
 */
export function startReading(
  apiUrl: string,
  paths: readonly string[],
): () => Promise<ReaderReport> {
  const reading = new AbortController();
  const times: number[] = [];
  let failed = 0;
  const done = (async () => {
    for (let i = 0; !reading.signal.aborted; i++) {
      const began = performance.now();
      const response = await fetch(apiUrl + String(paths[i % paths.length])).catch(() => null);
      await response?.arrayBuffer();
      times.push(performance.now() - began);
      if (response?.status !== 200) failed++;
      await sleep(5);
    }
  })();
  return async () => {
    reading.abort();
    await done;
    return {
      requests: times.length,
      failed,
      slowestMs: Math.max(...times),
      over50: times.filter((time) => time > 50).length,
    };
  };
}
