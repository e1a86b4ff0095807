import { UrlClient } from '@marquee/postgres/url-client';
import { Pool, type PoolConfig } from 'pg';
import { SESSION } from './session.ts';

/** A connection goes on with the password that it was opened with, so none goes on for ever. */
const LIFETIME_SECONDS = 3600;

/** What a pool may set besides its database and name. */
export interface PoolOptions extends Omit<
  PoolConfig,
  'connectionString' | 'application_name' | 'keepAlive' | 'options'
> {
  /** More settings for each session, as a command line has them: `-c jit=off`. */
  readonly settings?: string;
}

/**
 * A pool of connections that outlives a restart of the database, the promotion of a replica that the
 * URL names, and a change of its password where the URL comes from a file.
 *
 * @param name shows in pg_stat_activity
 * @param onError is called with the error of each lost connection, idle or in use; a query that was
 *   using one fails with it as well
 * @param options 10 connections at most unless set
 */
export function createPool(
  url: string,
  name: string,
  onError: (error: Error) => void,
  { settings, ...options }: PoolOptions = {},
): Pool {
  const pool = new Pool({
    Client: UrlClient,
    maxLifetimeSeconds: LIFETIME_SECONDS,
    ...options,
    connectionString: url,
    application_name: name,
    keepAlive: true,
    options: settings === undefined ? SESSION : `${SESSION} ${settings}`,
  });
  pool.on('error', onError);
  // a connection in use emits its error on the client; without a listener it would end the process
  pool.on('connect', (client) => client.on('error', onError));
  return pool;
}
