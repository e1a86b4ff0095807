import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createTable, tableOf } from '@marquee/catalogue';
import { createTestDatabase, type TestDatabase } from '@marquee/catalogue/testing';
import { definitionOf, headerOf, parseRow, type DatasetName } from '@marquee/datasets';
import { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SnapshotDiff } from '../compare/snapshot-diff.ts';
import { RowEncoder } from './row-encoder.ts';

/** Rows with the limits of each type. */
const ROWS = {
  'name.basics': [
    'nm0000001\t\\N\t\\N\t\\N\t\\N\t\\N',
    'nm0000002\t\t0\t-1\t\t',
    'nm0000003\tZoë "Q" O\'Ñandú 名前 🎬 \\N \\.\t-2147483648\t2147483647\tactor,,a"b\\c,{},NULL,ü\ttt0000001,tt1234567890',
    'nm0000004\t\r\u0001 \u2028\t9999\t10000\t,\ttt0000001',
  ],
  'title.akas': [
    'tt0000001\t1\tA\tNA\t\\N\ta\u0002b,c\t\t\\N',
    'tt0000001\t2\tБ\tDE\tde\t\u0002\tdéjà\u0002"vu"\t1',
    'tt0000001\t3\t\t\t\t\\N\t\\N\t0',
  ],
  'title.basics': [
    'tt0000001\tmovie\t"A\t\t1\t1990\t\\N\t12\tDrama,Comedy',
    'tt0000002\tmovie\t\\N\t\\x\t0\t\\N\t0\t255\t\\N',
  ],
  'title.crew': [
    'tt0000001\t\t\\N',
    `tt0000002\tnm0000001\t${Array.from({ length: 1400 }, (_, i) => `nm${String(i).padStart(7, '0')}`).join(',')}`,
  ],
  'title.episode': ['tt0000001\ttt0000002\t0\t65536', 'tt0000003\ttt1234567890\t\\N\t\\N'],
  'title.principals': [
    ...[
      '[]',
      '[""]',
      '["A","B, C"]',
      '["Self - \\"Host\\"", "{\\\\}"]',
      '["\\u00e9\\/\\n 🎬","\\t"]',
      '\\N',
      '["é","名前"]',
    ].map((characters, i) => `tt0000001\t${i}\tnm0000001\tself\t\\N\t${characters}`),
  ],
  'title.ratings': [
    ...Array.from(
      { length: 1000 },
      (_, i) => `tt${String(i).padStart(7, '0')}\t${(i / 10).toFixed(1)}\t${i - 500}`,
    ),
    'tt0001000\t10\t1',
    'tt0001001\t07.8\t1',
    'tt0001002\t0\t1',
    'tt0001003\t\\N\t\\N',
  ],
} satisfies Record<DatasetName, readonly string[]>;

const DATASETS = Object.keys(ROWS) as DatasetName[];
const fileOf = (dataset: DatasetName, rows: readonly string[]) =>
  Buffer.from([headerOf(dataset), ...rows, ''].join('\n'));

describe('a copied file', () => {
  let database: TestDatabase;
  let client: Client;

  beforeAll(async () => {
    database = await createTestDatabase();
    client = new Client({ connectionString: database.url });
    await client.connect();
    for (const dataset of DATASETS) await client.query(createTable(dataset, 'imdb_next'));
  });
  afterAll(async () => {
    await client.end();
    await database.remove();
  });

  const copy = (table: string, data: Buffer, format: 'binary' | 'text' = 'binary') =>
    pipeline(
      Readable.from([data]),
      client.query(copyFrom(`copy ${table} from stdin (format ${format})`)),
    );

  /** A table's rows under IMDb's names, as parseRow returns them. */
  async function rowsIn(table: string, dataset: DatasetName): Promise<Record<string, unknown>[]> {
    const { columns, key } = definitionOf(dataset);
    const selected = columns.map(
      ({ name, sql, type }) => `${sql}${type === 'decimal' ? '::float8' : ''} as "${name}"`,
    );
    const order = columns.filter(({ name }) => key.includes(name)).map(({ sql }) => sql);
    const { rows } = await client.query<Record<string, unknown>>(
      `select ${selected.join(', ')} from ${table} order by ${order.join(', ')}`,
    );
    return rows;
  }

  it.each(DATASETS)('has in the table of %s the values of the file', async (dataset) => {
    const encoder = new RowEncoder({
      dataset,
      onReject: ({ raw, reason }) => expect.fail(`${raw.toString()}: ${reason}`),
    });
    const encoded = encoder.encode(fileOf(dataset, ROWS[dataset]));
    await copy(tableOf(dataset, 'imdb_next'), Buffer.concat([encoded, encoder.end()]));
    expect(await rowsIn(tableOf(dataset, 'imdb_next'), dataset)).toEqual(
      ROWS[dataset].map((row) => parseRow(dataset, row)),
    );
  });

  it('has ratings equal, to the byte, to ratings copied as text', async () => {
    await client.query('create temporary table by_text (like imdb_next.title_ratings)');
    await copy('by_text', Buffer.from(`${ROWS['title.ratings'].join('\n')}\n`), 'text');
    const { rows } = await client.query<Record<string, unknown>>(`
      select count(*)::integer as rows,
             count(*) filter (where a.average_rating is distinct from b.average_rating
                                 or a.average_rating::text is distinct from b.average_rating::text
                                 or numeric_send(a.average_rating) is distinct from numeric_send(b.average_rating)
                                 or pg_column_size(a.average_rating) is distinct from pg_column_size(b.average_rating))::integer as different,
             array_agg(a.average_rating::text order by tconst) filter (where tconst in ('tt0000000', 'tt0000078', 'tt0000099', 'tt0000100', 'tt0001000', 'tt0001001')) as some
        from imdb_next.title_ratings a join by_text b using (tconst)`);
    expect(rows).toEqual([
      { rows: 1004, different: 0, some: ['0.0', '7.8', '9.9', '10.0', '10.0', '7.8'] },
    ]);
  });

  it.each(['title.principals', 'title.ratings'] as const)(
    'is a table of what differs in %s',
    async (dataset) => {
      const rows = ROWS[dataset];
      const [gone, kept, changed, ...added] = rows;
      const one = async function* (file: Buffer) {
        yield await Promise.resolve(file);
      };
      const diff = new SnapshotDiff(
        dataset,
        one(
          fileOf(
            dataset,
            [gone, kept, changed].map((row, i) =>
              i === 2 ? String(row).replace(/[^\t]+$/u, '\\N') : String(row),
            ),
          ),
        ),
        one(fileOf(dataset, [String(kept), String(changed), ...added])),
        ({ raw, reason }) => expect.fail(`${raw.toString()}: ${reason}`),
      );
      const data: Buffer[] = [];
      for await (const chunk of diff.events()) data.push(chunk);
      await client.query(
        `create temporary table changes (kind "char" not null, like ${tableOf(dataset, 'imdb_next')})`,
      );
      await copy('changes', Buffer.concat(data));
      const { columns } = definitionOf(dataset);
      const newRows = [changed, ...added].map((row) => parseRow(dataset, String(row)));
      expect(await rowsIn('changes', dataset)).toEqual([
        parseRow(dataset, String(gone)),
        ...newRows,
      ]);
      const kinds = await client.query<{ kinds: string }>(
        `select string_agg(kind::text, '' order by ${columns[0]?.sql}, ${columns[1]?.sql}) as kinds from changes`,
      );
      expect(kinds.rows).toEqual([{ kinds: `du${'i'.repeat(added.length)}` }]);
      await client.query('drop table changes');
    },
  );
});
