import { useTestDatabase } from '@marquee/catalogue/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { arePublishesFollowed, followPublishes } from './follow-publishes.ts';
import { areRulesFollowed, followRules } from './follow-rules.ts';
import { mergePending } from './merge-pending.ts';
import { addSources, give, moviesOf } from './test-records.ts';

const database = useTestDatabase();
const idle = new AbortController().signal;
const query = async (text: string, values: unknown[] = []) =>
  (await database.pool.query<Record<string, unknown>>(text, values)).rows;

beforeEach(async () => {
  await addSources(database.pool, 'films', 'box');
  await query(`
    insert into imdb.title_basics values
      ('tt0000001', 'movie', 'Comet', 'Comet', false, 1998, null, 104, '{Drama}'),
      ('tt0000002', 'movie', 'Winter', 'Winter', false, 1977, null, 90, '{Drama}');
    insert into imdb.name_basics values ('nm0000001', 'Ada Winter', 1931, null, '{}', '{}'), ('nm0000002', 'Bo Lind', null, null, '{}', '{}');
    insert into imdb.title_principals values ('tt0000001', 1, 'nm0000001', 'actress', null, '{}');
    insert into imdb.title_crew values ('tt0000002', '{nm0000002}', null)`);
  await give(
    database.pool,
    { source: 'films', id: '1', movie: 'tt0000001', content: { title: 'Comet', year: 1998 } },
    { source: 'films', id: '2', movie: 'tt0000002', content: { title: 'Winter', year: 1977 } },
    { source: 'box', id: '3', movie: 'mq3', content: { title: 'Lanterns', year: 1990 } },
  );
  await query(`
    insert into sources.record_key (key, source, record_id) values
      ('near:tt0000001', 'films', '1'), ('near:tt0000002', 'films', '2'), ('name:lanterns', 'box', '3')`);
  await followRules(database.pool);
  await followPublishes(database.pool, idle);
  await mergePending(database.pool, idle);
});

let runs = 0;

/** Publishes changed rows as a refresh does: dataset, key, before, after. */
async function publish(
  ...changes: [string, string, object | null, object | null][]
): Promise<void> {
  runs += 1;
  const run = `00000000-0000-4000-8000-${String(runs).padStart(12, '0')}`;
  const partition = `ingest.change_${run.replaceAll('-', '')}`;
  await query(`create table ${partition} partition of ingest.change for values in ('${run}')`);
  for (const [dataset, key, before, after] of changes)
    await query(
      `insert into ingest.change (run_id, dataset, kind, key, before, after) values ($1::uuid, $2::text, $3::text, $4::text, $5::jsonb, $6::jsonb)`,
      [
        run,
        dataset,
        before === null ? 'insert' : after === null ? 'delete' : 'update',
        key,
        before,
        after,
      ],
    );
  await notePublished(run, 'changes');
}

async function notePublished(run: string, kind: string, dataset = 'title.basics'): Promise<void> {
  await query(
    `insert into ingest.publication values (nextval('ingest.change_id'), $1::uuid, $2::text, $3::text, 0, 0, 0, 2, 's', now())`,
    [run, dataset, kind],
  );
}

const movies = async () =>
  (await query('select movie from movies.pending order by movie')).map(({ movie }) => movie);
const records = async () =>
  (await query('select record_id as id from sources.pending order by record_id')).map(
    ({ id }) => id,
  );
const follow = async () => {
  await followPublishes(database.pool, idle);
  expect(await arePublishesFollowed(database.pool)).toBe(true);
};

describe('a refresh marks', () => {
  it.each([
    [
      'the movie of a title with other votes',
      ['title.ratings', 'tt0000001', {}, {}],
      ['tt0000001'],
      [],
    ],
    [
      'the movie of a title with another cast',
      ['title.principals', 'tt0000001 1', {}, {}],
      ['tt0000001'],
      [],
    ],
    [
      'movie and record of a title with another name',
      ['title.akas', 'tt0000002 1', null, { title: 'W' }],
      ['tt0000002'],
      ['2'],
    ],
    [
      'movie and record of a title that has vanished',
      ['title.basics', 'tt0000001', {}, null],
      ['tt0000001'],
      ['1'],
    ],
    [
      'the movies of a person of the cast with another name',
      ['name.basics', 'nm0000001', { primary_name: 'A' }, { primary_name: 'B' }],
      ['tt0000001'],
      [],
    ],
    [
      'the movies of a director with another name',
      ['name.basics', 'nm0000002', null, { primary_name: 'B' }],
      ['tt0000002'],
      [],
    ],
    [
      'nothing for a person who has died',
      ['name.basics', 'nm0000001', { primary_name: 'A' }, { primary_name: 'A', death_year: 2020 }],
      [],
      [],
    ],
    [
      'nothing for titles that no other source tells of',
      ['title.ratings', 'tt0000009', {}, {}],
      [],
      [],
    ],
    ['nothing for episodes', ['title.episode', 'tt0000001', {}, {}], [], []],
  ] as [string, Parameters<typeof publish>[0], string[], string[]][])(
    '%s',
    async (_, change, ofMovies, ofRecords) => {
      await publish(change);
      expect(await arePublishesFollowed(database.pool)).toBe(false);
      await follow();
      expect(await movies()).toEqual(ofMovies);
      expect(await records()).toEqual(ofRecords);
    },
  );

  it('the records that have a name of a new title', async () => {
    await query(
      `insert into imdb.title_basics values ('tt0000005', 'movie', 'The Lanterns', 'The Lanterns', false, 1990, null, 90, '{}')`,
    );
    await publish(['title.basics', 'tt0000005', null, {}]);
    await follow();
    expect(await records()).toEqual(['3']);
    expect(await movies()).toEqual([]);
  });

  it('the movie of a title that IMDb has again', async () => {
    await query(`insert into movies.redirect values ('tt0000002', 'mq3')`);
    await query(`delete from movies.movie where id = 'tt0000002'`);
    await publish(['title.basics', 'tt0000002', null, {}]);
    await follow();
    expect(await movies()).toEqual(['tt0000002']);
  });

  it('records of titles behind more changes than are read at a time', async () => {
    const akas = Array.from({ length: 501 }, (_, n) => `tt0000001 ${n + 1}`);
    await publish(
      ...[...akas, 'tt0000002 1'].map((key): [string, string, null, object] => [
        'title.akas',
        key,
        null,
        { title: 'Another Name' },
      ]),
    );
    await follow();
    expect(await records()).toEqual(['1', '2']);
  });

  it('what several publishes have touched since the last look', async () => {
    await publish(['title.ratings', 'tt0000001', {}, {}]);
    await publish(['title.ratings', 'tt0000002', {}, {}]);
    await follow();
    expect(await movies()).toEqual(['tt0000001', 'tt0000002']);
  });
});

it.each([
  [
    'after a full load',
    async () => notePublished('00000000-0000-4000-9000-000000000001', 'reload'),
  ],
  [
    'when changes are no longer kept',
    async () => notePublished('00000000-0000-4000-9000-000000000002', 'changes'),
  ],
])('marks all movies of IMDb titles and all records %s', async (_, load) => {
  await load();
  await follow();
  expect(await movies()).toEqual(['tt0000001', 'tt0000002']);
  expect(await records()).toEqual(['1', '2', '3']);
});

it('follows a refresh to the movie, once', async () => {
  await query(`insert into imdb.title_ratings values ('tt0000001', 7.7, 100)`);
  await publish(['title.ratings', 'tt0000001', null, {}]);
  await follow();
  await mergePending(database.pool, idle);
  expect((await moviesOf(database.pool))['tt0000001']).toMatchObject({
    version: 2,
    rating: { value: 7.7, votes: 100 },
  });
  await follow();
  expect(await movies()).toEqual([]);
});

describe('a changed rule marks', () => {
  const set = async (field: string, rule: object) => {
    await query(
      `insert into movies.rule (field, rule, version, set_by) values ($1::text, $2::jsonb, 1, 'ada') on conflict (field) do update set rule = excluded.rule`,
      [field, rule],
    );
    expect(await areRulesFollowed(database.pool)).toBe(false);
    await followRules(database.pool);
    expect(await areRulesFollowed(database.pool)).toBe(true);
  };

  it('the movies in which several records have the field', async () => {
    await set('title', { kind: 'newest' });
    expect(await movies()).toEqual(['tt0000001', 'tt0000002']);
    await mergePending(database.pool, idle);
    await set('tagline', { kind: 'newest' });
    expect(await movies()).toEqual([]);
  });

  it('all movies if it may change a single value, and again when it is taken back', async () => {
    const all = ['mq3', 'tt0000001', 'tt0000002'];
    await set('rating', { kind: 'weighted-mean', cap: 1, weights: {}, of: ['audience'] });
    expect(await movies()).toEqual(all);
    await mergePending(database.pool, idle);
    await query('delete from movies.rule');
    await followRules(database.pool);
    expect(await movies()).toEqual(all);
  });

  it('the values that it chooses', async () => {
    await set('title', { kind: 'priority', sources: ['films'], emptyCounts: true });
    await give(database.pool, {
      source: 'films',
      id: '1',
      movie: 'tt0000001',
      content: { title: null },
    });
    await mergePending(database.pool, idle);
    expect((await moviesOf(database.pool))['tt0000001']?.title).toBeNull();
  });
});
