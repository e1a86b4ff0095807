import { Socket } from 'node:net';
import { SESSION } from '@marquee/catalogue';
import { UrlClient } from '@marquee/postgres/url-client';
import type { Logger } from '@marquee/process';
import type { Client, Pool } from 'pg';
import type { ApiTimings } from '../timings.ts';
import { Connections, type PoolName } from './connections.ts';
import { PipelinedConnections } from './pipelined-connections.ts';
import {
  POSITION,
  VERSION,
  type Catalogue,
  type CataloguePosition,
  type PublishedWatch,
} from './published-watch.ts';
import type { ReadServer } from './read-server.ts';

/** The polls of a replica, and how long a read on it may wait for a lookup that stalls. */
type ReplicaTimings = Pick<ApiTimings, 'replicaPollMs' | 'replicaSilentMs' | 'pipelineStalledMs'>;

/** The first pause after a fault, and after a poll that found the replica behind; both double. */
const FIRST_RETRY_MS = 100;
const FIRST_BEHIND_MS = 10;
const MAX_RETRY_MS = 10_000;

/** What a replica had replayed when it was polled last. */
interface Replayed extends CataloguePosition {
  /** Seconds since the last transaction that it has replayed; null before the first. */
  readonly secondsSince: number | null;
}

const READ_REPLAYED = `select ${VERSION} as version, ${POSITION} as position,
  extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())::float8 as "secondsSince"`;

/** What replicas report to: metrics and health. */
export interface ReplicaReport {
  /** `used`, `behind` what is published, or `out`: it does not answer. */
  readonly state: 'used' | 'behind' | 'out';
  /** WAL that it has not replayed; null while it or the primary does not answer. */
  readonly lagBytes: number | null;
  readonly lagSeconds: number | null;
}

/**
 * A streaming replica, and the connections of this process to it. It is polled on a connection of its
 * own: a replica only goes forward, so that what it had replayed then, it still has.
 *
 * A poll that fails or is silent takes it out: its connections are destroyed, so that reads under way
 * fail at once and go to another server, even where it hangs. It is polled again with growing pauses.
 */
export class Replica implements ReadServer {
  readonly name: string;
  readonly pools: Readonly<Record<PoolName, Pool>>;
  readonly pipelined: PipelinedConnections;
  readonly #url: string;
  readonly #watch: PublishedWatch;
  readonly #timings: ReplicaTimings;
  readonly #onChange: (message: string, error: unknown) => void;
  readonly #connections: Connections;
  readonly #sockets = new Set<Socket>();
  readonly #following: Promise<void>;
  #replayed: Replayed | null = null;
  #isClosed = false;
  #wake = (): void => undefined;

  /** @param onChange is called when it is taken out, with the error, and when it answers again */
  constructor(
    url: string,
    watch: PublishedWatch,
    timings: ReplicaTimings,
    onChange: (message: string, error: unknown) => void,
  ) {
    this.name = new URL(url).host;
    this.#url = url;
    this.#watch = watch;
    this.#timings = timings;
    this.#onChange = onChange;
    // a lost connection is reported by the polls, once for all
    this.#connections = new Connections(
      url,
      () => this.check(),
      {},
      () => this.#openSocket(),
    );
    this.pools = this.#connections.pools;
    this.pipelined = new PipelinedConnections(this.pools.lookups, timings.pipelineStalledMs);
    watch.followMovies();
    watch.onNotification(() => this.check());
    this.#following = this.#follow();
  }

  /** Whether it has all that an answer needs. */
  isCurrent(catalogue: Catalogue): boolean {
    const needed = this.#watch.needed(catalogue);
    return (
      needed !== null &&
      this.#replayed?.version === needed.version &&
      this.#replayed.position >= needed.position
    );
  }

  report(): ReplicaReport {
    if (this.#replayed === null) return { state: 'out', lagBytes: null, lagSeconds: null };
    const { position, secondsSince } = this.#replayed;
    const lagBytes = this.#watch.position && Math.max(0, this.#watch.position - position);
    return {
      state: this.isCurrent('published') ? 'used' : 'behind',
      lagBytes,
      lagSeconds: lagBytes === 0 ? 0 : secondsSince,
    };
  }

  /** Polls it soon: something was published, or a read has failed. */
  check(): void {
    this.#wake();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#wake();
    await this.#following;
    this.pipelined.close();
    await this.#connections.onApplicationShutdown();
  }

  #openSocket(): Socket {
    const socket = new Socket();
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  }

  async #follow(): Promise<void> {
    let client: Client | null = null;
    for (let faults = 0, behind = 0; !this.#isClosed;) {
      try {
        client ??= await this.#connect();
        const { rows } = await client.query<Replayed>(READ_REPLAYED);
        const isBack = this.#replayed === null;
        this.#replayed = rows[0] ?? null;
        if (isBack) this.#onChange(`the replica ${this.name} answers`, null);
        faults = 0;
        behind = this.isCurrent('movies') ? 0 : behind + 1;
        const { replicaPollMs } = this.#timings;
        await this.#pause(
          behind === 0 ? replicaPollMs : Math.min(replicaPollMs, FIRST_BEHIND_MS * 2 ** behind),
        );
      } catch (error) {
        if (faults === 0) this.#onChange(`the replica ${this.name} is out`, error);
        this.#takeOut();
        client?.end().catch(() => undefined);
        client = null;
        await this.#pause(Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** faults++));
      }
    }
    await client?.end().catch(() => undefined);
  }

  async #connect(): Promise<Client> {
    const { replicaSilentMs } = this.#timings;
    const client = new UrlClient({
      connectionString: this.#url,
      application_name: 'marquee api watches a replica',
      options: SESSION,
      keepAlive: true,
      connectionTimeoutMillis: replicaSilentMs,
      query_timeout: replicaSilentMs,
    });
    client.on('error', () => this.check());
    try {
      await client.connect();
      return client;
    } catch (error) {
      client.end().catch(() => undefined);
      throw error;
    }
  }

  async #pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#isClosed) this.#wake();
    });
  }

  #takeOut(): void {
    this.#replayed = null;
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** Starts to watch replicas, and logs when one is out and when it answers. */
export function openReplicas(
  urls: readonly string[] | undefined,
  watch: PublishedWatch,
  timings: ReplicaTimings,
  log: Logger,
): Replica[] {
  return (urls ?? []).map(
    (url) =>
      new Replica(url, watch, timings, (message, error) => {
        if (error === null) log.info(message);
        else log.warn({ err: error }, message);
      }),
  );
}
