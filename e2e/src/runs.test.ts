import { setTimeout as sleep } from 'node:timers/promises';
import { DATASET_NAMES } from '@marquee/datasets';
import { EventSource } from 'undici';
import { describe, expect, it } from 'vitest';
import { expectAllPublished, expectPublished } from './expect-published.ts';
import { freePort } from '@marquee/process';
import { useDays } from './sample-days.ts';
import { parseProblem, useSharedSystem, useSystem, type TestSystem } from './system.ts';

const days = useDays({ titles: 1000, days: 2 });
/** The system of the current block of tests. */
const system = {} as TestSystem;
/** The dataset used if one is enough. */
const datasets = ['title.ratings'] as const;

const valuesOf = async (statement: string): Promise<unknown[]> =>
  (await system.query(statement)).map((row) => Object.values(row)[0]);

describe('download and load', () => {
  useSystem(() => ({ files: days.day(0) }), system);

  it('are two runs if requested separately', { tags: ['long'] }, async () => {
    expect(await system.run('/run-downloader')).toMatchObject({
      kind: 'download',
      state: 'succeeded',
    });
    expect(await valuesOf(`select count(*)::int from imdb.title_basics`)).toEqual([0]);
    expect(await valuesOf(`select dataset from ingest.snapshot order by dataset`)).toEqual(
      DATASET_NAMES,
    );
    const load = await system.run('/run-loader');
    expect(load).toMatchObject({ kind: 'load', state: 'succeeded' });
    expect(new Set(load.steps.map(({ note }) => note))).toEqual(
      new Set(['full load: nothing is published yet']),
    );
    await expectAllPublished(system.database.pool, days.day(0));
  });

  it('are rejected to load without a download, and for a missing snapshot', async () => {
    const nothing = await system.ask('POST', '/run-loader');
    expect(nothing.status).toBe(409);
    expect(parseProblem(nothing.body)).toMatchObject({
      code: 'no-snapshot',
      detail: 'There is no snapshot of any dataset to load.',
    });
    await system.run('/run-downloader', { datasets: ['title.ratings'] });
    const other = await system.ask('POST', '/run-loader', {
      datasets: ['title.ratings', 'title.crew'],
    });
    expect(parseProblem(other.body)).toMatchObject({
      code: 'no-snapshot',
      detail: 'There is no snapshot of title.crew to load.',
    });
    expect(await system.run('/run-loader')).toMatchObject({
      state: 'succeeded',
      datasets: ['title.ratings'],
    });
  });
});

describe('runs', () => {
  useSystem(() => ({ files: days.day(0) }), system);

  it(
    'to update are rejected on the day of the last one, unless forced or for other datasets',
    { tags: ['long'] },
    async () => {
      const { id } = await system.run('/updatedata', { datasets: ['title.ratings', 'title.crew'] });
      const again = await system.ask('POST', '/updatedata', { datasets: ['title.ratings'] });
      expect(again.status).toBe(409);
      expect(parseProblem(again.body)).toMatchObject({ code: 'updated-today', runId: id });
      expect(
        await system.run('/updatedata', { datasets: ['title.ratings'], force: true }),
      ).toMatchObject({ state: 'succeeded' });
      expect(await system.run('/updatedata')).toMatchObject({ state: 'succeeded' });
      await system.query(`update ingest.run set ended_at = ended_at - interval '1 day'`);
      expect(await system.run('/updatedata')).toMatchObject({ state: 'succeeded' });
    },
  );

  it('are listed, newest first, page by page', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 3; i++)
      ids.unshift(
        await system.run('/run-downloader', { datasets: ['title.ratings'] }).then(({ id }) => id),
      );
    const first = (await system.ask('GET', '/runs?limit=2')).body as {
      items: { id: string }[];
      next: string;
    };
    const second = (await system.ask('GET', `/runs?limit=2&after=${first.next}`)).body as {
      items: { id: string }[];
      next: null;
    };
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(ids);
    expect(second.next).toBeNull();
    const all = await Promise.all(
      ids.map(async (id) => (await system.ask('GET', `/runs/${id}`)).body),
    );
    expect([...first.items, ...second.items]).toEqual(all);
    expect((await system.ask('GET', '/runs?limit=1&fields=state,kind&total=exact')).body).toEqual({
      items: [{ kind: 'download', state: 'succeeded' }],
      next: expect.any(String) as string,
      total: 3,
    });
    const lines = (await (await fetch(`${system.apiUrl}/runs?format=ndjson`)).text())
      .trimEnd()
      .split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(all);
  });
});

describe('a run that leaves the same day published', () => {
  useSharedSystem(() => ({ published: days }), system);

  it('records what is published, its snapshot and its orphans', async () => {
    const run = await system.run('/updatedata', { force: 'full' });
    // orphans are counted after the publish, which does not wait for it
    await system.tidied();
    expect(await valuesOf('select distinct orphans_of from ingest.data_control')).toEqual([run.id]);
    const rows = await system.query('select * from ingest.data_control order by dataset');
    expect(rows.map(({ dataset, status, run_id }) => [dataset, status, run_id])).toEqual(
      DATASET_NAMES.map((dataset) => [dataset, 'published', run.id]),
    );
    for (const row of rows)
      expect(
        await valuesOf(
          `select count(*)::int from imdb.${String(row['dataset']).replace('.', '_')}`,
        ),
      ).toEqual([Number(row['rows'])]);
    const references = {
      'title.principals': [
        'nconst',
        `imdb.title_principals p where not exists (select from imdb.name_basics n where n.nconst = p.nconst)`,
      ],
      'title.episode': [
        'parent_tconst',
        `imdb.title_episode e where not exists (select from imdb.title_basics b where b.tconst = e.parent_tconst)`,
      ],
      'title.crew': [
        'writers',
        `imdb.title_crew c, unnest(c.writers) as w where not exists (select from imdb.name_basics n where n.nconst = w)`,
      ],
    };
    for (const [dataset, [column, from]] of Object.entries(references)) {
      const [orphans] = await valuesOf(`select count(*)::int from ${String(from)}`);
      expect(rows.find((row) => row['dataset'] === dataset)).toMatchObject({
        orphans: { [String(column)]: orphans },
      });
    }
    expect(
      await valuesOf(
        `select sum(value::int)::int > 0 from ingest.data_control, jsonb_each_text(orphans)`,
      ),
    ).toEqual([true]);
  });

  it('of an unchanged dataset downloads and loads nothing', async () => {
    const published = await valuesOf('select distinct run_id from ingest.data_control');
    const second = await system.run('/updatedata', { force: true });
    expect(second).toMatchObject({ state: 'succeeded' });
    expect(second.steps.map(({ phase, bytesDone }) => [phase, bytesDone])).toEqual(
      second.steps.map(() => ['unchanged', 0]),
    );
    expect(await valuesOf('select distinct run_id from ingest.data_control')).toEqual(published);
    expect(await system.store.list()).toHaveLength(7);
  });

  it('streams its progress until it ends', async () => {
    const id = await system.start('/updatedata', { force: 'full' });
    const response = await fetch(`${system.apiUrl}/runs/${id}/events`);
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const events = (await response.text()).split('\n\n').filter((event) => event.includes('data:'));
    const runs = events.map(
      (event) =>
        JSON.parse(/^data: (.*)$/mu.exec(event)?.[1] ?? '') as { id: string; state: string },
    );
    expect(runs.length).toBeGreaterThan(1);
    expect(runs.map((run) => run.id)).toEqual(runs.map(() => id));
    expect(runs[0]?.state).toBe('running');
    expect(runs.at(-1)?.state).toBe('succeeded');
    expect(runs.at(-1)).toEqual((await system.ask('GET', `/runs/${id}`)).body);
    for (const event of events) expect(event).toMatch(/^event: run$/mu);
  });
});

describe('an update', () => {
  useSystem(() => ({ published: days }), system);

  // as all tests of refreshes
  it('of a new day publishes that day, equal in every row', { tags: ['long'] }, async () => {
    await system.serve(days.day(1));
    expect(await system.run('/updatedata', { force: true })).toMatchObject({ state: 'succeeded' });
    await expectAllPublished(system.database.pool, days.day(1));
  });

  it('fails with URL and cause if IMDb is unreachable, and keeps the old data', async () => {
    const nowhere = await freePort();
    await system.stopWorkers();
    await system.startWorkers({ datasetsUrl: `http://127.0.0.1:${nowhere}/` });
    const run = await system.run('/updatedata', {
      datasets: ['title.ratings', 'title.crew'],
      force: true,
    });
    expect(run.state).toBe('failed');
    expect(run.error?.message).toContain(`http://127.0.0.1:${nowhere}/title.ratings.tsv.gz`);
    expect(run.error?.message).toContain('ECONNREFUSED');
    expect(run.steps.filter(({ job }) => job === 'load').map(({ state }) => state)).toEqual([
      'failed',
      'failed',
    ]);
    await expectAllPublished(system.database.pool, days.day(0));
    expect((await system.ask('GET', '/titles?limit=1')).status).toBe(200);
  });
});

describe('publishing full loads, while a user reads', () => {
  useSystem(() => ({ published: days, publishWaitSeconds: 0.5 }), system);

  it('waits for a reader without blocking others, and names the reader when it gives up', async () => {
    const { pool } = system.database;
    await system.serve(days.day(1));
    const reader = await pool.connect();
    await reader.query('begin');
    await reader.query('select count(*) from imdb.title_ratings');
    const id = await system.start('/updatedata', { datasets, force: 'full' });
    // readers behind the long one do not wait
    const reading = new AbortController();
    const ended = system.ended(id).finally(() => reading.abort());
    let reads = 0;
    for (; !reading.signal.aborted; reads++) {
      await system.query(`set local lock_timeout = '1s'; select count(*) from imdb.title_ratings`);
      await sleep(10);
    }
    const run = await ended;
    expect(reads).toBeGreaterThan(20);
    expect(run).toMatchObject({ state: 'failed', error: { code: 'publish-blocked' } });
    expect(run.error?.message).toContain('the test itself');
    await reader.query('commit');
    reader.release();
    await expectPublished(pool, 'title.ratings', days.day(0));
    expect(await system.run('/run-loader', { datasets })).toMatchObject({ state: 'succeeded' });
    await expectPublished(pool, 'title.ratings', days.day(1));
  });
});

describe('publishing full loads', () => {
  useSystem(() => ({ published: days }), system);

  it('stops at a dataset that has lost too many rows, and continues on request', async () => {
    await system.query(
      `update ingest.data_control set rows = rows * 2 where dataset = 'title.ratings'`,
    );
    await system.serve(days.day(1));
    const run = await system.run('/updatedata', { datasets, force: 'full' });
    expect(run).toMatchObject({ state: 'failed', error: { code: 'gate-row-loss' } });
    await expectPublished(system.database.pool, 'title.ratings', days.day(0));
    expect(
      await valuesOf(
        `select count(*)::int from pg_tables where schemaname in ('imdb_next', 'imdb_old')`,
      ),
    ).toEqual([0]);
    expect(await system.run('/run-loader', { datasets, ignoreGates: ['row-loss'] })).toMatchObject({
      state: 'succeeded',
    });
    await expectPublished(system.database.pool, 'title.ratings', days.day(1));
  });

  it('keeps views, privileges and indexes that users have created', async () => {
    const { pool } = system.database;
    const loaded = ['title.basics', 'title.ratings'] as const;
    await pool.query(`create schema mine`);
    await pool.query(
      `create view mine.rated with (security_barrier = true) as select tconst, primary_title, average_rating from imdb.title_basics join imdb.title_ratings using (tconst)`,
    );
    await pool.query(`create view mine.best as select * from mine.rated where average_rating > 6`);
    await pool.query(
      `create index my_index on imdb.title_basics (lower(primary_title)) where start_year > 1990`,
    );
    await pool.query(`grant select on imdb.title_basics to public`);
    await pool.query(`grant update (num_votes) on imdb.title_ratings to pg_monitor`);
    await system.serve(days.day(1));
    expect(await system.run('/updatedata', { datasets: loaded, force: 'full' })).toMatchObject({
      state: 'succeeded',
      error: null,
    });
    await expectAllPublished(pool, days.day(1), loaded);
    const rated = await valuesOf(
      'select count(*)::int from imdb.title_basics join imdb.title_ratings using (tconst)',
    );
    expect(await valuesOf('select count(*)::int from mine.rated')).toEqual(rated);
    expect(await valuesOf('select count(*)::int from mine.best')).toEqual(
      await valuesOf(
        'select count(*)::int from imdb.title_ratings join imdb.title_basics using (tconst) where average_rating > 6',
      ),
    );
    expect(
      await valuesOf(`select reloptions from pg_class where oid = 'mine.rated'::regclass`),
    ).toEqual([['security_barrier=true']]);
    expect(await valuesOf(`select indexdef from pg_indexes where indexname = 'my_index'`)).toEqual([
      'CREATE INDEX my_index ON imdb.title_basics USING btree (lower(primary_title)) WHERE (start_year > 1990)',
    ]);
    expect(
      await valuesOf(`select has_table_privilege('pg_monitor', 'imdb.title_basics', 'select')`),
    ).toEqual([true]);
    expect(
      await valuesOf(
        `select has_column_privilege('pg_monitor', 'imdb.title_ratings', 'num_votes', 'update')`,
      ),
    ).toEqual([true]);
  });

  it('loses no user-defined additions to a table', async () => {
    const additions = [
      [
        'alter table imdb.title_ratings add check (num_votes >= 0)',
        'constraint title_ratings_num_votes_check of imdb.title_ratings',
      ],
      [
        'create statistics mine on average_rating, num_votes from imdb.title_ratings',
        'statistics mine of imdb.title_ratings',
      ],
      [
        'alter table imdb.title_ratings enable row level security',
        'row level security of imdb.title_ratings',
      ],
      [
        'create policy mine on imdb.title_ratings using (true)',
        'policy mine of imdb.title_ratings',
      ],
      [
        `create function f() returns trigger language plpgsql as 'begin return new; end'; create trigger mine before insert on imdb.title_ratings for each row execute function f()`,
        'trigger mine',
      ],
      [
        'alter table imdb.title_ratings add column mine text',
        'a column mine of imdb.title_ratings',
      ],
    ] as const;
    for (const [statement] of additions) await system.query(statement);
    const run = await system.run('/run-loader', { datasets, force: 'full' });
    expect(run).toMatchObject({ state: 'failed', error: { code: 'dependents' } });
    for (const [, what] of additions) expect(run.error?.message).toContain(what);
  });

  it('names an unknown dependency of a table that prevents it, and leaves the table alone', async () => {
    const { pool } = system.database;
    await pool.query(`create materialized view my_copy as select * from imdb.title_ratings`);
    await system.serve(days.day(1));
    const run = await system.run('/updatedata', { datasets, force: 'full' });
    expect(run).toMatchObject({ state: 'failed', error: { code: 'dependents' } });
    expect(run.error?.message).toContain('materialized view public.my_copy');
    await expectPublished(pool, 'title.ratings', days.day(0));
    expect(await valuesOf(`select count(*) > 0 from my_copy`)).toEqual([true]);
  });

  it('is atomic for readers: they see the old day before it, the new one after', async () => {
    const loaded = ['title.basics', 'title.crew', 'name.basics'] as const;
    const counts = async () => {
      const [three] = await valuesOf(
        `select (select count(*) from imdb.title_basics) || ' ' || (select count(*) from imdb.title_crew) || ' ' || (select count(*) from imdb.name_basics)`,
      );
      return String(three);
    };
    const before = await counts();
    await system.serve(days.day(1));
    const id = await system.start('/updatedata', { datasets: loaded, force: 'full' });
    const seen = new Set<string>();
    for (let state = 'running'; state === 'running';) {
      seen.add(await counts());
      state = ((await system.ask('GET', `/runs/${id}`)).body as { state: string }).state;
    }
    const after = await counts();
    expect(after).not.toBe(before);
    expect([...seen].filter((three) => three !== before && three !== after)).toEqual([]);
    await expectAllPublished(system.database.pool, days.day(1), loaded);
  });
});

describe('watching a run', () => {
  useSystem(() => ({ published: days }), system);

  /**
   * Watches a run as browsers do.
   *
   * @returns after the stream closed: the number of connections, and the received states
   */
  async function listen(url: string): Promise<{ opened: number; states: string[] }> {
    const source = new EventSource(url);
    const states: string[] = [];
    let opened = 0;
    source.addEventListener('open', () => opened++);
    source.addEventListener('run', (event) => {
      const { data } = event as Event & { data: string };
      states.push((JSON.parse(data) as { state: string }).state);
    });
    await expect.poll(() => source.readyState, { timeout: 30_000 }).toBe(EventSource.CLOSED);
    return { opened, states };
  }

  it(
    'ends a standard EventSource after the last event, of a running and of an ended run',
    { tags: ['long'] },
    async () => {
      const { id: ended } = await system.run('/run-downloader', { datasets: ['title.ratings'] });
      const going = await system.start('/updatedata', { force: 'full' });
      const [late, whole] = await Promise.all(
        [ended, going].map(async (id) => listen(`${system.apiUrl}/runs/${id}/events`)),
      );
      expect(late).toEqual({ opened: 1, states: ['succeeded'] });
      expect(whole?.opened).toBe(1);
      expect(whole?.states[0]).toBe('running');
      expect(whole?.states.filter((state) => state !== 'running')).toEqual(['succeeded']);
    },
  );

  it('answers 204 if the client has the last event, otherwise the last event', async () => {
    const { id } = await system.run('/run-downloader', { datasets: ['title.ratings'] });
    const again = async (lastEventId: string, path = id) =>
      fetch(`${system.apiUrl}/runs/${path}/events`, { headers: { 'last-event-id': lastEventId } });
    const last = await (await again('1')).text();
    expect(last).toContain('"state":"succeeded"');
    const [, sent = ''] = /^id: (.*)$/mu.exec(last) ?? [];
    const ended = await again(sent);
    expect([ended.status, await ended.text()]).toEqual([204, '']);
    expect((await again(sent, '0199aaaa-0000-7000-8000-000000000000')).status).toBe(404);
    // not for a running run
    const going = await system.start('/updatedata', { force: 'full' });
    const response = await again(sent, going);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('"state":"running"');
  });
});
