import { PublishBatchCommand, SNSClient } from '@aws-sdk/client-sns';
import { CLOUD_EVENT_TYPE } from './cloud-event.ts';
import {
  attributesOf,
  clientOptions,
  isFifo,
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
        PublishBatchRequestEntries: events.map((event, i) => ({
          Id: String(i),
          Message: event.body,
          MessageAttributes: attributesOf(event, CLOUD_EVENT_TYPE),
          ...(isFifo(this.name) && {
            MessageGroupId: event.subject,
            MessageDeduplicationId: event.id,
          }),
        })),
      }),
    );
    return refusalsOf(events, Failed);
  }

  close(): void {
    this.#client.destroy();
  }
}
