import { on } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { parentPort, type MessagePort } from 'node:worker_threads';
import { from as copyFrom } from 'pg-copy-streams';
import { connectTo } from './database/connection.ts';
import { LINES } from './derive/lines-task.ts';
import { DIFF } from './load/thread/diff-task.ts';
import { ENCODE } from './load/thread/encode-task.ts';
import type { StartMessage, ThreadMessage } from './load/thread/fill-in-thread.ts';
import { serializeError } from './load/thread/serialized-error.ts';
import type { TaskOutput, ThreadTask } from './load/thread/thread-task.ts';

/** Every task by its name. `fillInThread` has checked the type of the options that come here. */
const TASKS: ReadonlyMap<string, ThreadTask<never, object>> = new Map(
  [ENCODE, DIFF, LINES].map((task) => [task.name, task]),
);

/** Progress messages that the main thread may not have acknowledged yet. */
const MAX_UNACKNOWLEDGED = 8;

/** The main thread's messages: the start of a task, and null to acknowledge a progress message. */
type Messages = AsyncIterator<[StartMessage | null], undefined>;

function post(port: MessagePort, message: ThreadMessage<object>): void {
  port.postMessage(message);
}

/** Passes on the COPY data, and posts the progress; waits while the main thread falls behind. */
async function* reportProgress(
  port: MessagePort,
  messages: Messages,
  outputs: AsyncIterable<TaskOutput<object>>,
): AsyncGenerator<Uint8Array> {
  let unacknowledged = 0;
  for await (const { copy, ...progress } of outputs) {
    yield copy;
    post(port, { progress });
    unacknowledged++;
    while (unacknowledged >= MAX_UNACKNOWLEDGED) {
      await messages.next();
      unacknowledged--;
    }
  }
}

/** Fills a table with a task's output, in one transaction. */
async function fill(
  port: MessagePort,
  messages: Messages,
  { task, options, into }: StartMessage,
): Promise<void> {
  const found = TASKS.get(task);
  if (found === undefined) throw new Error(`The loader's thread has no task "${task}".`);
  const client = await connectTo(into.connection);
  try {
    await client.query('begin');
    for (const statement of into.before) await client.query(statement);
    const outputs = found.run(options as never);
    await pipeline(reportProgress(port, messages, outputs), client.query(copyFrom(into.copy)));
    for (const statement of into.after) await client.query(statement);
    await client.query('commit');
  } finally {
    await client.end();
  }
}

/** Runs one task after another. */
async function work(port: MessagePort): Promise<void> {
  const messages = on(port, 'message')[Symbol.asyncIterator]() as Messages;
  for (;;) {
    const { value, done } = await messages.next();
    if (done === true) return;
    const [start] = value;
    // acknowledges progress of the previous task
    if (start === null) continue;
    try {
      await fill(port, messages, start);
      post(port, { done: true });
    } catch (error) {
      post(port, { error: serializeError(error) });
    }
  }
}

if (parentPort === null)
  throw new Error('worker.ts runs as a thread of the loader; start main.ts instead.');
await work(parentPort);
