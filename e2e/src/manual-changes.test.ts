import { migrate } from '@marquee/catalogue';
import type { Run } from '@marquee/contract';
import { DATASET_NAMES, type DatasetName } from '@marquee/datasets';
import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { expectAllPublished } from './expect-published.ts';
import { useDays } from './sample-days.ts';
import { buildSearchTables } from './search-tables.ts';
import { parseProblem, useSystem } from './system.ts';

const days = useDays({ titles: 1000, days: 3 });
const system = useSystem(() => ({ published: days }));

const noteOf = (run: Run, dataset: DatasetName) =>
  run.steps.find((step) => step.job === 'load' && step.dataset === dataset)?.note;
const REFRESHED = /^refresh: /u;
const WRITTEN = /^full load: marquee \(ada's script\) wrote to the published table at \d{4}-/u;

/** Somebody who writes to the database, in one transaction. */
async function byHand(...statements: string[]): Promise<void> {
  const client = new Client({
    connectionString: system.database.url,
    application_name: "ada's script",
  });
  await client.connect();
  try {
    await client.query('begin');
    for (const statement of statements) await client.query(statement);
    await client.query('commit');
  } finally {
    await client.end();
  }
}

const notedWrites = async () =>
  (await system.query('select dataset from ingest.hand_write order by 1')).map(
    ({ dataset }) => dataset,
  );

/** What serves search holds other titles or votes than the published tables, in so many rows. */
const wrongInSearch = async () =>
  (
    await system.query(
      `select count(*)::int as wrong from search.title s full join (imdb.title_basics b left join imdb.title_ratings r using (tconst)) using (tconst)
       where s.tconst is null or b.tconst is null or s.votes <> coalesce(r.num_votes, 0)`,
    )
  )[0]?.['wrong'];

it('a column that was dropped by hand is mended by the next update, and one that was added stays', async () => {
  await byHand(
    'alter table imdb.title_crew drop column writers cascade',
    `alter table imdb.title_episode add column mood text default 'gay'`,
  );
  const run = await system.update(days.day(1));
  expect(noteOf(run, 'title.crew')).toBe(
    'full load: the published table lacks columns of its own: writers',
  );
  expect(noteOf(run, 'title.episode')).toMatch(REFRESHED);
  await expectAllPublished(system.database.pool, days.day(1));
  expect(await system.query('select distinct mood from imdb.title_episode')).toEqual([
    { mood: 'gay' },
  ]);
});

describe('writing to published tables by hand', () => {
  it('is mended by the next update, which says who it was, also where nothing new has come', async () => {
    await byHand(
      'delete from imdb.title_basics where tconst in (select tconst from imdb.title_basics limit 500)',
      'update imdb.title_ratings set num_votes = 1',
      `insert into imdb.title_ratings values ('tt00evil', 10, 999999999)`,
    );
    expect(await notedWrites()).toEqual(['title.basics', 'title.ratings']);
    // as a new version of the program would, from what is there
    await buildSearchTables(system.database.pool);
    expect(await wrongInSearch()).toBe(0);
    const run = await system.update(days.day(1));
    for (const dataset of DATASET_NAMES)
      expect(noteOf(run, dataset), dataset).toMatch(
        ['title.basics', 'title.ratings'].includes(dataset) ? WRITTEN : REFRESHED,
      );
    await expectAllPublished(system.database.pool, days.day(1));
    expect(await notedWrites()).toEqual([]);
    expect(await wrongInSearch()).toBe(0);

    await byHand('update imdb.title_ratings set num_votes = 1');
    const again = await system.update(days.day(1));
    expect(noteOf(again, 'title.ratings')).toMatch(WRITTEN);
    expect(noteOf(again, 'title.basics')).toBeNull();
    await expectAllPublished(system.database.pool, days.day(1));
    // and is told of once
    expect(noteOf(await system.update(days.day(2)), 'title.ratings')).toMatch(REFRESHED);
  });

  it.each([
    ['an insert', `insert into imdb.title_crew (tconst) values ('tt99')`],
    ['an update', 'update imdb.title_crew set writers = null'],
    ['a delete', 'delete from imdb.title_crew'],
    ['a truncate', 'truncate imdb.title_crew'],
    [
      'a merge',
      `merge into imdb.title_crew using (values ('tt99')) as v (id) on tconst = id when not matched then insert (tconst) values (id)`,
    ],
  ])('is noted when it is %s, and once', async (_, statement) => {
    await byHand(statement);
    expect(await notedWrites()).toEqual(['title.crew']);
    await byHand(`insert into imdb.title_crew (tconst) values ('tt98')`);
    expect(await notedWrites()).toEqual(['title.crew']);
  });

  it('is not noted when no row was met, or it was rolled back', async () => {
    await byHand(
      `delete from imdb.title_crew where tconst = 'none'`,
      `update imdb.title_crew set writers = null where tconst = 'none'`,
      `insert into imdb.title_crew select from imdb.title_crew limit 0`,
      'savepoint s',
      'delete from imdb.title_crew',
      'rollback to savepoint s',
    );
    expect(await notedWrites()).toEqual([]);
  });

  it('is noted of those who may do nothing else', async () => {
    // of all databases of the server
    const role = `writer_${process.pid}`;
    await byHand(`create role ${role}`);
    await byHand(
      `grant usage on schema imdb to ${role}`,
      `grant select, update on imdb.title_crew to ${role}`,
      `set local role ${role}`,
      'update imdb.title_crew set writers = null',
    );
    expect(await notedWrites()).toEqual(['title.crew']);
    await byHand(`drop owned by ${role}`, `drop role ${role}`);
  });

  it('is not what a loader does, and is noted of the tables that a full load has made', async () => {
    await system.update(days.day(1), { force: 'full' });
    await system.update(days.day(2));
    expect(await notedWrites()).toEqual([]);
    await byHand(...DATASET_NAMES.map((d) => `truncate imdb.${d.replace('.', '_')}`));
    expect(await notedWrites()).toEqual(DATASET_NAMES.toSorted());
  });
});

describe('removing by hand', () => {
  const published = async () =>
    (
      await system.query(
        `select dataset from ingest.data_control where status = 'published' order by 1`,
      )
    ).map(({ dataset }) => dataset);

  it('all runs, and with them what is published, is healed by the next update', async () => {
    await system.query('truncate ingest.run cascade');
    expect(await published()).toEqual([]);
    // not forced: nothing of what was published today is on record
    await system.serve(days.day(1));
    const run = await system.run('/updatedata');
    expect(run).toMatchObject({ state: 'succeeded' });
    expect(await published()).toEqual(DATASET_NAMES.toSorted());
    expect(
      await system.query(
        'select count(*)::int as reloads from ingest.publication where run_id = $1',
        [run.id],
      ),
    ).toEqual([{ reloads: DATASET_NAMES.length }]);
    expect(noteOf(await system.update(days.day(2)), 'title.ratings')).toMatch(REFRESHED);
    await expectAllPublished(system.database.pool, days.day(2));
  });

  it('all runs is also healed by a start', async () => {
    await system.query('truncate ingest.run cascade');
    await migrate(system.database.url);
    expect(
      await system.query('select dataset, status from ingest.data_control order by 1'),
    ).toEqual(DATASET_NAMES.toSorted().map((dataset) => ({ dataset, status: 'empty' })));
  });

  it.each([
    ['forced', { force: true }],
    ['in full', { force: 'full' }],
  ])('a published table is healed by the next update: %s', async (_, body) => {
    await system.query('drop table imdb.title_ratings');
    const { status, body: answer } = await system.ask('GET', '/titles?titleType=movie');
    expect(status).toBe(503);
    expect(parseProblem(answer)).toMatchObject({ code: 'not-prepared' });
    expect(parseProblem(answer).hint).toContain('make update FORCE=1');
    const run = await system.run('/updatedata', body);
    expect(run).toMatchObject({ state: 'succeeded', error: null });
    expect(noteOf(run, 'title.ratings')).toBe('full load: the published table was not there');
    await expectAllPublished(system.database.pool, days.day(0));
    expect((await system.ask('GET', '/titles?titleType=movie')).status).toBe(200);
    expect(await notedWrites()).toEqual([]);
  });

  it('a published table is healed by an update that need not be forced, though one was done today', async () => {
    const datasets = ['title.ratings'];
    await system.run('/updatedata', { datasets, force: true });
    expect((await system.ask('POST', '/updatedata', { datasets })).status).toBe(409);
    await system.query('drop table imdb.title_ratings');
    expect(await system.run('/updatedata', { datasets })).toMatchObject({ state: 'succeeded' });
    await expectAllPublished(system.database.pool, days.day(0));
    expect((await system.ask('POST', '/updatedata', { datasets })).status).toBe(409);
  });

  it('a published table and one of search is no harm to an update of another dataset', async () => {
    await system.query('drop table imdb.title_ratings, search.title');
    await system.update(days.day(1), { datasets: ['title.crew'] });
    expect(await published()).toEqual(
      DATASET_NAMES.filter((name) => name !== 'title.ratings').toSorted(),
    );
    await system.update(days.day(1));
    await expectAllPublished(system.database.pool, days.day(1));
    expect((await system.ask('GET', '/titles?titleType=movie')).status).toBe(200);
  });

  it('a table of search is healed by an update that has nothing new', async () => {
    await system.query('drop table search.title, search.title_text');
    expect((await system.ask('GET', '/search?q=series')).status).toBe(503);
    await system.update(days.day(0));
    expect((await system.ask('GET', '/search?q=series')).status).toBe(200);
    expect((await system.ask('GET', '/titles?titleType=movie')).status).toBe(200);
  });
});
