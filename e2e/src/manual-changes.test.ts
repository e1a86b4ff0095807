import { migrate } from '@marquee/catalogue';
import type { Run } from '@marquee/contract';
import { DATASET_NAMES, type DatasetName } from '@marquee/datasets';
import { Client } from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { expectAllPublished } from './expect-published.ts';
import { useDays } from './sample-days.ts';
import { buildSearchTables } from './search-tables.ts';
import { parseProblem, useSharedSystem, useSystem, type TestSystem } from './system.ts';

const days = useDays({ titles: 1000, days: 3 });
/** The system of the current block of tests. */
const system = {} as TestSystem;

const noteOf = (run: Run, dataset: DatasetName) =>
  run.steps.find((step) => step.job === 'load' && step.dataset === dataset)?.note;
const REFRESHED = /^refresh: /u;
const WRITTEN = /^full load: marquee \(ada's script\) wrote to the published table at \d{4}-/u;

/** Runs statements as a user's script would, in one transaction. */
async function runManually(...statements: string[]): Promise<void> {
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

const recordedWrites = async () =>
  (await system.query('select dataset from ingest.hand_write order by 1')).map(
    ({ dataset }) => dataset,
  );

/** Number of rows in which the search tables differ from the published tables. */
const countSearchDifferences = async () =>
  (
    await system.query(
      `select count(*)::int as wrong from search.title s full join (imdb.title_basics b left join imdb.title_ratings r using (tconst)) using (tconst)
       where s.tconst is null or b.tconst is null or s.votes <> coalesce(r.num_votes, 0)`,
    )
  )[0]?.['wrong'];

describe('a manual write to published tables', () => {
  useSharedSystem(() => ({ published: days, workers: false }), system);
  afterEach(async () => system.query('truncate ingest.hand_write'));

  it('is recorded once, whatever statement it is', async () => {
    const statements = {
      'name.basics': 'delete from imdb.name_basics',
      'title.akas': 'truncate imdb.title_akas',
      'title.crew': `insert into imdb.title_crew (tconst) values ('tt99')`,
      'title.episode': `merge into imdb.title_episode using (values ('tt99')) as v (id) on tconst = id when not matched then insert (tconst) values (id)`,
      'title.ratings': 'update imdb.title_ratings set num_votes = 1',
    };
    for (const [i, statement] of Object.values(statements).entries()) {
      await runManually(statement);
      expect(await recordedWrites()).toEqual(Object.keys(statements).slice(0, i + 1));
    }
    await runManually(`insert into imdb.title_crew (tconst) values ('tt98')`);
    expect(await recordedWrites()).toEqual(Object.keys(statements));
  });

  it('is not recorded if it affects no row or is rolled back', async () => {
    await runManually(
      `delete from imdb.title_crew where tconst = 'none'`,
      `update imdb.title_crew set writers = null where tconst = 'none'`,
      `insert into imdb.title_crew select from imdb.title_crew limit 0`,
      'savepoint s',
      'delete from imdb.title_crew',
      'rollback to savepoint s',
    );
    expect(await recordedWrites()).toEqual([]);
  });

  it('is recorded for a role without other privileges', async () => {
    // roles are shared by all databases of the server
    const role = `writer_${process.pid}`;
    await runManually(`create role ${role}`);
    await runManually(
      `grant usage on schema imdb to ${role}`,
      `grant select, update on imdb.title_crew to ${role}`,
      `set local role ${role}`,
      'update imdb.title_crew set writers = null',
    );
    expect(await recordedWrites()).toEqual(['title.crew']);
    await runManually(`drop owned by ${role}`, `drop role ${role}`);
  });
});

describe('a manual write to published tables, and the updates after it', () => {
  useSystem(() => ({ published: days }), system);

  it('the next update restores a manually dropped column, and keeps an added one', async () => {
    await runManually(
      'alter table imdb.title_crew drop column writers cascade',
      `alter table imdb.title_episode add column mood text default 'calm'`,
    );
    const run = await system.update(days.day(1));
    expect(noteOf(run, 'title.crew')).toBe(
      'full load: the published table lacks columns of the dataset: writers',
    );
    expect(noteOf(run, 'title.episode')).toMatch(REFRESHED);
    await expectAllPublished(system.database.pool, days.day(1));
    expect(await system.query('select distinct mood from imdb.title_episode')).toEqual([
      { mood: 'calm' },
    ]);
  });

  it('is undone by the next update, which names the writer, even without new data', async () => {
    await runManually(
      'delete from imdb.title_basics where tconst in (select tconst from imdb.title_basics limit 500)',
      'update imdb.title_ratings set num_votes = 1',
      `insert into imdb.title_ratings values ('tt00evil', 10, 999999999)`,
    );
    expect(await recordedWrites()).toEqual(['title.basics', 'title.ratings']);
    // as a new version of the product does from the existing tables
    await buildSearchTables(system.database.pool);
    expect(await countSearchDifferences()).toBe(0);
    const run = await system.update(days.day(1));
    for (const dataset of DATASET_NAMES)
      expect(noteOf(run, dataset), dataset).toMatch(
        ['title.basics', 'title.ratings'].includes(dataset) ? WRITTEN : REFRESHED,
      );
    await expectAllPublished(system.database.pool, days.day(1));
    expect(await recordedWrites()).toEqual([]);
    expect(await countSearchDifferences()).toBe(0);

    await runManually('update imdb.title_ratings set num_votes = 1');
    const again = await system.update(days.day(1));
    expect(noteOf(again, 'title.ratings')).toMatch(WRITTEN);
    expect(noteOf(again, 'title.basics')).toBeNull();
    await expectAllPublished(system.database.pool, days.day(1));
    // and is reported only once
    expect(noteOf(await system.update(days.day(2)), 'title.ratings')).toMatch(REFRESHED);
  });

  it(
    'is distinguished from a loader’s write, also on tables of a full load',
    { tags: ['long'] },
    async () => {
      await system.update(days.day(1), { force: 'full' });
      await system.update(days.day(2));
      expect(await recordedWrites()).toEqual([]);
      // the count of orphans reads the tables that this locks one after another
      await system.tidied();
      await runManually(...DATASET_NAMES.map((d) => `truncate imdb.${d.replace('.', '_')}`));
      expect(await recordedWrites()).toEqual(DATASET_NAMES.toSorted());
    },
  );
});

describe('manually removing', () => {
  useSystem(() => ({ published: days }), system);

  const published = async () =>
    (
      await system.query(
        `select dataset from ingest.data_control where status = 'published' order by 1`,
      )
    ).map(({ dataset }) => dataset);

  it(
    'all runs, and with them the record of published data, is repaired by the next update',
    { tags: ['long'] },
    async () => {
      await system.query('truncate ingest.run cascade');
      expect(await published()).toEqual([]);
      // not forced: today's publish is not on record any more
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
    },
  );

  it('all runs is also repaired at start-up', async () => {
    await system.query('truncate ingest.run cascade');
    await migrate(system.database.url);
    expect(
      await system.query('select dataset, status from ingest.data_control order by 1'),
    ).toEqual(DATASET_NAMES.toSorted().map((dataset) => ({ dataset, status: 'empty' })));
  });

  async function repairTable(body: object): Promise<void> {
    await system.query('drop table imdb.title_ratings cascade');
    const { status, body: answer } = await system.ask('GET', '/titles?titleType=movie');
    expect(status).toBe(503);
    expect(parseProblem(answer)).toMatchObject({ code: 'not-prepared' });
    expect(parseProblem(answer).hint).toContain('make update FORCE=1');
    const run = await system.run('/updatedata', body);
    expect(run).toMatchObject({ state: 'succeeded', error: null });
    expect(noteOf(run, 'title.ratings')).toBe('full load: the published table was missing');
    await expectAllPublished(system.database.pool, days.day(0));
    expect((await system.ask('GET', '/titles?titleType=movie')).status).toBe(200);
    expect(await recordedWrites()).toEqual([]);
  }

  it('a published table is repaired by the next update', async () => repairTable({ force: true }));

  it('a published table is repaired by the next update in full', { tags: ['long'] }, async () =>
    repairTable({ force: 'full' }),
  );

  it('a published table is repaired by an update without force, even after one today', async () => {
    const datasets = ['title.ratings'];
    await system.run('/updatedata', { datasets, force: true });
    expect((await system.ask('POST', '/updatedata', { datasets })).status).toBe(409);
    await system.query('drop table imdb.title_ratings cascade');
    expect(await system.run('/updatedata', { datasets })).toMatchObject({ state: 'succeeded' });
    await expectAllPublished(system.database.pool, days.day(0));
    expect((await system.ask('POST', '/updatedata', { datasets })).status).toBe(409);
  });

  it(
    'a published table and a search table does not affect an update of another dataset',
    { tags: ['long'] },
    async () => {
      await system.query('drop table imdb.title_ratings, search.title cascade');
      await system.update(days.day(1), { datasets: ['title.crew'] });
      expect(await published()).toEqual(
        DATASET_NAMES.filter((name) => name !== 'title.ratings').toSorted(),
      );
      await system.update(days.day(1));
      await expectAllPublished(system.database.pool, days.day(1));
      expect((await system.ask('GET', '/titles?titleType=movie')).status).toBe(200);
    },
  );

  it('a search table is repaired by an update without new data', async () => {
    await system.query('drop table search.title, search.title_text');
    expect((await system.ask('GET', '/search?q=series')).status).toBe(503);
    await system.update(days.day(0));
    expect((await system.ask('GET', '/search?q=series')).status).toBe(200);
    expect((await system.ask('GET', '/titles?titleType=movie')).status).toBe(200);
  });
});
