import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';

/** Responses to a series of requests. */
export interface LoadResult {
  readonly requests: number;
  /** Number of responses by status. */
  readonly statuses: ReadonlyMap<number, number>;
  /** Response times in ms, ascending. */
  readonly times: Float64Array;
}

/**
 * Sends requests at a fixed rate without waiting for responses. Times count from the scheduled time
 * of a request, so that delays caused by slow requests are included.
 *
 * @param rate requests per second
 */
export async function requestAtRate(
  url: string,
  paths: readonly string[],
  load: { rate: number; seconds: number },
): Promise<LoadResult> {
  // no request waits for a connection
  const pool = new Pool(url, { connections: 256, pipelining: 1 });
  const statuses = new Map<number, number>();
  const times = await callAtRate(
    async (i) => sendRequest(pool, paths[i % paths.length] ?? '/', statuses),
    load,
  );
  await pool.close();
  return { requests: times.length, statuses, times };
}

/**
 * Does something at a fixed rate, as {@link requestAtRate} sends requests.
 *
 * @returns how long each took, in ms, ascending
 */
export async function callAtRate(
  call: (number: number) => Promise<unknown>,
  { rate, seconds }: { rate: number; seconds: number },
): Promise<Float64Array> {
  const count = rate * seconds;
  const times = new Float64Array(count);
  const going: Promise<void>[] = [];
  const began = performance.now() + 50;
  for (let i = 0; i < count; i++) {
    const due = began + (i * 1000) / rate;
    const early = due - performance.now();
    if (early > 0) await sleep(early);
    // a timer can be a millisecond early
    const from = Math.min(due, performance.now());
    going.push(
      call(i).then(() => {
        times[i] = performance.now() - from;
      }),
    );
  }
  await Promise.all(going);
  return times.sort();
}

/**
 * Sends requests on several connections, on each as soon as the previous response is complete.
 *
 * @param requests maximum number of requests
 */
export async function requestAtFullSpeed(
  url: string,
  paths: readonly string[],
  {
    connections,
    seconds,
    requests = Infinity,
  }: { connections: number; seconds: number; requests?: number },
): Promise<LoadResult & { readonly perSecond: number }> {
  const pool = new Pool(url, { connections, pipelining: 1 });
  const times: number[] = [];
  const statuses = new Map<number, number>();
  const began = performance.now();
  const end = began + seconds * 1000;
  let next = 0;
  const ask = async (): Promise<void> => {
    for (let asked = performance.now(); asked < end && next < requests; asked = performance.now()) {
      await sendRequest(pool, paths[next++ % paths.length] ?? '/', statuses);
      times.push(performance.now() - asked);
    }
  };
  await Promise.all(Array.from({ length: connections }, ask));
  const perSecond = times.length / ((performance.now() - began) / 1000);
  await pool.close();
  return { requests: times.length, statuses, times: Float64Array.from(times).sort(), perSecond };
}

/** Sends requests one after another, so that none waits for another. */
export async function requestSequentially(url: string, paths: readonly string[]): Promise<void> {
  const pool = new Pool(url, { connections: 1, pipelining: 1 });
  for (const path of paths) await sendRequest(pool, path, new Map());
  await pool.close();
}

async function sendRequest(pool: Pool, path: string, statuses: Map<number, number>): Promise<void> {
  const { statusCode, body } = await pool.request({ path, method: 'GET' });
  await body.dump({ limit: Infinity });
  statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1);
}
