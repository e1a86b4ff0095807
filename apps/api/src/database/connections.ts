import { createPool, type PoolOptions } from '@marquee/catalogue';
import type { OnApplicationShutdown } from '@nestjs/common';
import type { Duplex } from 'node:stream';
import type { Pool } from 'pg';
import { BatchingClient } from './pipelined-connections.ts';

/** The pools of an API process, as the metrics name them. */
export type PoolName = 'queries' | 'prepared' | 'lookups' | 'streams';

/** The limits of pools that tests change. */
type PoolLimits = Partial<
  Record<PoolName, Pick<PoolOptions, 'statement_timeout' | 'lock_timeout'>>
>;

/** Statements of requests. A longer one would hold a connection that others need. */
const REQUEST = {
  idleTimeoutMillis: 60_000,
  connectionTimeoutMillis: 1000,
  statement_timeout: 1000,
  // less than a statement: its answer then says that somebody holds a row or a table
  lock_timeout: 900,
} satisfies PoolOptions;

/**
 * Starting a parallel worker or compiling takes longer than such a statement: a filmography of
 * 1,000 credits takes 6 ms alone and 30 ms with a worker.
 */
const REQUEST_SETTINGS = '-c max_parallel_workers_per_gather=0 -c jit=off';

/** The watch of what is published has one connection: see PublishedWatch. */
export const WATCH_CONNECTIONS = 1;

const POOLS = {
  queries: {
    name: 'marquee api',
    max: 14,
    min: 2,
    ...REQUEST,
    settings: REQUEST_SETTINGS,
  },
  prepared: {
    name: 'marquee api prepared reads',
    max: 8,
    min: 2,
    ...REQUEST,
    settings: `${REQUEST_SETTINGS} -c plan_cache_mode=force_generic_plan`,
  },
  lookups: {
    name: 'marquee api look-ups',
    max: 2,
    min: 2,
    ...REQUEST,
    settings: REQUEST_SETTINGS,
    pipeline: true,
    Client: BatchingClient,
  },
  streams: {
    name: 'marquee api streams',
    max: 4,
    connectionTimeoutMillis: 5000,
    lock_timeout: 5000,
  },
} as const satisfies Record<PoolName, PoolOptions & { readonly name: string }>;

/** How many statements may stream at once. */
export const MAX_STREAMS = POOLS.streams.max;

/**
 * All connections of one API process to a server of PostgreSQL: at most 29 (MOST_CONNECTIONS.api),
 * beside those of the queue. What all processes take is compared with what PostgreSQL allows at each start.
 *
 * | pool     | most | for                              | why apart                                      |
 * | -------- | ---- | -------------------------------- | ---------------------------------------------- |
 * | queries  | 14   | TypeORM, and SQL of up to 1 s    |                                                |
 * | prepared | 8    | reads whose plan fits any values | each connection keeps every plan: 0.2 MB each  |
 * | lookups  | 2    | look-ups by key, pipelined       | one serves a process, the other while it fails |
 * | streams  | 4    | exports, of up to 10 minutes     | each holds a connection while its client reads |
 * | (watch)  | 1    | `listen`, and a poll each second | one connection gets all notifications          |
 *
 * Where all of `prepared` are busy, lists that are built from parts go to `queries`. Searches wait,
 * as planning is most of their work. A second connection for look-ups also serves on another core.
 */
export class Connections implements OnApplicationShutdown {
  readonly pools: Readonly<Record<PoolName, Pool>>;

  /**
   * Connects to nothing yet: pools connect when they are used.
   *
   * @param onError is called with the error of each lost connection
   * @param stream makes the socket of each connection; by default a plain one
   */
  constructor(
    url: string,
    onError: (error: Error) => void,
    limits: PoolLimits = {},
    stream: (() => Duplex) | null = null,
  ) {
    const open = (pool: PoolName): Pool => {
      const { name, ...options } = POOLS[pool];
      return createPool(url, name, onError, {
        ...options,
        ...limits[pool],
        ...(stream !== null && { stream }),
      });
    };
    this.pools = {
      queries: open('queries'),
      prepared: open('prepared'),
      lookups: open('lookups'),
      streams: open('streams'),
    };
  }

  /** Closes each connection once it is free. Nest calls it after the last answer. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all(Object.values(this.pools).map(async (pool) => pool.end()));
  }
}
