import type { AwsCredentialProvider } from '@marquee/snapshots';
import type { Agent } from 'node:http';
import { CLOUD_EVENT_TYPE } from './cloud-event.ts';
import type { EventPosition } from './event-id.ts';

/** An event to send. */
export interface OutgoingEvent {
  readonly id: string;
  readonly position: EventPosition;
  readonly type: string;
  /** Events about the same thing arrive in their order. */
  readonly subject: string;
  /** JSON. */
  readonly body: string;
}

/** Where events are sent to. */
export interface EventSink {
  /** Unique, and the same after a restart. */
  readonly name: string;
  /**
   * Sends a batch of {@link batchesOf}.
   *
   * @returns why some were refused, by id
   * @throws the error of the SDK if nothing is known to have arrived
   */
  send(events: readonly OutgoingEvent[]): Promise<ReadonlyMap<string, string>>;
  close(): void;
}

/** The limits of SQS and SNS for a batch. A batch of SNS has 256 KB with its attributes. */
const MAX_BATCH = 10;
const MAX_BATCH_BYTES = 200 * 1024;

/**
 * Cuts events into batches. A service may refuse one event of a batch and take those after it: two
 * events about the same thing are never in one batch.
 */
export function batchesOf(events: readonly OutgoingEvent[]): OutgoingEvent[][] {
  const batches: OutgoingEvent[][] = [];
  let bytes = 0;
  for (const event of events) {
    const size = Buffer.byteLength(event.body);
    const batch = batches.at(-1);
    const fits =
      batch !== undefined &&
      batch.length < MAX_BATCH &&
      bytes + size <= MAX_BATCH_BYTES &&
      batch.every(({ subject }) => subject !== event.subject);
    if (fits) batch.push(event);
    else batches.push([event]);
    bytes = fits ? bytes + size : size;
  }
  return batches;
}

/**
 * The entry of a batch without its body, which SQS and SNS name differently.
 *
 * @param index of the event in its batch, by which {@link refusalsOf} finds it
 * @param sink the name of the queue or topic: one that ends with .fifo keeps the order of each group
 */
export function entryOf({ id, type, subject }: OutgoingEvent, index: number, sink: string) {
  const attribute = (StringValue: string) => ({ DataType: 'String', StringValue });
  return {
    Id: String(index),
    // SNS filters subscriptions by them
    MessageAttributes: {
      'content-type': attribute(CLOUD_EVENT_TYPE),
      type: attribute(type),
      subject: attribute(subject),
    },
    ...(sink.endsWith('.fifo') && { MessageGroupId: subject, MessageDeduplicationId: id }),
  };
}

interface FailedEntry {
  readonly Id?: string | undefined;
  readonly Code?: string | undefined;
  readonly Message?: string | undefined;
}

/** Why a service has refused some events of a batch. */
export function refusalsOf(
  events: readonly OutgoingEvent[],
  failed: readonly FailedEntry[] = [],
): ReadonlyMap<string, string> {
  return new Map(
    failed.map(({ Id, Code = 'unknown error', Message }) => [
      events[Number(Id)]?.id ?? '',
      Message === undefined ? Code : `${Code}: ${Message}`,
    ]),
  );
}

/** Settings of the AWS SDK's clients. */
export interface AwsOptions {
  /** The URL of a service other than Amazon's. */
  readonly endpoint?: string | undefined;
  readonly region: string;
  readonly agent: Agent | null;
  /** By default those that the AWS SDK finds in its usual places. */
  readonly credentials?: AwsCredentialProvider | undefined;
}

/** How an SDK client is configured. */
export function clientOptions({ endpoint, region, agent, credentials }: AwsOptions) {
  return {
    region,
    ...(credentials !== undefined && { credentials }),
    ...(endpoint !== undefined && { endpoint }),
    requestHandler: {
      connectionTimeout: 5000,
      requestTimeout: 10_000,
      throwOnRequestTimeout: true,
      ...(agent !== null && { httpAgent: agent, httpsAgent: agent }),
    },
  };
}
