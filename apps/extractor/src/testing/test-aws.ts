import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Provider, ProviderQueue } from '@marquee/snapshots/providers';
import { buildApp } from 'fauxqs';

/** Its own for each client: the SDK writes into it. */
const credentials = () => ({ accessKeyId: 'a', secretAccessKey: 'b' });
const BUCKET = 'incoming';

/** How an event differs from the one that a bucket sends for the object as it is. */
interface EventChange {
  readonly sequencer?: string | null;
  readonly eTag?: string;
  readonly eventName?: string;
  readonly eventTime?: string;
}

/** S3 and SQS on loopback: a bucket, a queue and a dead-letter queue. The events are sent by hand. */
export class TestAws {
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly endpoint: string;
  readonly queue: ProviderQueue;
  /** What a request to the queue is answered with, by the operation: a promise delays it. */
  before: (operation: string) => Promise<'cut' | undefined> = async () =>
    Promise.resolve(undefined);
  readonly #app: ReturnType<typeof buildApp>;
  #sequence = 0;

  private constructor(app: ReturnType<typeof buildApp>, endpoint: string, names: string[]) {
    const [url = '', deadLetterUrl = ''] = names;
    const options = () => ({ endpoint, region: 'us-east-1', credentials: credentials() });
    this.#app = app;
    this.endpoint = endpoint;
    this.s3 = new S3Client({ ...options(), forcePathStyle: true });
    this.sqs = new SQSClient({ ...options(), useQueueUrlAsEndpoint: false });
    this.queue = { url, deadLetterUrl, hiddenSeconds: 2, ...options() };
  }

  static async start(): Promise<TestAws> {
    const app = buildApp({ logger: false });
    // hooks come before the start, and the rest after it
    const hook: { aws?: TestAws } = {};
    app.addHook('onRequest', async (request, reply) => {
      const target = String(request.headers['x-amz-target'] ?? 'S3.').split('.')[1] ?? '';
      if ((await hook.aws?.before(target)) !== 'cut') return;
      request.raw.socket.destroy();
      reply.hijack();
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    const endpoint = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
    const client = new SQSClient({ endpoint, region: 'us-east-1', credentials: credentials() });
    const names: string[] = [];
    for (const QueueName of ['incoming', 'incoming-dead']) {
      const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName }));
      names.push(QueueUrl);
    }
    client.destroy();
    const aws = new TestAws(app, endpoint, names);
    await aws.s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
    hook.aws = aws;
    return aws;
  }

  /** A provider that delivers to a source, with objects under its id. */
  provider(id: string, delivers: string, quota: Partial<Provider['quota']> = {}): Provider {
    return {
      id,
      delivers,
      s3: {
        bucket: BUCKET,
        prefix: `${id}/`,
        endpoint: this.endpoint,
        region: 'us-east-1',
        credentials: credentials(),
      },
      quota: { fileBytes: 2 ** 30, filesPerDay: 1000, bytesPerDay: 2 ** 40, ...quota },
    };
  }

  /** Puts an object. @returns the message that a bucket sends for it */
  async put(key: string, content: string | Buffer, change: EventChange = {}): Promise<string> {
    const { ETag = '' } = await this.s3.send(
      new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: content }),
    );
    const eTag = ETag.replaceAll('"', '');
    return this.event(key, { eTag, ...change }, Buffer.byteLength(content));
  }

  /** The message of a bucket for an object that may not be there. */
  event(key: string, change: EventChange = {}, size = 1): string {
    this.#sequence += 1;
    const { eTag = randomUUID(), eventName = 'ObjectCreated:Put' } = change;
    const sequencer =
      change.sequencer === undefined
        ? `0055AED6DCD90281${this.#sequence.toString(16).padStart(4, '0')}`
        : change.sequencer;
    const eventTime = new Date(Date.UTC(2026, 0, 1) + this.#sequence * 1000).toISOString();
    return JSON.stringify({
      Records: [
        {
          eventVersion: '2.1',
          eventSource: 'aws:s3',
          awsRegion: 'us-east-1',
          eventTime: change.eventTime ?? eventTime,
          eventName,
          s3: {
            s3SchemaVersion: '1.0',
            bucket: { name: BUCKET },
            object: {
              key: encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+'),
              size,
              eTag,
              ...(sequencer !== null && { sequencer }),
            },
          },
        },
      ],
    });
  }

  async send(...bodies: readonly string[]): Promise<void> {
    for (let i = 0; i < bodies.length; i += 10)
      await this.sqs.send(
        new SendMessageBatchCommand({
          QueueUrl: this.queue.url,
          Entries: bodies
            .slice(i, i + 10)
            .map((MessageBody, n) => ({ Id: String(n), MessageBody })),
        }),
      );
  }

  /** The number of messages in the queue, hidden ones too. */
  async left(): Promise<number> {
    const { Attributes = {} } = await this.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: this.queue.url, AttributeNames: ['All'] }),
    );
    return (
      Number(Attributes.ApproximateNumberOfMessages) +
      Number(Attributes.ApproximateNumberOfMessagesNotVisible)
    );
  }

  /** The messages of the dead-letter queue, with the reason of each. */
  async dead(): Promise<{ code: string | undefined; reason: string | undefined; body: string }[]> {
    const { Messages = [] } = await this.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: this.queue.deadLetterUrl,
        MaxNumberOfMessages: 10,
        MessageAttributeNames: ['All'],
        VisibilityTimeout: 0,
      }),
    );
    return Messages.map(({ Body = '', MessageAttributes = {} }) => ({
      code: MessageAttributes['code']?.StringValue,
      reason: MessageAttributes['reason']?.StringValue,
      body: Body,
    }));
  }

  async stop(): Promise<void> {
    this.s3.destroy();
    this.sqs.destroy();
    this.#app.server.closeAllConnections();
    await this.#app.close();
  }
}
