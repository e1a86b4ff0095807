import { DATASET_NAMES, definitionOf, type DatasetName } from '@marquee/datasets';
import { DataSource, type EntityMetadata } from 'typeorm';
import { beforeEach, describe, expect, it } from 'vitest';
import { dataSourceOptions } from '../database.ts';
import { useTestDatabase } from '../testing.ts';
import { KeyEntity } from './access.ts';
import { DATASET_ENTITIES } from './datasets.ts';
import { DataControlEntity, SnapshotEntity } from './published.ts';
import { RunEntity } from './runs.ts';

const database = useTestDatabase();
let dataSource: DataSource;
beforeEach(async () => {
  dataSource = await new DataSource(dataSourceOptions(database.url)).initialize();
  return async () => dataSource.destroy();
});

interface DescribedColumn {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly collation: string | null;
  readonly primary: boolean;
}

/** The columns of a table as PostgreSQL has them, in order of their names. */
async function columnsInDatabase(table: string): Promise<DescribedColumn[]> {
  const { rows } = await database.pool.query<DescribedColumn>(
    `select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, not a.attnotnull as nullable,
       (select c.collname from pg_collation c where c.oid = a.attcollation and c.collname <> 'default') as collation,
       exists (select from pg_index i where i.indrelid = a.attrelid and i.indisprimary and a.attnum = any (i.indkey)) as primary
     from pg_attribute a where a.attrelid = to_regclass($1::text) and a.attnum > 0 and not a.attisdropped
     order by a.attname collate "C"`,
    [table],
  );
  return rows;
}

/** The columns of an entity, with PostgreSQL's own names for their types. */
async function columnsOfEntity({ columns }: EntityMetadata): Promise<DescribedColumn[]> {
  const stored = columns
    .filter(({ isVirtualProperty }) => !isVirtualProperty)
    .sort((a, b) => (a.databaseName < b.databaseName ? -1 : 1));
  return Promise.all(
    stored.map(async (column) => {
      const digits = column.precision == null ? '' : `(${column.precision},${column.scale})`;
      const written = `${dataSource.driver.normalizeType(column)}${digits}${column.isArray ? '[]' : ''}`;
      const { rows } = await database.pool.query<{ type: string }>(
        'select format_type(to_regtype($1::text), to_regtypemod($1::text)) as type',
        [written],
      );
      return {
        name: column.databaseName,
        type: rows[0]?.type ?? `no type of PostgreSQL: ${written}`,
        nullable: column.isNullable,
        collation: column.collation ?? null,
        primary: column.isPrimary,
      };
    }),
  );
}

it('describes each table as it is in the database: columns, types, nulls, collations, keys', async () => {
  expect(dataSource.entityMetadatas).toHaveLength(15);
  for (const entity of dataSource.entityMetadatas)
    expect({ [entity.tablePath]: await columnsOfEntity(entity) }).toEqual({
      [entity.tablePath]: await columnsInDatabase(entity.tablePath),
    });
});

describe.each(DATASET_NAMES)('the entity of %s', (dataset) => {
  const { table, columns, key } = definitionOf(dataset);

  it("has the dataset's columns under IMDb's names", () => {
    const entity = dataSource.getMetadata(DATASET_ENTITIES[dataset].options.name);
    expect(entity.tablePath).toBe(`imdb.${table}`);
    expect(
      entity.columns.map(({ propertyName, databaseName }) => [propertyName, databaseName]),
    ).toEqual(columns.map(({ name, sql }) => [name, sql]));
    expect(entity.primaryColumns.map(({ propertyName }) => propertyName).sort()).toEqual(
      [...key].sort(),
    );
  });

  it('reads rows, of examples and of nulls', async () => {
    const full = Object.fromEntries(columns.map(({ name, example }) => [name, example]));
    const bare = Object.fromEntries(
      columns.map(({ name, example }) => [
        name,
        !key.includes(name)
          ? null
          : typeof example === 'number'
            ? example + 1
            : `${String(example)}9`,
      ]),
    );
    for (const row of [full, bare])
      await database.pool.query(
        `insert into imdb.${table} (${columns.map(({ sql }) => sql).join(', ')}) values (${columns.map((_, i) => `$${i + 1}`).join(', ')})`,
        columns.map(({ name }) => row[name]),
      );
    expect(await read(dataset, full)).toEqual(full);
    expect(await read(dataset, bare)).toEqual(bare);
  });

  /** The row with the key of another. */
  async function read(name: DatasetName, row: Record<string, unknown>): Promise<unknown> {
    const repository = dataSource.getRepository<object>(DATASET_ENTITIES[name].options.name);
    return repository.findOneBy(Object.fromEntries(key.map((column) => [column, row[column]])));
  }
});

it('lets the database make ids in order of time, and times', async () => {
  const runs = dataSource.getRepository(RunEntity);
  const make = async () =>
    runs.insert({
      kind: 'download',
      datasets: ['title.crew'],
      state: 'failed',
      endedAt: () => 'now()',
    });
  await make();
  await make();
  const made = await runs.find({ order: { requestedAt: 'asc' } });
  expect(made.map(({ id }) => id)).toEqual(made.map(({ id }) => id).sort());
  expect(made).toMatchObject([
    { ignoreGates: [], snapshots: {}, fullLoad: false },
    { ignoreGates: [], snapshots: {}, fullLoad: false },
  ]);
});

it('reads times to the microsecond where these matter, and what is published of each snapshot', async () => {
  await database.pool.query(
    `insert into ingest.snapshot select id, 'title.ratings', '', null, null, 5e10, 6, '', 7, '2026-08-15 06:07:08.123456Z' from unnest(array['a', 'b']) as id`,
  );
  await database.pool.query(
    `insert into ingest.run (kind, state, datasets, ended_at) values ('load', 'succeeded', '{title.ratings}', now())`,
  );
  await database.pool.query(
    `update ingest.data_control set status = 'published', upload_date = '2026-08-15 16:07:08.654321+02', snapshot_id = 'a', rows = 7, run_id = (select id from ingest.run) where dataset = 'title.ratings'`,
  );
  expect(
    await dataSource
      .getRepository(DataControlEntity)
      .findOne({ where: { dataset: 'title.ratings' }, relations: { snapshot: true } }),
  ).toMatchObject({
    uploadDateExactly: '2026-08-15T14:07:08.654321Z',
    snapshot: { fetchedAtExactly: '2026-08-15T06:07:08.123456Z', bytes: 5e10, isPublished: true },
  });
  expect(
    await dataSource
      .getRepository(SnapshotEntity)
      .find({ select: { id: true, isPublished: true }, order: { id: 'asc' } }),
  ).toMatchObject([
    { id: 'a', isPublished: true },
    { id: 'b', isPublished: false },
  ]);
});

it('does not select the hash of a key unless it is asked for', async () => {
  const keys = dataSource.getRepository(KeyEntity);
  const key = keys.create({ name: 'a test', role: 'reader', hash: Buffer.alloc(32, 7) });
  await keys.insert(key);
  expect(key.id).toMatch(/^[\da-f-]{36}$/u);
  expect(key.createdAt).toBeInstanceOf(Date);
  expect(await keys.findOneByOrFail({ hash: Buffer.alloc(32, 7) })).toMatchObject({
    id: key.id,
    hash: undefined,
  });
});
