import { useTestDatabase } from '@marquee/catalogue/testing';
import { expect, it } from 'vitest';
import { ReaderSql } from './reader-sql.ts';

/** The SQLSTATE invalid_catalog_name. */
const NO_SUCH_DATABASE = '3D000';

const test = useTestDatabase();

it('tells a fault of its connection from one of the statement', async () => {
  const read = async (url: string, statement = 'select nothing') => {
    const sql = new ReaderSql(url, () => undefined);
    try {
      return await sql.read({ statement, limit: 1 });
    } finally {
      await sql.onApplicationShutdown();
    }
  };
  const elsewhere = new URL(test.url);
  elsewhere.pathname = '/nowhere';
  await expect(read(elsewhere.href)).rejects.toMatchObject({ code: NO_SUCH_DATABASE });
  await expect(read(test.url)).rejects.toMatchObject({ fields: { code: 'bad-statement' } });
  await expect(read(test.url, 'select lastval()')).rejects.toMatchObject({
    fields: { code: 'bad-statement' },
  });
});
