import type { Addresses, Supervisor } from './supervisor.ts';

/**
 * A signal that follows the first one sooner than this is a duplicate: a parent process may pass on
 * a signal that the terminal has already sent to the whole group.
 */
const DUPLICATE_MS = 500;

/**
 * Runs a supervisor until it is asked to stop (Ctrl-C, SIGTERM, the terminal closed) or fails. A
 * second signal kills everything at once.
 *
 * @param work runs once everything is up; the stack outlives its end, but not its failure
 * @returns the exit code
 * @throws what prevented the start, or the work's error, once everything is stopped
 */
export async function runInForeground(
  supervisor: Supervisor,
  work: (addresses: Addresses, signal: AbortSignal) => Promise<void>,
): Promise<number> {
  const stopRequest = Promise.withResolvers<undefined>();
  const abort = new AbortController();
  let firstSignalAt: number | null = null;
  const onSignal = () => {
    if (firstSignalAt === null) {
      firstSignalAt = performance.now();
      abort.abort();
      stopRequest.resolve(undefined);
    } else if (performance.now() - firstSignalAt > DUPLICATE_MS) {
      void supervisor.kill().then(() => process.exit(130));
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  const { promise: forever } = Promise.withResolvers<never>();
  const workFailure = supervisor
    .start()
    .then((addresses) => work(addresses, abort.signal))
    .then(() => forever);
  try {
    const failure = await Promise.race([stopRequest.promise, supervisor.failure, workFailure]);
    if (failure !== undefined) throw new Error(failure);
    return 0;
  } finally {
    await supervisor.stop();
  }
}
