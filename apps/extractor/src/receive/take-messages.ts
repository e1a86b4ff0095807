import type { Proxies } from '@marquee/network/proxies';
import type { RunQueue } from '@marquee/runs';
import {
  IMDB,
  providerOfObject,
  type Provider,
  type Providers,
} from '@marquee/snapshots/providers';
import type { AwsCredentialProvider } from '@marquee/snapshots';
import { openProviderBucket } from '@marquee/snapshots/provider-bucket';
import {
  DONE,
  AnnouncementError,
  versionIdOf,
  type Announcement,
  type Outcome,
  type ProvidedFile,
} from './announcement.ts';
import { findAnnouncement, isSettled, noteDeadLetter, writeAnnouncement } from './announcements.ts';
import { objectEvents, type ObjectEvent } from './s3-events.ts';
import { startUpdate } from './start-update.ts';
import { takeFile, type Receiving, type RemoteContent } from './take-file.ts';

/** What messages are taken with. */
export interface ObjectReceiving extends Receiving {
  readonly queue: Pick<RunQueue, 'add'>;
  readonly providers: Providers;
  readonly proxies: Proxies;
  /** For buckets that have none of their own. */
  readonly credentials: AwsCredentialProvider | undefined;
}

/** A message of some queue. */
export interface Message {
  readonly id: string;
  readonly body: string;
}

/** What became of one announcement of a message. */
export interface MessagePart {
  readonly announcement: Announcement;
  readonly outcome: Outcome;
  /** For the dead-letter queue. */
  readonly body: string;
}

type Bucket = ReturnType<typeof openProviderBucket>;

/** Takes the objects that messages announce. */
export class ObjectTaker {
  readonly #receiving: ObjectReceiving;
  readonly #buckets = new Map<string, Bucket>();

  constructor(receiving: ObjectReceiving) {
    this.#receiving = receiving;
  }

  /**
   * Takes what messages announce: the files of datasets together, as one update, then the others one
   * by one.
   *
   * @returns what became of each message, by its id
   * @throws what keeps the database from answering
   */
  async takeMessages(
    messages: readonly Message[],
    queueUrl: string,
  ): Promise<ReadonlyMap<string, MessagePart[]>> {
    const parts = new Map<string, MessagePart[]>();
    const events: { readonly id: string; readonly event: ObjectEvent }[] = [];
    for (const { id, body } of messages) {
      parts.set(id, []);
      try {
        for (const event of objectEvents(body)) events.push({ id, event });
      } catch (error) {
        if (!(error instanceof AnnouncementError)) throw error;
        parts.get(id)?.push(await this.#refuseMessage({ id, body }, queueUrl, error));
      }
    }
    const outcomes = await this.takeObjects(events.map(({ event }) => event));
    for (const [i, { id, event }] of events.entries()) {
      const { announcement, message } = event;
      const outcome = outcomes[i];
      if (outcome !== undefined) parts.get(id)?.push({ announcement, outcome, body: message });
    }
    return parts;
  }

  /** Takes announced objects. @returns what became of each, in their order */
  async takeObjects(
    events: readonly Omit<ObjectEvent, 'message'>[],
    retriedBy: string | null = null,
  ): Promise<Outcome[]> {
    const known = events.map(({ bucket, announcement }) => {
      const provider = providerOfObject(this.#receiving.providers, bucket, announcement.key);
      return { provider, announcement, retriedBy };
    });
    const datasets = known.filter(isOfDataset);
    const ofDatasets = await startUpdate(
      this.#receiving.pool,
      this.#receiving.queue,
      datasets.map((file) => ({ ...file, content: this.#contentOf(file) })),
    );
    const outcomes: Outcome[] = [];
    for (const file of known) {
      if (isOfDataset(file)) outcomes.push(ofDatasets[datasets.indexOf(file)] as Outcome);
      else if (isProvided(file))
        outcomes.push(await takeFile(this.#receiving, file, this.#contentOf(file)));
      else outcomes.push(await this.#refuseUnknown(file.announcement));
    }
    return outcomes;
  }

  /** Notes that a failed announcement is in the dead-letter queue. */
  async noteDeadLetter(announcement: Announcement): Promise<void> {
    await noteDeadLetter(this.#receiving.pool, announcement);
  }

  /** Whether a failed announcement is in the dead-letter queue already. */
  async isDeadLettered(announcement: Announcement): Promise<boolean> {
    return (await findAnnouncement(this.#receiving.pool, announcement))?.isDeadLettered === true;
  }

  close(): void {
    for (const { client } of this.#buckets.values()) client.destroy();
  }

  #contentOf({ provider, announcement }: OfBucket): RemoteContent {
    const bucket = this.#buckets.get(provider.id) ?? this.#open(provider);
    const { key } = announcement;
    const version = versionIdOf(announcement) ?? undefined;
    return {
      size: async () => bucket.sizeOf(key, version),
      open: () => bucket.read(key, { versionId: version }),
    };
  }

  #open({ id, s3 }: OfBucket['provider']): Bucket {
    const { proxies, credentials } = this.#receiving;
    const bucket = openProviderBucket(s3, proxies, credentials);
    this.#buckets.set(id, bucket);
    return bucket;
  }

  async #refuseUnknown(announcement: Announcement): Promise<Outcome> {
    const { fault } = new AnnouncementError(
      'no-provider',
      `No provider of PROVIDERS_FILE delivers ${announcement.place}/${announcement.key}.`,
      'Add a provider with the bucket and a prefix of the key, then retry the delivery.',
    );
    const { pool } = this.#receiving;
    // it was taken before its provider left
    if (isSettled(await findAnnouncement(pool, announcement))) return DONE;
    const written = { provider: null, announcement };
    await writeAnnouncement(pool, written, { state: 'failed', error: fault });
    return { kind: 'failed', fault };
  }

  /** Keeps a message that is no event, under its own id. */
  async #refuseMessage(
    { id, body }: Message,
    queueUrl: string,
    { fault }: AnnouncementError,
  ): Promise<MessagePart> {
    const announcement = messageAnnouncement(queueUrl, id);
    await writeAnnouncement(
      this.#receiving.pool,
      { provider: null, announcement },
      { state: 'failed', error: fault, message: body },
    );
    return { announcement, outcome: { kind: 'failed', fault }, body };
  }
}

/** The announcement that stands for a message that is no event. */
function messageAnnouncement(queueUrl: string, id: string): Announcement {
  return { place: queueUrl, key: id, version: '', sequence: '', announcedAt: null, bytes: null };
}

interface OfBucket extends ProvidedFile {
  readonly provider: NonNullable<ReturnType<typeof providerOfObject>>;
}

type MaybeProvided = Omit<OfBucket, 'provider'> & { readonly provider: Provider | null };

function isProvided(file: MaybeProvided): file is OfBucket {
  return file.provider?.s3 !== undefined;
}

function isOfDataset(file: MaybeProvided): file is OfBucket {
  return isProvided(file) && file.provider.delivers === IMDB;
}
