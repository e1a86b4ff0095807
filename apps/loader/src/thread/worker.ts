import { on } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { parentPort, type MessagePort } from 'node:worker_threads';
import { from as copyFrom } from 'pg-copy-streams';
import { connectTo } from '../load/connection.ts';
import { toFault } from './fault.ts';
import type { Start } from './in-thread.ts';
import { RUN, type Encoded } from './tasks.ts';

/** Reports that may wait for who reads them. */
const BEHIND = 8;

/** What the main thread sends: a task, and null for each report that it has taken. */
type Messages = AsyncIterator<[Start | null], undefined>;

/** Hands on what is to be copied, and tells the main thread how far it is, which has to keep up. */
async function* tell(
  port: MessagePort,
  messages: Messages,
  parts: AsyncIterable<Encoded>,
): AsyncGenerator<Uint8Array> {
  let waiting = 0;
  for await (const { copy, ...progress } of parts) {
    yield copy;
    port.postMessage({ progress });
    waiting++;
    while (waiting >= BEHIND) {
      await messages.next();
      waiting--;
    }
  }
}

/** What the task of a start makes. */
function partsOf(start: Start): AsyncIterable<Encoded> {
  switch (start.name) {
    case 'encode':
      return RUN.encode(start.task);
    case 'diff':
      return RUN.diff(start.task);
    case 'lines':
      return RUN.lines(start.task);
  }
}

/** Fills a table with what a task makes, in one transaction. */
async function fill(port: MessagePort, messages: Messages, start: Start): Promise<void> {
  const { into } = start;
  const client = await connectTo(into.connection);
  try {
    await client.query('begin');
    for (const statement of into.before) await client.query(statement);
    await pipeline(tell(port, messages, partsOf(start)), client.query(copyFrom(into.copy)));
    for (const statement of into.after) await client.query(statement);
    await client.query('commit');
  } finally {
    await client.end();
  }
}

/** Does one task after another, as they come. */
async function work(port: MessagePort): Promise<void> {
  const messages = on(port, 'message')[Symbol.asyncIterator]() as Messages;
  for (;;) {
    const { value, done } = await messages.next();
    if (done === true) return;
    const [start] = value;
    // of the last task, which is done
    if (start === null) continue;
    try {
      await fill(port, messages, start);
      port.postMessage({ done: true });
    } catch (error) {
      port.postMessage({ fault: toFault(error) });
    }
  }
}

if (parentPort === null)
  throw new Error('This is a thread of the loader; it is not started by itself.');
await work(parentPort);
