import type { Logger } from '@marquee/process';
import type { Clock } from './clock.ts';
import type { EventQueue, QueueMessage } from './event-queue.ts';
import type { MessagePart, ObjectTaker } from './take-messages.ts';

/** The delays before a queue that does not answer is asked again. */
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;
/** When messages come again whose work has met a fault of ours, such as a database that restarts. */
const FAULT_SECONDS = 15;

/**
 * Takes the messages of a queue until the signal is aborted. Each is acknowledged after the commit of
 * what it announces; one that waits comes again, and one that cannot be taken goes to the
 * dead-letter queue. A queue or a database that is down costs time only.
 */
export async function consumeQueue(
  queue: EventQueue,
  taker: ObjectTaker,
  log: Pick<Logger, 'info' | 'warn'>,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0;
  const isStopping = () => signal.aborted;
  while (!isStopping()) {
    try {
      const messages = await queue.receive(signal);
      if (failures > 0) log.info({ queue: queue.url }, 'the queue answers again');
      failures = 0;
      await takeBatch(queue, taker, log, messages, signal);
    } catch (error) {
      if (isStopping()) return;
      if (failures === 0) log.warn({ err: error, queue: queue.url }, 'the queue does not answer');
      await clock.sleep(Math.min(FIRST_RETRY_MS * 2 ** failures, LONGEST_RETRY_MS), signal);
      failures += 1;
    }
  }
}

async function takeBatch(
  queue: EventQueue,
  taker: ObjectTaker,
  log: Pick<Logger, 'info' | 'warn'>,
  messages: readonly QueueMessage[],
  signal: AbortSignal,
): Promise<void> {
  if (messages.length === 0) return;
  const onError = (error: unknown) => log.warn({ err: error }, 'could not keep messages hidden');
  const stopHiding = queue.keepHidden(messages, onError);
  let taken: ReadonlyMap<string, readonly MessagePart[]>;
  try {
    taken = await taker.takeMessages(messages, queue.url);
  } catch (error) {
    if (!signal.aborted) log.warn({ err: error }, 'could not take messages; they come again');
    for (const message of messages) await queue.hide(message, FAULT_SECONDS);
    return;
  } finally {
    stopHiding();
  }
  for (const message of messages)
    await settle(queue, taker, log, message, taken.get(message.id) ?? []);
}

async function settle(
  queue: EventQueue,
  taker: ObjectTaker,
  log: Pick<Logger, 'warn'>,
  message: QueueMessage,
  parts: readonly MessagePart[],
): Promise<void> {
  for (const { announcement, outcome, body } of parts) {
    if (outcome.kind !== 'failed' || (await taker.isDeadLettered(announcement))) continue;
    log.warn(
      { place: announcement.place, key: announcement.key, code: outcome.fault.code },
      `a delivery has failed: ${outcome.fault.message}`,
    );
    if (await queue.bury(body, outcome.fault)) await taker.noteDeadLetter(announcement);
    else
      log.warn(
        { place: announcement.place, key: announcement.key },
        'the dead-letter queue does not take the message; GET /deliveries has the failed delivery',
      );
  }
  const waits = parts.flatMap(({ outcome }) => (outcome.kind === 'wait' ? [outcome.seconds] : []));
  if (waits.length === 0) await queue.acknowledge(message);
  else await queue.hide(message, Math.min(...waits));
}
