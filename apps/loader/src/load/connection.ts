import type { Pool } from 'pg';
import type { Target } from '../thread/in-thread.ts';

/** How a pool connects, for a thread that connects by itself. */
export function connectionOf(pool: Pool): Target['connection'] {
  const { connectionString, application_name, keepAlive, options } = pool.options;
  return { connectionString, application_name, keepAlive, options };
}
