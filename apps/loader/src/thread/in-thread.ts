import { on } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Connection } from '../load/connection.ts';
import { toError, type Fault } from './fault.ts';
import type { Progress, TaskName, Tasks } from './tasks.ts';

/**
 * The table that a thread fills: one transaction of these statements, of which the COPY takes what
 * the task makes.
 */
export interface Target {
  readonly connection: Connection;
  readonly before: readonly string[];
  readonly copy: string;
  readonly after: readonly string[];
}

/** What a thread starts with: its task, and the table that it fills. */
export type Start = {
  readonly [Name in TaskName]: {
    readonly name: Name;
    readonly task: Tasks[Name];
    readonly into: Target;
  };
}[TaskName];

type Message<Name extends TaskName> =
  { readonly progress: Progress[Name] } | { readonly fault: Fault } | { readonly done: true };

/**
 * Fills a table with what a task makes, in a thread of its own: unpacking, encoding and comparing
 * use a core, while this thread goes on giving signs of life. The thread reads and writes by
 * itself: nothing of it passes through here, where each collection of garbage costs more. When the
 * loop over it is left, by an error too, nothing of it is in the table.
 *
 * @returns how far it is, again and again; who reads slowly slows the thread down. When it ends,
 *   the table is committed
 * @throws NotComparable, WrongHeader, Damaged, or an Error with the message, code, hint and
 *   `retryable` of what was thrown
 */
export async function* fillInThread<Name extends TaskName>(
  name: Name,
  task: Tasks[Name],
  into: Target,
  signal: AbortSignal,
): AsyncGenerator<Progress[Name]> {
  const worker = takeThread();
  let ended = false;
  try {
    worker.postMessage({ name, task, into });
    for await (const [message] of on(worker, 'message', {
      signal,
      close: ['exit'],
    }) as AsyncIterable<[Message<Name>]>) {
      ended = !('progress' in message);
      if ('done' in message) return;
      if ('fault' in message) throw toError(message.fault);
      yield message.progress;
      worker.postMessage(null);
    }
    throw new Error(`The thread that does ${name} has ended without saying why.`);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    if (ended) keepThread(worker);
    else await worker.terminate();
  }
}

/**
 * In 4 MB, the thread that makes texts spent a third of its time collecting garbage; more than 12
 * save it little, and each thread may fill them.
 */
const YOUNG_MB = 12;

/**
 * Threads that have done their task: the next finds its code loaded and compiled, which is a tenth
 * of a second for each dataset.
 */
const idle = new Set<Worker>();

function takeThread(): Worker {
  const [kept] = idle;
  if (kept !== undefined) {
    idle.delete(kept);
    kept.ref();
    return kept;
  }
  const worker = new Worker(WORKER, { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } });
  // also told to who waits for its messages
  worker.on('error', () => undefined);
  worker.on('exit', () => idle.delete(worker));
  return worker;
}

function keepThread(worker: Worker): void {
  // the process may end without it
  worker.unref();
  idle.add(worker);
}

/** Beside this file, whether that is the source or what was compiled of it. */
const WORKER = new URL(import.meta.url.replace('/in-thread.', '/worker.'));
