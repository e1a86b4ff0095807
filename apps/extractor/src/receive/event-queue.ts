import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  SQSServiceException,
} from '@aws-sdk/client-sqs';
import type { Proxies } from '@marquee/network/proxies';
import { proxyAgentFor } from '@marquee/network/proxy-agents';
import type { AwsCredentialProvider } from '@marquee/snapshots';
import type { ProviderQueue } from '@marquee/snapshots/providers';
import type { Fault } from './announcement.ts';

/** A message of a queue, until it is acknowledged. */
export interface QueueMessage {
  readonly id: string;
  readonly body: string;
  readonly receipt: string;
}

/** How many messages are received at once: the most that SQS gives. */
const BATCH = 10;
/** How long a request waits for a message: the longest that SQS allows, and the cheapest. */
const POLL_SECONDS = 20;
/** SQS hides a message for at most 12 hours. */
const LONGEST_HIDDEN_SECONDS = 12 * 3600;
/** Attributes count towards the size of a message. */
const MAX_REASON = 1000;

/** Errors that the same message causes each time. SQS gives some of their names a prefix. */
const REFUSED = /(?:^|\.)(?:InvalidMessageContents|InvalidParameterValue)$/u;

interface EventQueueOptions {
  readonly proxies: Proxies;
  /** For a queue that has none of its own; by default those that the AWS SDK finds. */
  readonly credentials?: AwsCredentialProvider | undefined;
  readonly pollSeconds?: number | undefined;
}

/** A queue of SQS with its dead-letter queue. Methods throw the SDK's errors. */
export class EventQueue {
  readonly url: string;
  readonly #deadLetterUrl: string | undefined;
  readonly #client: SQSClient;
  readonly #pollSeconds: number;
  readonly #hiddenSeconds: number;

  constructor(
    { url, deadLetterUrl, hiddenSeconds, region, endpoint, ...own }: ProviderQueue,
    { proxies, pollSeconds = POLL_SECONDS, ...ofProcess }: EventQueueOptions,
  ) {
    const credentials = own.credentials ?? ofProcess.credentials;
    const agent = proxyAgentFor(new URL(endpoint ?? url), proxies);
    this.url = url;
    this.#deadLetterUrl = deadLetterUrl;
    this.#pollSeconds = pollSeconds;
    this.#hiddenSeconds = hiddenSeconds;
    this.#client = new SQSClient({
      region,
      // the consumer retries by itself
      maxAttempts: 1,
      // the URLs of queues need not be reachable: those of other services than Amazon's often are not
      ...(endpoint !== undefined && { endpoint, useQueueUrlAsEndpoint: false }),
      ...(credentials !== undefined && { credentials }),
      requestHandler: {
        connectionTimeout: 10_000,
        requestTimeout: (pollSeconds + 10) * 1000,
        ...(agent && { httpAgent: agent, httpsAgent: agent }),
      },
    });
  }

  /** Waits for messages. @returns none when there was none for a while */
  async receive(signal: AbortSignal): Promise<QueueMessage[]> {
    const { Messages = [] } = await this.#client.send(
      new ReceiveMessageCommand({
        QueueUrl: this.url,
        MaxNumberOfMessages: BATCH,
        WaitTimeSeconds: this.#pollSeconds,
        VisibilityTimeout: this.#hiddenSeconds,
      }),
      { abortSignal: signal },
    );
    return Messages.map(({ MessageId = '', Body = '', ReceiptHandle = '' }) => ({
      id: MessageId,
      body: Body,
      receipt: ReceiptHandle,
    }));
  }

  /** Keeps messages hidden while work on them goes on. @returns stops it */
  keepHidden(messages: readonly QueueMessage[], onError: (error: unknown) => void): () => void {
    const timer = setInterval(
      () =>
        void Promise.all(
          messages.map(async (message) => this.hide(message, this.#hiddenSeconds)),
        ).catch(onError),
      (this.#hiddenSeconds * 1000) / 3,
    );
    return () => clearInterval(timer);
  }

  /** Has a message come again after a time. */
  async hide({ receipt }: QueueMessage, seconds: number): Promise<void> {
    await this.#client.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: this.url,
        ReceiptHandle: receipt,
        VisibilityTimeout: Math.min(seconds, LONGEST_HIDDEN_SECONDS),
      }),
    );
  }

  /** Acknowledges a message: it does not come again. */
  async acknowledge({ receipt }: QueueMessage): Promise<void> {
    await this.#client.send(
      new DeleteMessageCommand({ QueueUrl: this.url, ReceiptHandle: receipt }),
    );
  }

  /**
   * Sends a message to the dead-letter queue with the reason as attributes, if there is one.
   *
   * @returns whether the queue has taken it: it takes none that is too long with the reason
   */
  async bury(body: string, { code, message }: Fault): Promise<boolean> {
    if (this.#deadLetterUrl === undefined) return true;
    const text = (value: string) => ({ DataType: 'String', StringValue: value });
    try {
      await this.#client.send(
        new SendMessageCommand({
          QueueUrl: this.#deadLetterUrl,
          MessageBody: escapeForQueue(body),
          MessageAttributes: {
            code: text(code),
            reason: text(escapeForQueue(message.slice(0, MAX_REASON))),
          },
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof SQSServiceException && REFUSED.test(error.name)) return false;
      throw error;
    }
  }

  close(): void {
    this.#client.destroy();
  }
}

/** Escapes, as in JSON, the characters that SQS does not take: keys of objects may have them. */
function escapeForQueue(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(
      /[^\t\n\r\u0020-\uFFFD\u{10000}-\u{10FFFF}]/gu,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
}
