import { on } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Connection } from '../../database/connection.ts';
import { deserializeError, type SerializedError } from './serialized-error.ts';
import type { ThreadTask } from './thread-task.ts';

/**
 * The table that a thread fills. The thread runs these statements in one transaction, and pipes the
 * task's output into the COPY.
 */
export interface CopyTarget {
  readonly connection: Connection;
  readonly before: readonly string[];
  readonly copy: string;
  readonly after: readonly string[];
}

/** The message that starts a task in a thread. */
export interface StartMessage {
  /** The name of a {@link ThreadTask}. */
  readonly task: string;
  readonly options: unknown;
  readonly into: CopyTarget;
}

/** A message from a thread. */
export type ThreadMessage<Progress> =
  { readonly progress: Progress } | { readonly error: SerializedError } | { readonly done: true };

/**
 * Fills a table with a task's output, in a thread: unpacking, encoding and comparing use one core,
 * while this thread renews its job locks. The thread reads and writes by itself: data passed
 * through this thread would make each of its garbage collections more expensive. When the caller
 * leaves the loop, also by an error, the thread's transaction is rolled back.
 *
 * @returns the progress after each chunk; a slow reader slows the thread down. The table is
 *   committed when the generator ends
 * @throws NotComparableError, WrongHeader, DamagedFileError, or an Error with the message, code,
 *   hint and `retryable` of the thread's error
 */
export async function* fillInThread<Options, Progress>(
  { name }: ThreadTask<Options, Progress>,
  options: Options,
  into: CopyTarget,
  signal: AbortSignal,
): AsyncGenerator<Progress> {
  const worker = takeThread();
  let ended = false;
  try {
    worker.postMessage({ task: name, options, into } satisfies StartMessage);
    for await (const [message] of on(worker, 'message', {
      signal,
      close: ['exit'],
    }) as AsyncIterable<[ThreadMessage<Progress>]>) {
      ended = !('progress' in message);
      if ('done' in message) return;
      if ('error' in message) throw deserializeError(message.error);
      yield message.progress;
      worker.postMessage(null);
    }
    throw new Error(`The thread that runs the task "${name}" exited without an error.`);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    if (ended) keepThread(worker);
    else await worker.terminate();
  }
}

/**
 * With 4 MB, the thread that makes search terms spent a third of its time in garbage collection.
 * More than 12 MB saves little, and each thread may fill them.
 */
const YOUNG_GENERATION_MB = 12;

/**
 * Threads that have finished their task. The next task finds its code loaded and compiled, which
 * saves a tenth of a second per dataset.
 */
const idle = new Set<Worker>();

function takeThread(): Worker {
  const [kept] = idle;
  if (kept !== undefined) {
    idle.delete(kept);
    kept.ref();
    return kept;
  }
  const worker = new Worker(WORKER, {
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  });
  // the reader of its messages gets the error too
  worker.on('error', () => undefined);
  worker.on('exit', () => idle.delete(worker));
  return worker;
}

function keepThread(worker: Worker): void {
  // an idle thread must not keep the process alive
  worker.unref();
  idle.add(worker);
}

/** The entry point of a thread, in the source or in the build: it lists the tasks of all layers. */
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? '../../worker.ts' : '../../worker.js',
  import.meta.url,
);
