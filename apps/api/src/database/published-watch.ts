import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { WATCH_SESSION } from '@marquee/runs';
import { SESSION } from '@marquee/catalogue';
import { UrlClient } from '@marquee/postgres/url-client';
import type { OnApplicationShutdown } from '@nestjs/common';
import type { Client } from 'pg';
import type { ApiTimings } from '../timings.ts';

/** The interval of the polls, and how long a result may take. */
type WatchTimings = Pick<ApiTimings, 'watchPollMs' | 'watchSilentMs'>;

/** What is published, as a version that changes with it, and whether a run may change it soon. */
interface PublishedState extends CataloguePosition {
  readonly dataFrom: Date | null;
  readonly running: boolean;
}

/** What an answer is made of: the published data alone, or the merged movies too. */
export type Catalogue = 'published' | 'movies';

/** A state of the catalogue on a server. */
export interface CataloguePosition {
  /** The version of what is published. */
  readonly version: string;
  /** The position in the WAL, in bytes. */
  readonly position: number;
}

/** The version of what is published. It covers orphans too, which are counted after the publish. */
export const VERSION = `(select md5(string_agg(d::text, ' ' order by d.dataset)) from ingest.data_control d)`;

/** How far a server has written its WAL, or a replica has replayed it. Bytes fit a number. */
export const POSITION = `pg_wal_lsn_diff(case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end, '0/0')::float8`;

const READ_STATE = `select ${VERSION} as version, ${POSITION} as position,
  (select max(s.fetched_at) from ingest.data_control d join ingest.snapshot s on s.id = d.snapshot_id) as "dataFrom",
  exists (select from ingest.run where state = 'running') as running`;

/**
 * Holds in memory what is published, so that a client that has it already gets its 304 without a
 * query. One connection listens for notifications, which the database sends at each publish, at each
 * change to keys and at each merge of movies, and polls every second; a poll also shows that the
 * connection is alive.
 *
 * | state    | `#state` | last poll        | `version` | how it gets there                                   |
 * | -------- | -------- | ---------------- | --------- | --------------------------------------------------- |
 * | unknown  | null     | any              | null      | at first; after a notification or a lost connection |
 * | live     | set      | recent           | set       | by the result of a poll                             |
 * | stale    | set      | `watchSilentMs`+ | null      | by silence: no result has come for that long        |
 *
 * From unknown and stale the next poll leads to live; a lost connection is opened again at the next
 * poll. Caches may be used only while it is live.
 */
export class PublishedWatch implements OnApplicationShutdown {
  readonly #url: string;
  readonly #onError: (error: unknown) => void;
  readonly #timings: WatchTimings;
  readonly #stopping = new AbortController();
  readonly #keyListeners: (() => void)[] = [];
  readonly #listeners: (() => void)[] = [];
  #state: PublishedState | null = null;
  /** When the last poll that gave a state was sent, by performance.now(). */
  #polledAt = -Infinity;
  /** Ends with the last poll: a client runs one query at a time. */
  #poll: Promise<void> = Promise.resolve();
  #publishNotifications = 0;
  #keyChanges = 0;
  /** Merges run side by side, so that no id or time in the tables orders them: each is counted. */
  readonly #movieEpoch = randomUUID();
  #movieChanges = 0;
  /** A position behind the last change of movies; null until the next poll after one. */
  #moviesAt: number | null = null;
  /** What answers needed at the last poll, for while the connection is lost. */
  #lastNeeded: Readonly<Record<Catalogue, CataloguePosition>> | null = null;
  /** Counts changes of movies and of this process: a poll that was under way may not have seen them. */
  #writes = 0;
  #followsMovies = false;
  #client: Client | null = null;
  #isPollDue = false;
  /** Ends when the watch has stopped. */
  #watching: Promise<void> = Promise.resolve();

  private constructor(url: string, onError: (error: unknown) => void, timings: WatchTimings) {
    this.#url = url;
    this.#onError = onError;
    this.#timings = timings;
  }

  /**
   * Resolves once it is live.
   *
   * @param onError is called once for each lost connection; the watch opens another by itself
   */
  static async start(
    url: string,
    onError: (error: unknown) => void,
    timings: WatchTimings,
  ): Promise<PublishedWatch> {
    const watch = new PublishedWatch(url, onError, timings);
    const client = await watch.#connect();
    watch.#watching = watch.#keepWatching(client);
    return watch;
  }

  /** Whether it knows of every change until now. Caches must not be used while it does not. */
  get isLive(): boolean {
    return this.#state !== null && performance.now() - this.#polledAt < this.#timings.watchSilentMs;
  }

  /** The version of what is published; null while it is not known. */
  get version(): string | null {
    return this.isLive ? (this.#state?.version ?? null) : null;
  }

  /** When the newest published snapshot was downloaded; null while that is not known. */
  get dataFrom(): Date | null {
    return this.isLive ? (this.#state?.dataFrom ?? null) : null;
  }

  /** The version of the merged movies, in this process; null while it is not known. */
  get moviesVersion(): string | null {
    return this.isLive ? `${this.#movieEpoch} ${this.#movieChanges}` : null;
  }

  /** How far the primary has written its WAL; null while that is not known. */
  get position(): number | null {
    return this.#state?.position ?? null;
  }

  /**
   * What a replica must have replayed to answer. Null in the moments between a notification and the
   * poll after it: only the primary is sure to have it then. While the connection is lost, it is what
   * was needed before, as nobody knows of more.
   */
  needed(catalogue: Catalogue): CataloguePosition | null {
    if (this.#client === null) return this.#lastNeeded?.[catalogue] ?? null;
    const { version } = this;
    const position = catalogue === 'movies' ? this.#moviesAt : 0;
    return version === null || position === null ? null : { version, position };
  }

  /** Notes that this process has changed something that answers may need, before it says so. */
  noteWrite(): void {
    this.#writes++;
    this.#moviesAt = null;
    this.#pollSoon();
  }

  /** Polls after each change of movies from now on: replicas answer again after that. */
  followMovies(): void {
    this.#followsMovies = true;
  }

  /** Whether a run is going, which may publish something else at its end. */
  get isRunning(): boolean {
    return this.#state?.running ?? true;
  }

  /** How many times keys may have changed. */
  get keyChanges(): number {
    return this.#keyChanges;
  }

  /** @param listener is called whenever a key may have changed */
  onKeysChanged(listener: () => void): void {
    this.#keyListeners.push(listener);
  }

  /** @param listener is called whenever runs, published data or movies may have changed */
  onNotification(listener: () => void): void {
    this.#listeners.push(listener);
  }

  async onApplicationShutdown(): Promise<void> {
    this.#stopping.abort();
    await this.#watching;
  }

  async #connect(): Promise<Client> {
    const client = new UrlClient({
      connectionString: this.#url,
      options: SESSION,
      application_name: WATCH_SESSION,
      keepAlive: true,
      query_timeout: this.#timings.watchSilentMs,
      connectionTimeoutMillis: this.#timings.watchSilentMs,
    });
    client.on('error', () => this.#forget());
    client.on('notification', ({ payload }) => {
      if (payload === 'keys') this.#onKeyChange();
      else if (payload === 'movies') this.#onMovies();
      else void this.#onPublish(client);
      if (payload !== 'keys') for (const listener of this.#listeners) listener();
    });
    try {
      await client.connect();
      await client.query('listen marquee');
      await this.#pollState(client);
      this.#client = client;
      return client;
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
  }

  async #keepWatching(first: Client): Promise<void> {
    let client: Client | null = first;
    while (await this.#sleepUntilPoll()) {
      try {
        if (client === null) client = await this.#connect();
        else await this.#pollState(client);
      } catch (error) {
        // once for a lost connection, not for each attempt to open another
        if (client !== null) this.#onError(error);
        this.#forget();
        await client?.end().catch(() => undefined);
        client = null;
      }
    }
    await client?.end().catch(() => undefined);
  }

  /** @returns false once the watch is to stop */
  async #sleepUntilPoll(): Promise<boolean> {
    const { watchPollMs } = this.#timings;
    return sleep(watchPollMs, true, { signal: this.#stopping.signal }).catch(() => false);
  }

  /** Polls after the poll that is under way. */
  async #pollState(client: Client): Promise<void> {
    const poll = this.#poll.catch(() => undefined).then(async () => this.#readState(client));
    this.#poll = poll;
    await poll;
  }

  async #readState(client: Client): Promise<void> {
    const notifications = this.#publishNotifications;
    const writes = this.#writes;
    this.#isPollDue = false;
    const sentAt = performance.now();
    const { rows } = await client.query<PublishedState>(READ_STATE);
    // a notification came meanwhile: the result may be from before it, and another poll follows
    if (notifications !== this.#publishNotifications) return;
    this.#polledAt = sentAt;
    this.#state = rows[0] ?? null;
    if (writes !== this.#writes || this.#state === null) return;
    const { version, position } = this.#state;
    this.#moviesAt ??= position;
    this.#lastNeeded = {
      published: { version, position: 0 },
      movies: { version, position: this.#moviesAt },
    };
  }

  #onMovies(): void {
    this.#movieChanges++;
    if (this.#followsMovies) this.noteWrite();
  }

  /** One poll serves all changes before it is sent. */
  #pollSoon(): void {
    if (this.#isPollDue || this.#client === null) return;
    this.#isPollDue = true;
    void this.#pollState(this.#client).catch(() => this.#forget());
  }

  async #onPublish(client: Client): Promise<void> {
    this.#publishNotifications++;
    this.#state = null;
    await this.#pollState(client).catch(() => this.#forget());
  }

  /** Without the connection, anything may have changed. */
  #forget(): void {
    this.#client = null;
    this.#writes++;
    this.#state = null;
    this.#movieChanges++;
    this.#moviesAt = null;
    this.#onKeyChange();
  }

  #onKeyChange(): void {
    this.#keyChanges++;
    for (const listener of this.#keyListeners) listener();
  }
}
