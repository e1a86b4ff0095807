import { Disk } from '@marquee/contract';
import { DATASET_NAMES } from '@marquee/datasets';
import { expect, it } from 'vitest';
import { useDays } from './sample-days.ts';
import { useSharedSystem } from './system.ts';

const days = useDays({ titles: 1000, days: 2 });
const system = useSharedSystem(() => ({ files: days.day(0) }));

const disk = async () => Disk.parse((await system.ask('GET', '/disk')).body);
const number = async (statement: string) =>
  Number(
    (await system.database.pool.query<{ number: string }>(`select ${statement} as number`)).rows[0]
      ?.number,
  );
const bytesOf = async (schemas: string) =>
  number(
    `(select sum(pg_total_relation_size(c.oid)) from pg_class c where relnamespace::regnamespace::text in (${schemas}) and relkind in ('r', 'm'))`,
  );

it('reports an empty database as empty', async () => {
  const { datasets, snapshotBytes, freeBytes } = await disk();
  expect(datasets.map(({ dataset }) => dataset)).toEqual([...DATASET_NAMES].sort());
  expect(datasets.every(({ snapshots }) => snapshots === 0)).toBe(true);
  expect(snapshotBytes).toBe(0);
  expect(freeBytes).toBeGreaterThan(0);
});

it('reports the sizes of tables, indexes and snapshots, as PostgreSQL and the store have them', async () => {
  expect((await system.run('/updatedata')).state).toBe('succeeded');
  await expect.poll(async () => (await disk()).snapshotBytes).toBeGreaterThan(0);
  const { datasets, ...whole } = await disk();
  for (const { dataset, tableBytes, indexBytes, snapshots, snapshotBytes } of datasets) {
    const table = `'imdb.${dataset.replace('.', '_')}'`;
    expect({ dataset, tableBytes, indexBytes }).toEqual({
      dataset,
      tableBytes: await number(`pg_table_size(${table})`),
      indexBytes: await number(`pg_indexes_size(${table})`),
    });
    const kept = (await system.store.list()).filter((snapshot) => snapshot.dataset === dataset);
    expect({ dataset, snapshots, snapshotBytes }).toEqual({
      dataset,
      snapshots: 1,
      snapshotBytes: kept.reduce((sum, { bytes }) => sum + bytes, 0),
    });
  }
  expect(whole.searchBytes).toBe(await bytesOf(`'search'`));
  expect(whole.searchBytes).toBeGreaterThan(0);
  const parts = datasets.reduce(
    (sum, { tableBytes, indexBytes }) => sum + tableBytes + indexBytes,
    whole.searchBytes + whole.stagingBytes + whole.recordBytes + whole.sourceBytes,
  );
  expect(whole.sourceBytes).toBe(await bytesOf(`'sources', 'movies'`));
  expect(whole.databaseBytes).toBe(parts);
  expect(whole.snapshotBytes).toBe(
    datasets.reduce((sum, { snapshotBytes }) => sum + snapshotBytes, 0),
  );
});

it('measures once for all requests, and again after a publish', async () => {
  // orphans are counted after the publish, and are part of the published record
  await expect
    .poll(
      async () =>
        number(
          '(select count(*) from ingest.data_control where orphans_of is distinct from run_id)',
        ),
      { timeout: 10_000 },
    )
    .toBe(0);
  await expect.poll(async () => (await disk()).measuredAt === (await disk()).measuredAt).toBe(true);
  const first = await disk();
  expect(first).toMatchObject({ deliveryBytes: 0, pictureBytes: 0, exportBytes: 0 });
  await system.query(
    `insert into sources.source (id, definition, definition_hash, origin, priority) values ('mine', '{}', sha256('mine'), 'api', 10)`,
  );
  await system.query(
    `insert into sources.delivery (source, file, name, sha256, bytes, received_by)
     select 'mine', 'ratings', 'ratings.csv', sha256('file'), 3, 'ada' from generate_series(1, 2)`,
  );
  await system.query(
    `insert into movies.picture (entity, kind, sha256, media_type, width, height, bytes, added_by) values ('tt0000001', 'poster', sha256('picture'), 'image/png', 1, 1, 8, 'ada')`,
  );
  await system.query(
    `insert into ingest.export (id, state, formats, requested_by, manifest)
     select id, 'done', '{parquet}', 'ada', '{"files": [{"path": "exports/movies/1/movies.parquet", "bytes": 20}]}'
     from unnest('{1,2}'::text[]) as id`,
  );
  expect(await Promise.all([disk(), disk()])).toEqual([first, first]);
  await system.serve(days.day(1));
  expect((await system.run('/updatedata', { force: true })).state).toBe('succeeded');
  await expect
    .poll(async () => (await disk()).datasets.map(({ snapshots }) => snapshots))
    .toEqual(first.datasets.map(() => 2));
  expect((await disk()).measuredAt > first.measuredAt).toBe(true);
  // a file that came twice, a picture, and a file of two exports
  expect(await disk()).toMatchObject({ deliveryBytes: 3, pictureBytes: 8, exportBytes: 20 });
});
