import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Run } from '@marquee/contract';
import { DATASET_NAMES, fileNameOf, headerOf, type DatasetName } from '@marquee/datasets';
import { lacks } from '@marquee/process/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expectAllPublished, expectPublished } from './expect-published.ts';
import { realData } from './real-data.ts';
import { useDays } from './sample-days.ts';
import { parseProblem, useSharedSystem, useSystem, type TestSystem } from './system.ts';

const days = useDays({ titles: 1000, days: 4 });
/** Every dataset changes on each of these days. */
const large = useDays({ titles: 3000, days: 3 });

/** The system of the current block of tests. */
const system = {} as TestSystem;

const notesOf = (run: Run) =>
  Object.fromEntries(
    run.steps.filter(({ job }) => job === 'load').map(({ dataset, note }) => [dataset, note]),
  );
const refreshed = (inserted = 0, updated = 0, deleted = 0) =>
  `refresh: ${inserted} ${inserted === 1 ? 'row' : 'rows'} added, ${updated} changed, ${deleted} removed`;
const ALL_REFRESHED = Object.fromEntries(
  DATASET_NAMES.map((dataset) => [dataset, expect.stringMatching(/^refresh: /u) as string]),
);

const NOT_IN_STORE = expect.stringMatching(
  /^full load: the published snapshot .* is not in the store any more$/u,
) as string;

/** Path of the published snapshot of a dataset. */
async function pathOfPublished(dataset: DatasetName): Promise<string> {
  const [published] = await system.query(
    'select snapshot_id as id from ingest.data_control where dataset = $1',
    [dataset],
  );
  return system.store.locationOf({ dataset, id: String(published?.['id']) });
}

/** Removes the published snapshot of a dataset, so that its next load is a full one. */
async function forgetPublished(dataset: DatasetName): Promise<void> {
  await rm(join(await pathOfPublished(dataset), '..'), { recursive: true });
}

/** Object ids of the tables: a full load creates new ones, a refresh keeps them. */
const tables = async () =>
  system.query(
    `select relname, oid::int from pg_class where relnamespace = 'imdb'::regnamespace and relkind = 'r' order by 1`,
  );

describe('a refresh of all datasets', () => {
  useSystem(() => ({ published: large }), system);

  /** Updates to some days, one after another. */
  async function expectRefreshes(...to: readonly number[]): Promise<void> {
    const before = await tables();
    for (const day of to) {
      expect(notesOf(await system.update(large.day(day)))).toEqual(ALL_REFRESHED);
      await expectAllPublished(system.database.pool, large.day(day));
    }
    expect(await tables()).toEqual(before);
    for (const dataset of DATASET_NAMES) {
      const [counted] = await system.query(
        `select rows::int as rows, (select count(*)::int from imdb.${dataset.replace('.', '_')}) as there from ingest.data_control where dataset = $1`,
        [dataset],
      );
      expect(counted?.['rows']).toBe(counted?.['there']);
    }
  }

  it('changes each day into the next, equal in every row, without replacing a table', async () =>
    expectRefreshes(1, 0));

  it('changes several days, one after another', { tags: ['long'] }, async () =>
    expectRefreshes(1, 2, 1),
  );

  it('records the changed rows before and after, and nothing else', async () => {
    await system.query('create table old_day as select * from imdb.title_ratings');
    const run = await system.update(large.day(1));
    const changes = await system.query(`select distinct run_id from ingest.change`);
    expect(changes).toEqual([{ run_id: run.id }]);
    // the differences between the two days, computed by PostgreSQL
    const differences = await system.query(`
      select coalesce(o.tconst, n.tconst) as key, to_jsonb(o) as before, to_jsonb(n) as after,
        case when o.tconst is null then 'insert' when n.tconst is null then 'delete' else 'update' end as kind
      from old_day o full join imdb.title_ratings n using (tconst) where o is distinct from n order by 1`);
    expect(differences.length).toBeGreaterThan(10);
    expect(
      await system.query(
        `select key, before, after, kind from ingest.change where dataset = 'title.ratings' order by key`,
      ),
    ).toEqual(differences);
    const kinds = await system.query(
      `select kind, count(*) > 0 as some from ingest.change group by kind order by kind`,
    );
    expect(kinds.map(({ kind }) => kind)).toEqual(['delete', 'insert', 'update']);
    const countOf = (wanted: string) => differences.filter(({ kind }) => kind === wanted).length;
    expect(notesOf(run)['title.ratings']).toBe(
      refreshed(countOf('insert'), countOf('update'), countOf('delete')),
    );
  });
});

describe('a refresh of some datasets, and a full load of others', () => {
  useSharedSystem(() => ({ published: days }), system);
  let run: Run;
  beforeAll(async () => {
    for (const dataset of ['title.basics', 'title.crew'] as const) await forgetPublished(dataset);
    run = await system.update(days.day(1));
  });

  it('publishes all datasets atomically, also if some are loaded in full', async () => {
    expect(notesOf(run)).toEqual({
      ...ALL_REFRESHED,
      'title.basics': NOT_IN_STORE,
      'title.crew': NOT_IN_STORE,
    });
    expect(
      await system.query(
        'select count(distinct upload_date)::int as moments from ingest.data_control',
      ),
    ).toEqual([{ moments: 1 }]);
    await expectAllPublished(system.database.pool, days.day(1));
  });

  it('leaves a publication of each dataset: its changes, or a reload where it was loaded in full', async () => {
    const publications = await system.query(
      `select dataset, kind, inserted::int, updated::int, deleted::int, at = upload_date as is_of_control, p.rows = c.rows and p.snapshot_id = c.snapshot_id as is_current
       from ingest.publication p join ingest.data_control c using (run_id, dataset) where run_id = $1 order by dataset`,
      [run.id],
    );
    const changes = await system.query(
      `select dataset, count(*) filter (where kind = 'insert')::int as inserted, count(*) filter (where kind = 'update')::int as updated,
         count(*) filter (where kind = 'delete')::int as deleted
       from ingest.change where run_id = $1 group by dataset`,
      [run.id],
    );
    const changesOf = new Map(changes.map((row) => [row['dataset'], row]));
    const none = { inserted: 0, updated: 0, deleted: 0 };
    expect(publications).toEqual(
      DATASET_NAMES.toSorted().map((dataset) => ({
        kind: ['title.basics', 'title.crew'].includes(dataset) ? 'reload' : 'changes',
        ...none,
        ...changesOf.get(dataset),
        dataset,
        is_of_control: true,
        is_current: true,
      })),
    );
    expect(changes.map(({ dataset }) => dataset)).toContain('title.ratings');
    // the publications follow the run's changes in the feed
    const [ids] = await system.query(
      `select (select max(id) from ingest.change where run_id = $1) < min(id) as are_after from ingest.publication where run_id = $1`,
      [run.id],
    );
    expect(ids).toEqual({ are_after: true });
  });
});

describe('a refresh', () => {
  useSystem(() => ({ published: days }), system);

  it('of an unchanged dataset changes nothing, and says so', async () => {
    const before = await system.query(
      'select dataset, run_id, upload_date from ingest.data_control order by 1',
    );
    const run = await system.update(days.day(0));
    expect(run.steps.map(({ phase }) => phase)).toEqual(run.steps.map(() => 'unchanged'));
    expect(
      await system.query('select dataset, run_id, upload_date from ingest.data_control order by 1'),
    ).toEqual(before);
  });

  it('goes back to any earlier snapshot by id', async () => {
    const [first] = await system.query(
      `select id from ingest.snapshot where dataset = 'title.ratings'`,
    );
    await system.update(days.day(1));
    expect(await system.run('/run-loader', { snapshots: [first?.['id']] })).toMatchObject({
      state: 'succeeded',
      datasets: ['title.ratings'],
    });
    await expectPublished(system.database.pool, 'title.ratings', days.day(0));
    await expectPublished(system.database.pool, 'title.basics', days.day(1));
    const unknown = await system.ask('POST', '/run-loader', {
      snapshots: ['title.ratings-20000101T000000Z-00000000'],
    });
    expect(parseProblem(unknown.body)).toMatchObject({ status: 409, code: 'no-snapshot' });
    const two = await system.ask('POST', '/run-loader', {
      snapshots: (
        await system.query(`select id from ingest.snapshot where dataset = 'title.ratings'`)
      ).map(({ id }) => id),
    });
    expect(parseProblem(two.body)).toMatchObject({ status: 400, faults: [{ where: 'snapshots' }] });
  });

  it('is rejected if the published table was modified, and a full load repairs it', async () => {
    // without the trigger that would record it
    await system.query(
      `begin; set local session_replication_role = replica; delete from imdb.title_ratings; commit`,
    );
    await system.serve(days.day(1));
    const run = await system.run('/updatedata', {
      datasets: ['title.ratings'],
      force: true,
      ignoreGates: ['row-loss'],
    });
    expect(run).toMatchObject({ state: 'failed', error: { code: 'drift' } });
    expect(await system.query('select count(*)::int as changes from ingest.change')).toEqual([
      { changes: 0 },
    ]);
    const mended = await system.run('/run-loader', {
      datasets: ['title.ratings'],
      force: 'full',
    });
    expect(notesOf(mended)).toEqual({ 'title.ratings': 'full load: requested' });
    await expectPublished(system.database.pool, 'title.ratings', days.day(1));
  });
});

describe('a refresh that is not possible', () => {
  useSystem(() => ({ published: days }), system);
  const datasets = ['title.ratings'];
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'marquee-refresh-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it('is a full load if the published snapshot is missing', async () => {
    await forgetPublished('title.ratings');
    expect(notesOf(await system.update(days.day(1), { datasets }))['title.ratings']).toEqual(
      NOT_IN_STORE,
    );
    await expectPublished(system.database.pool, 'title.ratings', days.day(1));
  });

  it('is a full load if the published snapshot is damaged, archive and zstd copy', async () => {
    const archive = await pathOfPublished('title.ratings');
    await truncate(archive.replace(/gz$/u, 'zst'), 300);
    await truncate(archive, 300);
    expect(notesOf(await system.update(days.day(1), { datasets }))['title.ratings']).toMatch(
      /^full load: the published snapshot .* cannot be read and was set aside: unexpected end of file; the zstd copy .*zst was damaged \(the zstd copy ends too early\) and was dropped$/u,
    );
    await expectPublished(system.database.pool, 'title.ratings', days.day(1));
  });

  it('is a full load if the rows are in another order', async () => {
    const lines = gunzipSync(await readFile(join(days.day(0), fileNameOf('title.ratings'))))
      .toString()
      .split('\n')
      .slice(1, -1);
    await writeFile(
      join(folder, fileNameOf('title.ratings')),
      gzipSync([headerOf('title.ratings'), ...lines.toReversed(), ''].join('\n')),
    );
    expect(notesOf(await system.update(folder, { datasets }))['title.ratings']).toMatch(
      /^full load: more than \d+ of \d+ rows have changed or moved$/u,
    );
    await expectPublished(system.database.pool, 'title.ratings', folder);
    // files in the same order are refreshed, whatever that order
    const [first = '', ...rest] = lines.toReversed();
    await writeFile(
      join(folder, fileNameOf('title.ratings')),
      gzipSync([headerOf('title.ratings'), ...rest, first.replace(/\d+$/u, '77'), ''].join('\n')),
    );
    expect(notesOf(await system.update(folder, { datasets }))['title.ratings']).toBe(
      refreshed(0, 1, 0),
    );
    await expectPublished(system.database.pool, 'title.ratings', folder);
  });

  it('is a full load if too many rows have changed, or on request', async () => {
    expect(
      notesOf(await system.update(large.day(0), { datasets, ignoreGates: ['row-loss'] }))[
        'title.ratings'
      ],
    ).toMatch(/^full load: more than \d+ of \d+ rows have changed or moved$/u);
    await expectPublished(system.database.pool, 'title.ratings', large.day(0));
    expect(
      notesOf(await system.update(large.day(0), { datasets, force: 'full' }))['title.ratings'],
    ).toBe('full load: requested');
  });
});

describe('snapshots', () => {
  useSystem(() => ({ files: days.day(0), keep: 2 }), system);

  it('are kept up to the configured number, and published ones always', async () => {
    const datasets = ['title.ratings'];
    const inStore = async () => (await system.store.list()).map(({ id }) => id);
    await system.update(days.day(0), { datasets });
    const [first] = await inStore();
    for (const day of [1, 2]) await system.update(days.day(day), { datasets });
    await expect.poll(inStore).toHaveLength(2);
    expect(await inStore()).not.toContain(first);
    expect(
      parseProblem((await system.ask('POST', '/run-loader', { snapshots: [first] })).body),
    ).toMatchObject({ code: 'no-snapshot' });
    // back to the older one: a new snapshot does not remove it
    const [older] = await inStore();
    expect(await system.run('/run-loader', { snapshots: [older] })).toMatchObject({
      state: 'succeeded',
    });
    await system.serve(days.day(3));
    await system.run('/run-downloader', { datasets });
    await system.serve(days.day(0));
    await system.run('/run-downloader', { datasets });
    expect(await system.run('/run-loader', { snapshots: [older] })).toMatchObject({
      state: 'succeeded',
    });
    await expect.poll(inStore).toHaveLength(3);
    expect(await inStore()).toContain(older);
  });
});

describe('rejected lines', () => {
  useSystem(() => ({}), system);

  it('count in a refresh as in a full load, wherever they are', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'marquee-refresh-'));
    const file = join(folder, fileNameOf('title.ratings'));
    const rows = (edit: (i: number) => string | null) =>
      Array.from({ length: 2000 }, (_, i) => edit(i)).filter((row) => row !== null);
    const write = async (lines: string[]) =>
      writeFile(file, gzipSync([headerOf('title.ratings'), ...lines, ''].join('\n')));
    const id = (i: number) => `tt${String(i + 1).padStart(7, '0')}`;
    await write(rows((i) => `${id(i)}\t${i === 3 || i === 1500 ? 'bad' : '5.0'}\t${i}`));
    await system.update(folder, { datasets: ['title.ratings'] });
    await write(
      rows((i) =>
        i === 1000
          ? null
          : `${id(i)}\t${i === 3 || i === 1700 ? 'bad' : '5.0'}\t${i === 7 ? 1 : i}`,
      ),
    );
    const run = await system.update(folder, { datasets: ['title.ratings'] });
    expect(notesOf(run)).toEqual({ 'title.ratings': refreshed(1, 1, 2) });
    expect(
      await system.query(
        `select rows::int, rejects::int from ingest.data_control where dataset = 'title.ratings'`,
      ),
    ).toEqual([{ rows: 1997, rejects: 2 }]);
    // an earlier reject belongs to the run that met it first
    expect(
      await system.query('select line::int, raw_text from ingest.reject where run_id = $1', [
        run.id,
      ]),
    ).toEqual([{ line: 1701, raw_text: 'tt0001701\tbad\t1700' }]);
    expect(await system.query(`select count(*)::int as rows from imdb.title_ratings`)).toEqual([
      { rows: 1997 },
    ]);
    await rm(folder, { recursive: true });
  });
});

describe('real days of ratings', { skip: lacks('real-data'), tags: ['long'] }, () => {
  useSystem(() => ({ maxChangePercent: 100 }), system);

  it('are refreshed even if half of the rows have changed', async () => {
    const datasets = ['title.ratings'];
    await system.update(realData('ratings-2017-08'), { datasets });
    expect(notesOf(await system.update(realData('ratings-2017-11'), { datasets }))).toEqual({
      'title.ratings': refreshed(20_882, 371_500, 386),
    });
    await expectPublished(system.database.pool, 'title.ratings', realData('ratings-2017-11'));
    const kinds = await system.query(
      `select kind, count(*)::int from ingest.change group by kind order by kind`,
    );
    expect(kinds).toEqual([
      { kind: 'delete', count: 386 },
      { kind: 'insert', count: 20_882 },
      { kind: 'update', count: 371_500 },
    ]);
  });
});
