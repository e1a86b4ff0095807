import { statfs } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freeDatabaseBytes } from './free-space.ts';
import { createTestDatabase, type TestDatabase } from './testing.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => {
  await database.remove();
});

it('reads the free space on the disk of the data; null for a role that may not run programs', async () => {
  const client = await database.pool.connect();
  try {
    await client.query('begin');
    const { rows } = await client.query<{ folder: string }>(
      `select current_setting('data_directory') as folder`,
    );
    const { bavail, bsize } = await statfs(rows[0]?.folder ?? '');
    const free = (await freeDatabaseBytes(client)) ?? 0;
    // others write on the disk meanwhile
    expect(Math.abs(free - bavail * bsize)).toBeLessThan(2e9);
    await client.query('create role nobody_much; set local role nobody_much');
    expect(await freeDatabaseBytes(client)).toBeNull();
    // the transaction goes on
    expect((await client.query<{ one: number }>('select 1 as one')).rows).toEqual([{ one: 1 }]);
  } finally {
    await client.query('rollback');
    client.release();
  }
});
