import { Pool } from 'pg';
import { SESSION } from './session.ts';

/**
 * A pool of connections that outlives a restart of the database.
 *
 * @param name shows in pg_stat_activity
 * @param onError is told of connections that were lost, idle or in use; who was using one is told
 *   by its query
 * @param max connections at once
 */
export function createPool(
  url: string,
  name: string,
  onError: (error: Error) => void,
  max = 10,
): Pool {
  const pool = new Pool({
    connectionString: url,
    max,
    application_name: name,
    keepAlive: true,
    options: SESSION,
  });
  pool.on('error', onError);
  // a connection in use tells its client, and with nobody listening there it would end the process
  pool.on('connect', (client) => client.on('error', onError));
  return pool;
}
