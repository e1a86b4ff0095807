import { withLogFields } from '@marquee/process';
import { expect, it } from 'vitest';
import { createPool } from './pool.ts';
import { useTestDatabase } from './testing.ts';
import { inTransaction } from './transaction.ts';

const database = useTestDatabase();

it('names a transaction after the request or run that it is for, until it ends', async () => {
  const pool = createPool(database.url, 'marquee extractor', () => undefined, { max: 1 });
  const name = `select current_setting('application_name') as name`;
  const work = async () =>
    inTransaction(pool, async (client) => client.query<{ name: string }>(name));
  const request = '5b6e5e0c-9d4c-4c3f-8f1c-0a4f2f7f9b11';
  expect((await withLogFields({ request }, work)).rows).toEqual([
    { name: `marquee extractor ${request}` },
  ]);
  expect((await withLogFields({ request: "o'ne", run: 'x'.repeat(99) }, work)).rows).toEqual([
    { name: `marquee extractor ${'x'.repeat(45)}` },
  ]);
  expect((await withLogFields({ request: "o'ne" }, work)).rows).toEqual([
    { name: "marquee extractor o'ne" },
  ]);
  expect((await pool.query(name)).rows).toEqual([{ name: 'marquee extractor' }]);
  expect((await work()).rows).toEqual([{ name: 'marquee extractor' }]);
  await pool.end();
});
