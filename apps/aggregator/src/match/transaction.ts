import type { Pool, PoolClient } from 'pg';

/** Does work in a transaction: all of it, or nothing. */
export async function withTransaction<T>(
  pool: Pool,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    client.release();
    return result;
  } catch (error) {
    // a broken connection cannot roll back, and is not used again
    await client.query('rollback').catch(() => undefined);
    client.release(true);
    throw error;
  }
}
