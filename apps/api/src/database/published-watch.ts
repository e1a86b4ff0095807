import { setTimeout as sleep } from 'node:timers/promises';
import type { OnApplicationShutdown } from '@nestjs/common';
import { Client } from 'pg';
import type { ApiTimings } from '../timings.ts';

/** How often it asks, and how long it takes silence for an answer that is late. */
type WatchTimings = Pick<ApiTimings, 'watchPollMs' | 'watchSilentMs'>;

/** What is published, in one word that changes with it, and whether it may be about to change. */
interface Look {
  readonly version: string;
  readonly running: boolean;
}

/** All that is said of the published data, orphans too, which are counted after the publish. */
const LOOK = `select (select md5(string_agg(d::text, ' ' order by d.dataset)) from ingest.data_control d) as version,
  exists (select from ingest.run where state = 'running') as running`;

/**
 * Keeps in memory what is published, so that whoever has it already is told so without a question
 * to the database. It has one connection, on which the database tells of each publish and of each
 * change to keys, at once; and which asks every second all the same, which also shows whether the
 * connection is up.
 */
export class PublishedWatch implements OnApplicationShutdown {
  readonly #url: string;
  readonly #onError: (error: unknown) => void;
  readonly #timings: WatchTimings;
  readonly #stopping = new AbortController();
  readonly #keysListeners: (() => void)[] = [];
  #seen: Look | null = null;
  #asking: Promise<void> = Promise.resolve();
  #publishedHeard = 0;
  #lookedAt = -Infinity;
  #keyChanges = 0;
  #going: Promise<void> = Promise.resolve();

  private constructor(url: string, onError: (error: unknown) => void, timings: WatchTimings) {
    this.#url = url;
    this.#onError = onError;
    this.#timings = timings;
  }

  /**
   * Resolves when it knows what is published.
   *
   * @param onError is told of connections that were lost; they come back by themselves
   */
  static async start(
    url: string,
    onError: (error: unknown) => void,
    timings: WatchTimings,
  ): Promise<PublishedWatch> {
    const watch = new PublishedWatch(url, onError, timings);
    const client = await watch.#connect();
    watch.#going = watch.#keepWatching(client);
    return watch;
  }

  /** Whether it hears of changes. Nothing in memory is worth anything while it does not. */
  get isLive(): boolean {
    return this.#seen !== null && performance.now() - this.#lookedAt < this.#timings.watchSilentMs;
  }

  /** A word for what is published; null while that is not known. */
  get version(): string | null {
    return this.isLive ? (this.#seen?.version ?? null) : null;
  }

  /** Whether a run is going, at whose end something else may be published. */
  get isRunning(): boolean {
    return this.#seen?.running ?? true;
  }

  /** How many changes to keys have been heard of. */
  get keyChanges(): number {
    return this.#keyChanges;
  }

  /** @param listener is called whenever a key may have changed */
  onKeysChanged(listener: () => void): void {
    this.#keysListeners.push(listener);
  }

  async onApplicationShutdown(): Promise<void> {
    this.#stopping.abort();
    await this.#going;
  }

  async #connect(): Promise<Client> {
    const client = new Client({
      connectionString: this.#url,
      application_name: 'marquee api watch',
      keepAlive: true,
      query_timeout: this.#timings.watchSilentMs,
      connectionTimeoutMillis: this.#timings.watchSilentMs,
    });
    client.on('error', () => this.#forget());
    client.on('notification', ({ payload }) => {
      if (payload === 'keys') this.#hearOfKeys();
      else void this.#hearOfPublished(client);
    });
    try {
      await client.connect();
      await client.query('listen marquee');
      await this.#ask(client);
      return client;
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
  }

  async #keepWatching(first: Client): Promise<void> {
    let client: Client | null = first;
    while (await this.#goesOn()) {
      try {
        if (client === null) client = await this.#connect();
        else await this.#ask(client);
      } catch (error) {
        // told of once, not at each try
        if (client !== null) this.#onError(error);
        this.#forget();
        await client?.end().catch(() => undefined);
        client = null;
      }
    }
    await client?.end().catch(() => undefined);
  }

  /** After a while, whether to look again. */
  async #goesOn(): Promise<boolean> {
    const { watchPollMs } = this.#timings;
    return sleep(watchPollMs, true, { signal: this.#stopping.signal }).catch(() => false);
  }

  /** One question at a time: a client takes no more. */
  async #ask(client: Client): Promise<void> {
    const answer = this.#asking.catch(() => undefined).then(async () => this.#look(client));
    this.#asking = answer;
    await answer;
  }

  async #look(client: Client): Promise<void> {
    const heard = this.#publishedHeard;
    const asked = performance.now();
    const { rows } = await client.query<Look>(LOOK);
    // an answer from before what has been heard of since says nothing; the next question is asked
    // already
    if (heard !== this.#publishedHeard) return;
    this.#lookedAt = asked;
    this.#seen = rows[0] ?? null;
  }

  async #hearOfPublished(client: Client): Promise<void> {
    this.#publishedHeard++;
    // what is known is of before; until the answer is there, nothing is known
    this.#seen = null;
    await this.#ask(client).catch(() => this.#forget());
  }

  #forget(): void {
    this.#seen = null;
    this.#hearOfKeys();
  }

  #hearOfKeys(): void {
    this.#keyChanges++;
    for (const listener of this.#keysListeners) listener();
  }
}
