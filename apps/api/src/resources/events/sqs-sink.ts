import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import {
  clientOptions,
  entryOf,
  refusalsOf,
  type AwsOptions,
  type EventSink,
  type OutgoingEvent,
} from './event-sink.ts';

/** Sends events to a queue of SQS. */
export class SqsSink implements EventSink {
  readonly name: string;
  readonly #client: SQSClient;

  /** @param url of the queue; one that ends with .fifo keeps the order of each subject */
  constructor(url: string, options: AwsOptions) {
    this.name = url;
    this.#client = new SQSClient({
      ...clientOptions(options),
      // the URL of a queue may have a name that only the service itself knows
      useQueueUrlAsEndpoint: options.endpoint === undefined,
    });
  }

  async send(events: readonly OutgoingEvent[]): Promise<ReadonlyMap<string, string>> {
    const { Failed } = await this.#client.send(
      new SendMessageBatchCommand({
        QueueUrl: this.name,
        Entries: events.map((event, index) => ({
          ...entryOf(event, index, this.name),
          MessageBody: event.body,
        })),
      }),
    );
    return refusalsOf(events, Failed);
  }

  close(): void {
    this.#client.destroy();
  }
}
