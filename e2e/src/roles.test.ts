import { CLIENTS, roleUrl, type DatabaseClient } from '@marquee/postgres';
import type { Logger } from '@marquee/process';
import { checkConnections, countProcesses, RunQueue } from '@marquee/runs';
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
    ['api', 'delete from access.audit'],
    ['api', 'truncate access.audit'],
    ['api', 'update access.audit set at = now()'],
    ['api', 'update access.audit set status = 200, path = $$/$$'],
    ['api', 'alter table access.audit disable trigger all'],
    ['extractor', 'select from access.key'],
    ['extractor', 'delete from sources.decision'],
    ['extractor', 'delete from sources.match'],
    ['extractor', 'delete from sources.source'],
    ['aggregator', 'delete from sources.source'],
    ['aggregator', 'update sources.decision set kind = kind'],
    ['aggregator', 'delete from sources.record'],
    ['aggregator', 'delete from movies.rule'],
    ['aggregator', 'delete from movies.picture'],
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

  it('lets the API add entries to the audit log, and their ends', async () => {
    const { status } = await system.ask('POST', '/run-downloader', { dataset: 'none' });
    expect(status).toBe(400);
    const newest = 'select method, path, status from access.audit order by id desc limit 1';
    // the end is written once the answer is sent
    await expect
      .poll(async () => as('api', newest))
      .toEqual([{ method: 'POST', path: '/run-downloader', status }]);
  });

  it.each(CLIENTS)('the %s may make no large object', async (client) => {
    for (const call of [
      'lo_creat(-1)',
      'lo_create(0)',
      `lo_from_bytea(0, 'x')`,
      `lo_put(1, 0, 'x')`,
      `lowrite(0, 'x')`,
    ])
      await expect(as(client, `select ${call}`), call).rejects.toMatchObject({ code: '42501' });
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

describe('a second login', () => {
  it('acts as the first from its start on, with the settings of the first', async () => {
    for (const client of CLIENTS) {
      await system.query(`alter role marquee_${client}_2 password 'second'`);
      const url = new URL(system.database.url);
      url.username = `marquee_${client}_2`;
      url.password = 'second';
      const settings = `select current_user as role, array(
        select format('%s=%s', name, setting) from pg_settings where source in ('database user', 'user') and name <> 'role' order by 1) as settings`;
      const [second] = await onUrl(url.href, settings);
      expect(second, client).toEqual((await as(client, settings))[0]);
      await system.query(`alter role marquee_${client}_2 password null`);
    }
  });

  it('and every other role has no more in the database than it needs', async () => {
    const rights = await system.query(
      `select has_database_privilege('public', current_database(), 'connect') as connect,
         has_database_privilege('public', current_database(), 'temporary') as temporary,
         has_database_privilege('public', current_database(), 'create') as "create",
         has_schema_privilege('public', 'public', 'create') as "createInPublic"`,
    );
    expect(rights).toEqual([
      { connect: false, temporary: false, create: false, createInPublic: false },
    ]);
    // tables whose rows every role may read or change, beside PostgreSQL's own
    const tables = await system.query(
      `select c.oid::regclass::text from pg_class c, aclexplode(c.relacl) as acl
       where acl.grantee = 0 and c.relnamespace::regnamespace::text !~ '^(pg_|information)'`,
    );
    expect(tables).toEqual([]);
  });
});

describe('the roles of the processes', () => {
  it('may run no program, and read and write no file of the machine', async () => {
    const rights = await system.query(
      `select r.rolname as role, array_agg(p.rolname::text order by p.rolname) as rights
       from pg_roles r join pg_roles p on pg_has_role(r.oid, p.oid, 'member') and p.oid <> r.oid
       where r.rolname like 'marquee\\_%' and p.rolname like 'pg\\_%'
       group by 1 order by 1`,
    );
    // pg_execute_server_program, pg_read_server_files and pg_write_server_files are nobody's
    expect(rights).toEqual([
      { role: 'marquee_loader', rights: ['pg_read_all_stats', 'pg_signal_backend'] },
      { role: 'marquee_loader_2', rights: ['pg_read_all_stats', 'pg_signal_backend'] },
      {
        role: 'marquee_owner',
        rights: ['pg_database_owner', 'pg_read_all_stats', 'pg_signal_backend'],
      },
    ]);
    const languages = await system.query(
      `select lanname from pg_language where lanpltrusted = false and lanname not in ('internal', 'c')`,
    );
    expect(languages).toEqual([]);
    for (const client of CLIENTS) {
      const [may] = await as(
        client,
        `select current_setting('is_superuser') as superuser,
           (select array_agg(oid::regprocedure::text order by 1) from pg_proc
            where has_function_privilege(oid, 'execute') and (
              proname in ('lo_import', 'lo_export', 'pg_read_file', 'pg_read_binary_file', 'pg_ls_dir', 'pg_stat_file', 'pg_file_write', 'pg_reload_conf')
              or prosecdef and proowner in (select oid from pg_roles where rolsuper)
            )) as functions`,
      );
      expect(may, client).toEqual({
        superuser: 'off',
        // runs df, and nothing that a caller chooses
        functions: ['api', 'loader'].includes(client) ? ['server.free_disk_bytes()'] : null,
      });
      await expect(as(client, `copy (select 1) to program 'cat'`)).rejects.toMatchObject({
        code: '42501',
      });
    }
  });

  it('are those that the processes connect as, whose number PostgreSQL has room for', async () => {
    const warned: string[] = [];
    const log = {
      warn: (...line: unknown[]) => warned.push(String(line.at(-1))),
    } as unknown as Logger;
    const url = (client: DatabaseClient) => roleUrl(system.database.url, client);
    const queue = new RunQueue(url('loader'), () => undefined);
    try {
      await queue.ready();
      const count = async () => countProcesses(system.database.pool, queue);
      await expect
        .poll(count)
        .toEqual({ api: 1, loader: 1, downloader: 1, extractor: 0, aggregator: 0 });
      const check = async (name: 'extractor' | 'api', databaseUrl = url(name)) =>
        checkConnections(name, { DATABASE_URL: databaseUrl, QUEUE_URL: url(name) }, queue, log);
      await check('extractor');
      expect(warned).toEqual([]);
      await check('api');
      await check('extractor', system.database.url);
      expect(warned).toEqual([
        expect.stringMatching(/2 × api, .* allows 197\..* Set max_connections/u),
        expect.stringContaining('as a superuser'),
      ]);
    } finally {
      await queue.close();
    }
  });
});

it('takes over a database that its superuser owns, with all that is in it', async () => {
  const database = await createTestDatabase();
  try {
    await database.pool.query(
      `create schema mine; create view mine.years as select distinct start_year from imdb.title_basics; create table mine.seen (tconst text); create table public.notes (tconst text)`,
    );
    for (let times = 0; times < 2; times++) {
      await setUpRoles(database.url);
      // as earlier versions have set it up
      if (times === 0)
        await database.pool.query(
          'grant execute on function lo_create(oid) to marquee_api; grant update, delete on access.audit to marquee_api',
        );
    }
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
    for (const statement of ['select lo_create(0)', 'delete from access.audit'])
      await expect(onUrl(roleUrl(database.url, 'api'), statement)).rejects.toMatchObject({
        code: '42501',
      });
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
