import { useTestDatabase } from '@marquee/catalogue/testing';
import type { SourceRecord } from '@marquee/contract';
import { describe, expect, it } from 'vitest';
import { countMatched } from './count-matches.ts';
import { markRecordsOfTitles } from './mark-records.ts';
import { MATCHER_LOCK } from './match-pending.ts';
import { ownMovieOf } from './records.ts';
import { deliver, matchAll, pend, publishTitles, remove, type TestRecord } from './testing.ts';

const database = useTestDatabase();

const record = (source: string, id: string, fields: SourceRecord): TestRecord => ({
  source,
  id,
  record: fields,
});
const own = (source: string, id: string) => ownMovieOf({ source, id });

async function pendingMovies(): Promise<string[]> {
  const { rows } = await database.pool.query<{ movie: string }>(
    'delete from movies.pending returning movie',
  );
  return rows.map(({ movie }) => movie).sort();
}

async function redirects(): Promise<Record<string, string>> {
  const { rows } = await database.pool.query<{ id: string; movie: string }>(
    'select id, movie from movies.redirect order by id',
  );
  return Object.fromEntries(rows.map(({ id, movie }) => [id, movie]));
}

async function decide(source: string, id: string, kind: string, movie?: string): Promise<string> {
  const { rows } = await database.pool.query<{ id: string }>(
    `insert into sources.decision (source, record_id, kind, movie, decided_by) values ($1, $2, $3, $4, 'ada') returning id`,
    [source, id, kind, movie ?? null],
  );
  await pend(database.pool, source, id);
  return rows[0]?.id ?? '';
}

async function undo(decision: string): Promise<void> {
  const { rows } = await database.pool.query<{ source: string; record_id: string }>(
    `update sources.decision set undone_at = now(), undone_by = 'ada' where id = $1 returning source, record_id`,
    [decision],
  );
  for (const row of rows) await pend(database.pool, row.source, row.record_id);
}

describe('films of two sources', () => {
  it('are one movie by title and year, which the smaller record founds', async () => {
    const { pool } = database;
    await deliver(pool, [
      record('beta', '1', { title: 'The Glass Harbour', year: 1985 }),
      record('alpha', '7', { title: 'Glass Harbor, The (1985)' }),
      record('alpha', '8', { title: 'Quite Another Film', year: 1985 }),
    ]);
    expect(await matchAll(pool)).toEqual({
      'alpha/7': [own('alpha', '7'), 'matched', null],
      'alpha/8': [own('alpha', '8'), 'unmatched', 'no-candidate'],
      'beta/1': [own('alpha', '7'), 'matched', null],
    });
    const { rows } = await pool.query(
      `select source, record_id as id from sources.record_key where starts_with(key, 'group:') order by 1`,
    );
    // one that is alone has nobody to be found with
    expect(rows).toEqual([
      { source: 'alpha', id: '7' },
      { source: 'beta', id: '1' },
    ]);
    expect(await pendingMovies()).toEqual([own('alpha', '7'), own('alpha', '8')].sort());
  });

  it('are told apart by year where remakes have one name', async () => {
    const { pool } = database;
    await publishTitles(pool, [
      { id: 'tt0000001', title: 'The Long Winter', year: 1977 },
      { id: 'tt0000002', title: 'The Long Winter', year: 1999 },
    ]);
    await deliver(pool, [
      record('alpha', '1', { title: 'The Long Winter', year: 1977 }),
      record('alpha', '2', { title: 'Long Winter, The', year: 1999 }),
      record('beta', '1', { title: 'The Long Winter', releaseDate: '1999-05-04' }),
    ]);
    expect(await matchAll(pool)).toEqual({
      'alpha/1': ['tt0000001', 'matched', null],
      'alpha/2': ['tt0000002', 'matched', null],
      'beta/1': ['tt0000002', 'matched', null],
    });
  });

  it('are told apart by the number of a sequel, however it is written', async () => {
    const { pool } = database;
    await deliver(pool, [
      record('alpha', '1', { title: 'Night Riders', year: 1990 }),
      record('alpha', '2', { title: 'Night Riders II', year: 1990 }),
      record('beta', '1', { title: 'Night Riders 2', year: 1990 }),
      record('beta', '2', { title: 'Night Riders Part Three', year: 1990 }),
    ]);
    const found = await matchAll(pool);
    expect(found['alpha/2']?.[0]).toBe(found['beta/1']?.[0]);
    expect(new Set(Object.values(found).map(([movie]) => movie)).size).toBe(3);
  });

  it('match by another name, a subtitle, and a spelling', async () => {
    const { pool } = database;
    await publishTitles(pool, [
      { id: 'tt0000001', title: 'Der Komet', year: 1999, akas: ['The Comet'] },
      { id: 'tt0000002', title: 'Ember: The Last Chronicle', year: 2001 },
      { id: 'tt0000003', title: 'Lanterns of Quietude', year: 2003 },
    ]);
    await deliver(pool, [
      record('alpha', '1', { title: 'The Comet', year: 1999 }),
      record('alpha', '2', { title: 'Ember', year: 2001 }),
      record('alpha', '3', { title: 'Lanterns of Quietude', year: 2003 }),
      record('beta', '3', { title: 'Lanterns of Quitude', year: 2003 }),
    ]);
    const found = await matchAll(pool);
    expect(found['alpha/1']?.[0]).toBe('tt0000001');
    expect(found['alpha/3']?.[0]).toBe('tt0000003');
    expect(found['beta/3']?.[0]).toBe('tt0000003');
  });

  it('of one source stay two movies, and the one that is not the best is for a person', async () => {
    const { pool } = database;
    await publishTitles(pool, [
      { id: 'tt0000001', title: 'Paper Moons', year: 1995, runtime: 100 },
    ]);
    await deliver(pool, [
      record('alpha', '1', { title: 'Paper Moons', year: 1995, runtimeMinutes: 100 }),
      record('alpha', '2', { title: 'Paper Moons', year: 1996 }),
    ]);
    expect(await matchAll(pool)).toEqual({
      'alpha/1': ['tt0000001', 'matched', null],
      'alpha/2': [own('alpha', '2'), 'doubtful', 'taken'],
    });
  });

  it('without a title match by director, date and runtime', async () => {
    const { pool } = database;
    const people = [{ name: 'Ada Winter', role: 'director' as const, imdb: null }];
    await deliver(pool, [
      record('alpha', '1', {
        title: 'Salt',
        releaseDate: '1992-03-04',
        runtimeMinutes: 97,
        people,
      }),
      record('alpha', '2', {
        title: 'Pepper',
        releaseDate: '1992-10-04',
        runtimeMinutes: 120,
        people,
      }),
      record('beta', 'x', { releaseDate: '1992-03-04', runtimeMinutes: 97, people }),
      record('beta', 'y', { releaseDate: '1950-03-04', runtimeMinutes: 97 }),
    ]);
    const found = await matchAll(pool);
    expect(found['beta/x']).toEqual([own('alpha', '1'), 'matched', null]);
    expect(found['beta/y']).toEqual([own('beta', 'y'), 'unmatched', 'no-title']);
  });
});

describe('given ids', () => {
  it('are final, whatever the titles are', async () => {
    const { pool } = database;
    await publishTitles(pool, [
      { id: 'tt0000001', title: 'One Name', year: 1990 },
      { id: 'tt0000002', title: 'Another Name', year: 1991 },
    ]);
    await deliver(pool, [
      record('alpha', '1', { title: 'Another Name', year: 1991, ids: { imdb: 'tt0000001' } }),
      record('alpha', '2', {
        title: 'One Name',
        year: 1990,
        ids: { imdb: 'tt0000002', tmdb: '5' },
      }),
      record('beta', '5', { title: 'Third Name', year: 1950, ids: { tmdb: '5' } }),
    ]);
    expect(await matchAll(pool)).toEqual({
      'alpha/1': ['tt0000001', 'matched', null],
      'alpha/2': ['tt0000002', 'matched', null],
      'beta/5': ['tt0000002', 'matched', null],
    });
  });

  it('that disagree are a conflict, and the movies stay apart', async () => {
    const { pool } = database;
    await publishTitles(pool, [
      { id: 'tt0000001', title: 'One Name', year: 1990 },
      { id: 'tt0000002', title: 'One Name', year: 1990 },
    ]);
    await deliver(pool, [
      record('alpha', '1', {
        title: 'One Name',
        year: 1990,
        ids: { imdb: 'tt0000001', tmdb: '5' },
      }),
      record('beta', '1', { title: 'One Name', year: 1990, ids: { imdb: 'tt0000002', tmdb: '5' } }),
    ]);
    expect(await matchAll(pool)).toEqual({
      'alpha/1': ['tt0000001', 'conflict', 'ids-disagree'],
      'beta/1': ['tt0000002', 'conflict', 'ids-disagree'],
    });
    const { rows } = await pool.query<{ candidates: { movie: string }[] }>(
      'select candidates from sources.match order by source',
    );
    expect(rows.map(({ candidates }) => candidates.map(({ movie }) => movie))).toEqual([
      ['tt0000002'],
      ['tt0000001'],
    ]);
  });

  it('shared by two records of one source make them one movie', async () => {
    const { pool } = database;
    await publishTitles(pool, [{ id: 'tt0000001', title: 'One Name', year: 1990 }]);
    await deliver(pool, [
      record('alpha', '1', {
        title: 'One Name',
        year: 1990,
        ids: { imdb: 'tt0000001', alpha: '1' },
      }),
      record('alpha', '2', {
        title: 'One Nmae',
        year: 1990,
        ids: { imdb: 'tt0000001', alpha: '2' },
      }),
    ]);
    expect(Object.values(await matchAll(pool))).toEqual([
      ['tt0000001', 'matched', null],
      ['tt0000001', 'matched', null],
    ]);
  });

  it('that IMDb no longer has lead to the title that took over', async () => {
    const { pool } = database;
    await publishTitles(pool, [{ id: 'tt0000001', title: 'Merged Film', year: 1990 }]);
    await deliver(pool, [
      record('alpha', '1', { title: 'Merged Film', year: 1990, ids: { imdb: 'tt0000001' } }),
    ]);
    expect(await matchAll(pool)).toEqual({ 'alpha/1': ['tt0000001', 'matched', null] });
    await pool.query('delete from imdb.title_basics; delete from search.title_text');
    await publishTitles(pool, [{ id: 'tt0000009', title: 'Merged Film', year: 1990 }]);
    await pend(pool, 'alpha', '1');
    expect(await matchAll(pool)).toEqual({ 'alpha/1': ['tt0000009', 'matched', null] });
    expect(await redirects()).toEqual({ tt0000001: 'tt0000009' });
    await pool.query('delete from imdb.title_basics');
    await pend(pool, 'alpha', '1');
    expect(await matchAll(pool)).toEqual({
      'alpha/1': [own('alpha', '1'), 'unmatched', 'no-candidate'],
    });
  });
});

describe('a change', () => {
  it('of a title takes the record out of its movie, and back', async () => {
    const { pool } = database;
    const [alpha, beta] = [own('alpha', '1'), own('beta', '1')];
    await deliver(pool, [
      record('alpha', '1', { title: 'Common Ground', year: 2000 }),
      record('beta', '1', { title: 'Common Ground', year: 2000 }),
    ]);
    await matchAll(pool);
    await pendingMovies();
    await deliver(pool, [record('alpha', '1', { title: 'Uncommon Sky', year: 2005 })]);
    expect(await matchAll(pool)).toEqual({
      'alpha/1': [alpha, 'unmatched', 'no-candidate'],
      'beta/1': [beta, 'unmatched', 'no-candidate'],
    });
    expect(await pendingMovies()).toEqual([alpha, beta].sort());
    await deliver(pool, [record('alpha', '1', { title: 'Common Ground', year: 2000 })]);
    expect((await matchAll(pool))['beta/1']).toEqual([alpha, 'matched', null]);
  });

  it('that removes the founder hands its movie on', async () => {
    const { pool } = database;
    await deliver(pool, [
      record('alpha', '1', { title: 'Common Ground', year: 2000 }),
      record('beta', '1', { title: 'Common Ground', year: 2000 }),
    ]);
    await matchAll(pool);
    await pendingMovies();
    await remove(pool, 'alpha', '1');
    expect(await matchAll(pool)).toEqual({
      'beta/1': [own('beta', '1'), 'unmatched', 'no-candidate'],
    });
    expect(await pendingMovies()).toEqual([own('alpha', '1'), own('beta', '1')].sort());
    const { rows } = await pool.query(`select from sources.record_key where source = 'alpha'`);
    expect(rows).toHaveLength(0);
  });

  it('frees a title for the record that came second', async () => {
    const { pool } = database;
    await publishTitles(pool, [{ id: 'tt0000001', title: 'Paper Moons', year: 1995 }]);
    await deliver(pool, [
      record('alpha', '1', { title: 'Paper Moons', year: 1995 }),
      record('alpha', '2', { title: 'Paper Moons', year: 1996 }),
    ]);
    expect((await matchAll(pool))['alpha/2']?.[1]).toBe('doubtful');
    await remove(pool, 'alpha', '1');
    expect((await matchAll(pool))['alpha/2']).toEqual(['tt0000001', 'matched', null]);
  });

  it('of a title of IMDb concerns the records with its names, and those that it was near', async () => {
    const { pool } = database;
    await publishTitles(pool, [{ id: 'tt0000001', title: 'Paper Moons', year: 1995 }]);
    await deliver(pool, [
      record('alpha', '1', { title: 'Paper Moons', year: 1995 }),
      record('alpha', '2', { title: 'Der Komet', year: 1999 }),
      record('alpha', '3', { title: 'Quite Another Film', year: 1999 }),
    ]);
    await matchAll(pool);
    await pool.query('delete from imdb.title_basics; delete from search.title_text');
    await publishTitles(pool, [
      { id: 'tt0000002', title: 'The Comet', year: 1999, akas: ['Der Komet'] },
    ]);
    await pool.query(
      `insert into imdb.title_akas (title_id, ordering, title) values ('tt0000002', 1, 'Der Komet')`,
    );
    const client = await pool.connect();
    await markRecordsOfTitles(client, ['tt0000001', 'tt0000002']);
    client.release();
    const { rows } = await pool.query('select record_id from sources.pending order by 1');
    expect(rows).toEqual([{ record_id: '1' }, { record_id: '2' }]);
    expect(await matchAll(pool)).toMatchObject({
      'alpha/1': [own('alpha', '1'), 'unmatched', 'no-candidate'],
      'alpha/2': ['tt0000002', 'matched', null],
    });
  });

  it('that another transaction is marking again is left to the next call', async () => {
    const { pool } = database;
    await deliver(pool, [
      record('alpha', '1', { title: 'Common Ground', year: 2000 }),
      record('beta', '1', { title: 'Uncommon Sky', year: 2005 }),
    ]);
    const extraction = await pool.connect();
    await extraction.query('begin');
    await extraction.query(`update sources.pending set since = now() where source = 'beta'`);
    expect(Object.keys(await matchAll(pool))).toEqual(['alpha/1']);
    await extraction.query('commit');
    extraction.release();
    expect(Object.keys(await matchAll(pool))).toEqual(['alpha/1', 'beta/1']);
  });

  it('is counted after its match, also if the process died in between', async () => {
    const { pool } = database;
    const counts = async () => {
      const { rows } = await pool.query<{ source: string; deliveries: object; isCurrent: boolean }>(
        `select deliveries, is_current as "isCurrent" from sources.match_count where source = 'alpha'`,
      );
      return rows.map(({ deliveries, isCurrent }) => [Object.values(deliveries), isCurrent]);
    };
    await deliver(pool, [record('alpha', '1', { title: 'Common Ground', year: 2000 })]);
    await matchAll(pool);
    await countMatched(pool);
    expect(await counts()).toEqual([[[{ unmatched: 1 }], true]]);
    await deliver(pool, [record('alpha', '2', { title: 'Uncommon Sky', year: 2005 })]);
    await matchAll(pool);
    expect(await counts()).toEqual([[[{ unmatched: 1 }], false]]);
    await countMatched(pool);
    expect(await counts()).toEqual([[[{ unmatched: 2 }], true]]);
  });

  it('that comes while others are matched is found by those that come with it', async () => {
    const { pool } = database;
    await deliver(pool, [record('alpha', '1', { title: 'Common Ground', year: 2000 })]);
    const other = await pool.connect();
    await other.query('select pg_advisory_lock($1::bigint)', [MATCHER_LOCK]);
    const matched = matchAll(pool);
    await expect
      .poll(async () => {
        const { rows } = await pool.query(
          `select from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())`,
        );
        return rows.length;
      })
      .toBe(1);
    await deliver(pool, [
      record('beta', '1', { title: 'Uncommon Sky', year: 2005 }),
      record('gamma', '1', { title: 'Uncommon Sky', year: 2005 }),
    ]);
    await other.query('select pg_advisory_unlock($1::bigint)', [MATCHER_LOCK]);
    other.release();
    expect(await matched).toMatchObject({
      'beta/1': [own('beta', '1'), 'matched', null],
      'gamma/1': [own('beta', '1'), 'matched', null],
    });
  });

  it('of nothing writes nothing', async () => {
    const { pool } = database;
    await deliver(pool, [
      record('alpha', '1', { title: 'Common Ground', year: 2000 }),
      record('beta', '1', { title: 'Common Ground', year: 2000 }),
    ]);
    await matchAll(pool);
    const before = await pool.query('select xmin, * from sources.match order by source');
    await pend(pool, 'beta', '1');
    await matchAll(pool);
    const after = await pool.query('select xmin, * from sources.match order by source');
    expect(after.rows).toEqual(before.rows);
  });
});

describe('a decision', () => {
  it('joins a doubtful record to a movie, and undone, takes it out again', async () => {
    const { pool } = database;
    await publishTitles(pool, [
      { id: 'tt0000001', title: 'The Twins', year: 2001 },
      { id: 'tt0000002', title: 'The Twins', year: 2001 },
    ]);
    await deliver(pool, [record('alpha', '1', { title: 'The Twins', year: 2001 })]);
    const doubtful = { 'alpha/1': [own('alpha', '1'), 'doubtful', 'ambiguous'] };
    expect(await matchAll(pool)).toEqual(doubtful);
    const { rows } = await pool.query<{ candidates: { movie: string; title: string }[] }>(
      'select candidates from sources.match',
    );
    expect(rows[0]?.candidates.map(({ movie, title }) => [movie, title])).toEqual([
      ['tt0000001', 'The Twins'],
      ['tt0000002', 'The Twins'],
    ]);
    const decision = await decide('alpha', '1', 'same', 'tt0000002');
    expect(await matchAll(pool)).toEqual({ 'alpha/1': ['tt0000002', 'matched', null] });
    await undo(decision);
    expect(await matchAll(pool)).toEqual(doubtful);
  });

  it('takes records apart for good, by what they are not', async () => {
    const { pool } = database;
    const both = ['alpha', 'beta'].map((source) =>
      record(source, '1', { title: 'Common Ground', year: 2000 }),
    );
    await deliver(pool, both);
    await matchAll(pool);
    await decide('beta', '1', 'different', own('alpha', '1'));
    const found = await matchAll(pool);
    expect(found['beta/1']?.[0]).toBe(own('beta', '1'));
    await deliver(pool, both);
    expect(await matchAll(pool)).toEqual(found);
  });

  it('overrules given ids, and one of none leaves the record alone', async () => {
    const { pool } = database;
    await publishTitles(pool, [
      { id: 'tt0000001', title: 'One Name', year: 1990 },
      { id: 'tt0000002', title: 'Another Name', year: 1991 },
    ]);
    await deliver(pool, [
      record('alpha', '1', { title: 'One Name', year: 1990, ids: { imdb: 'tt0000001' } }),
    ]);
    await matchAll(pool);
    await decide('alpha', '1', 'same', 'tt0000002');
    expect(await matchAll(pool)).toEqual({ 'alpha/1': ['tt0000002', 'matched', null] });
    await decide('alpha', '1', 'none');
    expect(await matchAll(pool)).toEqual({
      'alpha/1': [own('alpha', '1'), 'unmatched', 'decided'],
    });
  });
});
