import { roleUrl, type DatabaseClient } from '@marquee/postgres';
import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { createTestDatabase } from '@marquee/catalogue/testing';
import { expectAllPublished } from './expect-published.ts';
import { useDays } from './sample-days.ts';
import { setUpRoles, useSharedSystem } from './system.ts';

const days = useDays({ titles: 1000, days: 2 });
const system = useSharedSystem(() => ({ published: days, roles: true }));

/** The rows of a statement, run in a session of a role. @throws DatabaseError */
async function as(client: DatabaseClient, statement: string): Promise<Record<string, unknown>[]> {
  return onUrl(roleUrl(system.database.url, client), statement);
}

async function onUrl(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const connection = new Client({ connectionString: url });
  await connection.connect();
  try {
    return (await connection.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await connection.end();
  }
}

const VIEWS = ['movie', 'series', 'episode_full', 'person_credit', 'title_genre'];

/** The number of rows that a reader gets of each table and view, without naming a schema. */
async function readAll(): Promise<Record<string, number>> {
  const names = await as(
    'reader',
    `select relname as name from pg_class where pg_table_is_visible(oid) and relnamespace = 'imdb'::regnamespace and relkind in ('r', 'v') order by 1`,
  );
  const counts = names.map(async ({ name }) => {
    const [row] = await as('reader', `select count(*)::int as n from ${String(name)}`);
    return [String(name), Number(row?.['n'])] as const;
  });
  return Object.fromEntries(await Promise.all(counts));
}

describe('each process with its own role', () => {
  it(
    'refreshes and loads in full what a superuser has published; a reader sees every table and view each time',
    { tags: ['long'] },
    async () => {
      const first = await readAll();
      expect(Object.keys(first)).toEqual(expect.arrayContaining([...VIEWS, 'title_basics']));
      expect(Object.values(first).every((rows) => rows > 0)).toBe(true);
      await as('loader', 'create index mine on imdb.title_basics (lower(primary_title))');
      await as(
        'loader',
        'create schema mine; create view mine.rated as select * from imdb.movie where num_votes > 0',
      );
      const refresh = await system.update(days.day(1));
      expect(refresh.state).toBe('succeeded');
      await system.tidied();
      const refreshed = await readAll();
      const full = await system.update(days.day(1), { force: 'full' });
      expect(full).toMatchObject({ state: 'succeeded', error: null });
      await system.tidied();
      await expectAllPublished(system.database.pool, days.day(1));
      expect(await readAll()).toEqual(refreshed);
      expect(await as('reader', 'select count(*) > 0 as n from mine.rated')).toEqual([{ n: true }]);
      expect(
        await as('reader', `select indexname from pg_indexes where indexname = 'mine'`),
      ).toHaveLength(1);
      const { items } = (await system.get('/events?type=run.ended')) as { items: unknown[] };
      expect(items.slice(-2)).toMatchObject([{ subject: refresh.id }, { subject: full.id }]);
      expect((await system.ask('GET', '/disk')).body).toMatchObject({
        freeBytes: expect.any(Number) as number,
      });
    },
  );

  it.each<[DatabaseClient, string]>([
    ['reader', 'select from access.key'],
    ['reader', 'select secret from access.webhook'],
    ['reader', 'select from events.sink'],
    ['reader', 'select from bullmq.job'],
    ['reader', 'select from search.title'],
    ['reader', 'select from pg_authid'],
    ['reader', 'set transaction_read_only = off; delete from imdb.title_ratings'],
    ['reader', 'set transaction_read_only = off; delete from ingest.run'],
    ['reader', 'set transaction_read_only = off; create table public.mine ()'],
    ['reader', 'set transaction_read_only = off; create temp table mine ()'],
    ['reader', 'select server.free_disk_bytes()'],
    ['api', 'delete from imdb.title_ratings'],
    ['api', 'truncate imdb.title_basics'],
    ['api', 'drop view imdb.movie'],
    ['api', 'update ingest.data_control set rows = 0'],
    ['api', 'delete from search.title'],
    ['api', 'create schema mine_too'],
    ['api', 'update sources.record set raw = $${}$$'],
    ['api', 'delete from sources.match'],
    ['api', 'delete from movies.movie'],
    ['api', 'delete from movies.change'],
    ['api', 'update movies.redirect set movie = id'],
    ['extractor', 'select from access.key'],
    ['extractor', 'select from imdb.title_basics'],
    ['extractor', 'select from movies.lock'],
    ['extractor', 'delete from movies.movie'],
    ['extractor', 'update ingest.run set state = state'],
    ['aggregator', 'select from access.key'],
    ['aggregator', 'delete from imdb.title_ratings'],
    ['aggregator', 'delete from search.title'],
    ['aggregator', 'update ingest.run set state = state'],
    ['reader', 'set transaction_read_only = off; delete from movies.lock'],
    ['reader', 'set transaction_read_only = off; delete from sources.decision'],
    ['reader', `select nextval('movies.change_id_seq')`],
    ['loader', 'select from access.key'],
    ['loader', 'insert into access.audit (method, path) values ($$GET$$, $$/$$)'],
    ['loader', 'delete from events.event'],
    ['loader', 'create role another'],
    ['loader', 'copy (select 1) to program $$cat$$'],
    ['downloader', 'select from imdb.title_basics'],
    ['downloader', 'select from ingest.run'],
    ['downloader', 'select from access.key'],
  ])('the %s may not: %s', async (client, statement) => {
    await expect(as(client, statement)).rejects.toMatchObject({ code: '42501' });
  });

  it('gives readers sessions that write nothing by mistake and end long statements, and nobody is a superuser', async () => {
    await expect(as('reader', 'create table mine ()')).rejects.toMatchObject({ code: '25006' });
    expect(
      await as(
        'reader',
        `select current_setting('statement_timeout') as t, current_setting('search_path') as p`,
      ),
    ).toEqual([{ t: '10min', p: 'imdb, public' }]);
    const roles = await system.query(
      `select rolname from pg_roles where rolname like 'marquee\\_%' and (rolsuper or rolcreaterole or rolcreatedb or rolbypassrls)`,
    );
    expect(roles).toEqual([]);
  });
});

it('takes over a database that its superuser owns, with all that is in it', async () => {
  const database = await createTestDatabase();
  try {
    await database.pool.query(
      `create schema mine; create view mine.years as select distinct start_year from imdb.title_basics; create table mine.seen (tconst text); create table public.notes (tconst text)`,
    );
    for (let times = 0; times < 2; times++) await setUpRoles(database.url);
    const { rows } = await database.pool.query<{ owner: string; name: string }>(
      `select c.relowner::regrole::text as owner, string_agg(distinct n.nspname, ' ' order by n.nspname) as name
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'p', 'v', 'S') and n.nspname !~ '^(pg_|information)' group by 1 order by 1`,
    );
    expect(rows).toEqual([
      { owner: 'marquee_loader', name: 'imdb ingest mine public search' },
      { owner: 'marquee_owner', name: 'access bullmq events movies sources' },
    ]);
    for (const name of ['mine.seen', 'mine.years', 'notes'])
      expect(await onUrl(roleUrl(database.url, 'reader'), `select from ${name}`)).toEqual([]);
    const loader = roleUrl(database.url, 'loader');
    await onUrl(
      loader,
      'create or replace view mine.years as select distinct start_year from imdb.title_basics',
    );
    const superusers = await database.pool.query(
      `select p.oid::regprocedure from pg_proc p join pg_roles r on r.oid = p.proowner
       where p.prosecdef and r.rolsuper and p.pronamespace::regnamespace::text !~ '^(pg_|information|server)'`,
    );
    expect(superusers.rows).toEqual([]);
  } finally {
    await database.remove();
  }
});
