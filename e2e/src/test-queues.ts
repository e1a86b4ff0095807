import type { AddressInfo } from 'node:net';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { CloudEvent } from '@marquee/contract';
import type { FastifyInstance } from 'fastify';
import { buildApp } from 'fauxqs';

/** Any: the server takes all of them. */
export const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };

/** A message as a consumer of a queue receives it. */
export interface ReceivedMessage {
  readonly event: CloudEvent;
  readonly attributes: Readonly<Record<string, string | undefined>>;
}

/** SQS and SNS on loopback, for the clients of the AWS SDK. */
export class TestQueues {
  readonly endpoint: string;
  readonly #app: FastifyInstance;
  readonly #sqs: SQSClient;
  readonly #sns: SNSClient;

  private constructor(app: FastifyInstance) {
    this.#app = app;
    this.endpoint = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
    const options = {
      endpoint: this.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    };
    this.#sqs = new SQSClient({ ...options, useQueueUrlAsEndpoint: false });
    this.#sns = new SNSClient(options);
  }

  /** @param onRequest called with the body of each request before it is answered */
  static async start(
    onRequest: (body: string) => Promise<void> | void = () => undefined,
  ): Promise<TestQueues> {
    const app = buildApp({ logger: false });
    app.addHook('preHandler', async ({ body }) => onRequest(JSON.stringify(body)));
    await app.listen({ port: 0, host: '127.0.0.1' });
    return new TestQueues(app);
  }

  /** @returns the URL of a new queue; a name that ends with .fifo makes one that keeps the order */
  async createQueue(name: string): Promise<string> {
    const Attributes = name.endsWith('.fifo') ? { FifoQueue: 'true' } : {};
    await this.#sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }));
    // the host in the URL that the server tells does not resolve
    return `${this.endpoint}/000000000000/${name}`;
  }

  /** @returns the ARN of a new topic, whose messages go to a queue as they are */
  async createTopic(name: string, queueUrl: string): Promise<string> {
    const { TopicArn = '' } = await this.#sns.send(
      new CreateTopicCommand({
        Name: name,
        Attributes: name.endsWith('.fifo') ? { FifoTopic: 'true' } : {},
      }),
    );
    const { Attributes } = await this.#sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['QueueArn'] }),
    );
    await this.#sns.send(
      new SubscribeCommand({
        TopicArn,
        Protocol: 'sqs',
        Endpoint: Attributes?.QueueArn,
        Attributes: { RawMessageDelivery: 'true' },
      }),
    );
    return TopicArn;
  }

  /** Takes the messages out of a queue that are in it now, in their order. */
  async take(queueUrl: string): Promise<ReceivedMessage[]> {
    const taken: ReceivedMessage[] = [];
    for (;;) {
      const { Messages = [] } = await this.#sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: queueUrl,
          MaxNumberOfMessages: 10,
          MessageAttributeNames: ['All'],
        }),
      );
      if (Messages.length === 0) return taken;
      for (const { Body = '', MessageAttributes = {} } of Messages)
        taken.push({
          event: CloudEvent.parse(JSON.parse(Body)),
          attributes: Object.fromEntries(
            Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue]),
          ),
        });
      await this.#sqs.send(
        new DeleteMessageBatchCommand({
          QueueUrl: queueUrl,
          Entries: Messages.map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle })),
        }),
      );
    }
  }

  async stop(): Promise<void> {
    this.#sqs.destroy();
    this.#sns.destroy();
    await this.#app.close();
  }
}
