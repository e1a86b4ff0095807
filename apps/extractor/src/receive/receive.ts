import { Connections } from '@marquee/network/connections';
import { proxiesOf } from '@marquee/network/proxies';
import type { Logger } from '@marquee/process';
import type { RunQueue } from '@marquee/runs';
import { awsCredentials, type SnapshotConfig } from '@marquee/snapshots';
import type { Provider, Providers } from '@marquee/snapshots/providers';
import { settleRuns } from './announcements.ts';
import { SYSTEM_CLOCK, type Clock } from './clock.ts';
import { pollSchedules } from './poll-schedules.ts';
import { retryAnnouncements } from './retry-announcements.ts';
import type { SftpInbox, SftpProvider } from './sftp-inbox.ts';
import type { Receiving } from './take-file.ts';
import type { ObjectTaker } from './take-messages.ts';
import { WebClient } from './web-client.ts';

interface ReceiveOptions {
  readonly receiving: Omit<Receiving, 'signal'>;
  readonly queue: RunQueue;
  readonly providers: Providers;
  readonly config: SnapshotConfig;
  readonly log: Logger;
  readonly clock?: Clock;
  /** How long a request to a queue waits for a message. */
  readonly queuePollSeconds?: number | undefined;
}

interface QueueOptions extends ReceiveOptions {
  readonly receiving: Receiving;
}

/** Receives files from providers: by queues all the time, and otherwise when it is asked to look. */
export interface Receiver {
  /** Scans inboxes, fetches what is due, and retries what people want to be retried. */
  readonly look: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Starts to receive files. The clients of S3, SQS and SFTP are loaded if a provider needs them. */
export async function startReceiver(options: ReceiveOptions): Promise<Receiver> {
  const { providers, config, log, clock = SYSTEM_CLOCK } = options;
  const stopping = new AbortController();
  const receiving = { ...options.receiving, signal: stopping.signal };
  const connections = new Connections(proxiesOf(config));
  const web = new WebClient(connections, providers.providers);
  const inboxes = await openInboxes(providers.providers, receiving);
  const buckets = await startQueues({ ...options, receiving }, clock);
  const attempt = async (what: string, work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      if (!stopping.signal.aborted) log.warn({ err: error }, `${what}; will try again`);
    }
  };
  return {
    async look() {
      await settleRuns(receiving.pool);
      for (const [id, inbox] of inboxes)
        await attempt(`could not scan the inbox of ${id}`, async () => inbox.scan());
      const onError = (source: string, error: unknown) =>
        log.warn({ err: error, source }, `could not fetch what ${source} has; will try again`);
      await attempt('could not fetch by schedule', async () =>
        pollSchedules(receiving, web, clock, onError),
      );
      if (buckets !== null)
        await attempt('could not retry deliveries', async () =>
          retryAnnouncements(receiving.pool, buckets.taker),
        );
    },
    async stop() {
      stopping.abort();
      await buckets?.stop();
      await connections.close();
    },
  };
}

async function openInboxes(
  providers: readonly Provider[],
  receiving: Receiving,
): Promise<ReadonlyMap<string, SftpInbox>> {
  const ofSftp = providers.filter((one): one is SftpProvider => one.sftp !== undefined);
  if (ofSftp.length === 0) return new Map();
  const inboxes = await import('./sftp-inbox.ts');
  return new Map(ofSftp.map((one) => [one.id, new inboxes.SftpInbox(one, receiving)]));
}

/** Starts to consume the queues. @returns null when there are neither queues nor buckets */
async function startQueues(
  { receiving, queue, providers, config, log, queuePollSeconds }: QueueOptions,
  clock: Clock,
): Promise<{ readonly taker: ObjectTaker; readonly stop: () => Promise<void> } | null> {
  const hasBuckets = providers.providers.some(({ s3 }) => s3 !== undefined);
  if (providers.queues.length === 0 && !hasBuckets) return null;
  const { ObjectTaker } = await import('./take-messages.ts');
  const { EventQueue } = await import('./event-queue.ts');
  const { consumeQueue } = await import('./consume-queue.ts');
  const proxies = proxiesOf(config);
  const credentials = awsCredentials(config);
  const taker = new ObjectTaker({ ...receiving, queue, providers, proxies, credentials });
  const queues = providers.queues.map(
    (one) => new EventQueue(one, { proxies, credentials, pollSeconds: queuePollSeconds }),
  );
  const consumers = queues.map(async (one) =>
    consumeQueue(one, taker, log, clock, receiving.signal),
  );
  return {
    taker,
    async stop() {
      await Promise.all(consumers);
      for (const one of queues) one.close();
      taker.close();
    },
  };
}
