import { PublishBatchCommand, SNSClient } from '@aws-sdk/client-sns';
import {
  clientOptions,
  entryOf,
  refusalsOf,
  type AwsOptions,
  type EventSink,
  type OutgoingEvent,
} from './event-sink.ts';

/** Publishes events to a topic of SNS. */
export class SnsSink implements EventSink {
  readonly name: string;
  readonly #client: SNSClient;

  /** @param arn of the topic; one that ends with .fifo keeps the order of each subject */
  constructor(arn: string, options: AwsOptions) {
    this.name = arn;
    this.#client = new SNSClient(clientOptions(options));
  }

  async send(events: readonly OutgoingEvent[]): Promise<ReadonlyMap<string, string>> {
    const { Failed } = await this.#client.send(
      new PublishBatchCommand({
        TopicArn: this.name,
        PublishBatchRequestEntries: events.map((event, index) => ({
          ...entryOf(event, index, this.name),
          Message: event.body,
        })),
      }),
    );
    return refusalsOf(events, Failed);
  }

  close(): void {
    this.#client.destroy();
  }
}
