import type { Addresses, Supervisor } from './supervisor.ts';

/**
 * Signals that come sooner than this after the first one are the same one, delivered twice by
 * whoever started us.
 */
const DUPLICATE_MS = 500;

/**
 * Runs a supervisor until it is asked to end (Ctrl-C, SIGTERM, the terminal closed) or cannot go
 * on. A second request ends all at once.
 *
 * @param work what to do once all is up; its end does not end the stack, its failure does
 * @returns the exit code
 * @throws what kept the stack from starting, or the work's error, after all is ended
 */
export async function runInForeground(
  supervisor: Supervisor,
  work: (addresses: Addresses, signal: AbortSignal) => Promise<void>,
): Promise<number> {
  const asked = Promise.withResolvers<undefined>();
  const abort = new AbortController();
  let first: number | null = null;
  const onSignal = () => {
    if (first === null) {
      first = performance.now();
      abort.abort();
      asked.resolve(undefined);
    } else if (performance.now() - first > DUPLICATE_MS) {
      void supervisor.kill().then(() => process.exit(130));
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  const { promise: forever } = Promise.withResolvers<never>();
  const failed = supervisor
    .start()
    .then((addresses) => work(addresses, abort.signal))
    .then(() => forever);
  try {
    const broken = await Promise.race([asked.promise, supervisor.failure, failed]);
    if (broken !== undefined) throw new Error(broken);
    return 0;
  } finally {
    await supervisor.stop();
  }
}
