import { createPool } from '@marquee/catalogue';
import { useTestDatabase } from '@marquee/catalogue/testing';
import { Movie, Provenance, type SourceRecord } from '@marquee/contract';
import fc from 'fast-check';
import { beforeEach, expect, it } from 'vitest';
import { mergePending } from './merge-pending.ts';
import { profitParts } from './profits.ts';
import { addSources, give, mark, moviesOf, type GivenRecord } from './test-records.ts';

const database = useTestDatabase();
const idle = new AbortController().signal;
const merge = async (onFailure?: Parameters<typeof mergePending>[2]) =>
  mergePending(database.pool, idle, onFailure);

const COMET: SourceRecord = {
  title: 'The Comet',
  year: 1999,
  genres: ['Science Fiction'],
  countries: ['US'],
  companies: [
    { id: 'tmdb:1', name: 'Comet Films' },
    { id: null, name: 'Winter & Co.' },
  ],
  budget: { amount: 1_000_000, currency: 'USD' },
  revenue: { amount: 3_000_000.5, currency: 'USD' },
  ratings: [
    { name: 'critics', value: 80, scale: { min: 0, max: 100 }, votes: 10, kind: 'critics' },
    { name: 'users', value: 6, scale: { min: 0, max: 10 }, votes: 90, kind: 'audience' },
  ],
  ids: { tmdb: '862' },
};
const comet = (movie: string | null, content: SourceRecord = COMET): GivenRecord => ({
  source: 'films',
  id: '862',
  movie,
  content,
});

beforeEach(async () => {
  await addSources(database.pool, 'films', 'box');
  await database.pool.query(`
    insert into imdb.title_basics values ('tt0000001', 'movie', 'Comet', 'Der Komet', false, 1998, null, 104, '{Drama}');
    insert into imdb.title_akas values ('tt0000001', 1, 'Der Komet', 'DE', 'de', '{}', '{}', false);`);
});

const rowsOf = async (statement: string): Promise<Record<string, unknown>[]> =>
  (await database.pool.query<Record<string, unknown>>(statement)).rows;
const changes = async () =>
  (
    await database.pool.query<{ movie: string; version: string; before: Movie; after: Movie }>(
      'select movie, version, before, after, cause from movies.change order by id',
    )
  ).rows;
const pending = async () => rowsOf('select movie, cause from movies.pending');

it('merges the records of a movie with that of IMDb, and repeats what lists filter by in columns', async () => {
  await give(database.pool, comet('tt0000001'));
  await merge();
  const { rows } = await database.pool.query('select * from movies.movie');
  const [row] = rows as { document: Movie; provenance: Provenance }[];
  expect(Movie.parse(row?.document)).toEqual(row?.document);
  expect(Provenance.parse(row?.provenance)).toEqual(row?.provenance);
  expect(row).toMatchObject({
    id: 'tt0000001',
    version: '1',
    title: 'Comet',
    original_title: 'Der Komet',
    year: 1998,
    runtime_minutes: 104,
    genres: ['Drama', 'Sci-Fi'],
    countries: ['US'],
    companies: ['tmdb:1', 'name:winter and co'],
    budget: '1000000',
    revenue: '3000000.5',
    rating: '6.2',
    votes: '100',
    critics: '8',
    audience: '6',
    watched: null,
    sources: ['imdb', 'films'],
    search_text: 'comet\nder komet',
    document: { version: 1, title: 'Comet', ids: { imdb: ['tt0000001'], tmdb: ['862'] } },
    provenance: {
      title: {
        rule: 'priority',
        from: [{ source: 'imdb', record: 'tt0000001' }],
        lost: [{ source: 'films', record: '862', value: 'The Comet' }],
      },
      budget: { from: [{ source: 'films', record: '862' }], at: '2026-01-01T00:00:00.000Z' },
    },
  });
  expect(await changes()).toMatchObject([
    {
      movie: 'tt0000001',
      version: '1',
      before: null,
      after: row?.document,
      cause: { kind: 'test' },
    },
  ]);
  expect(await pending()).toEqual([]);
  expect(
    (await database.pool.query('select id, name from movies.company order by id')).rows,
  ).toEqual([
    { id: 'name:winter and co', name: 'Winter & Co.' },
    { id: 'tmdb:1', name: 'Comet Films' },
  ]);
});

it('writes nothing when it merges again, and a version when a record has changed', async () => {
  await give(database.pool, comet('tt0000001'));
  await merge();
  const stored = async () => rowsOf('select xmin, * from movies.movie');
  const first = await stored();
  await mark(database.pool, 'tt0000001');
  await merge();
  expect(await stored()).toEqual(first);
  await give(database.pool, comet('tt0000001', { ...COMET, tagline: 'Look up.' }));
  await merge();
  expect(await changes()).toMatchObject([
    { version: '1' },
    {
      version: '2',
      before: { version: 1, tagline: null },
      after: { version: 2, tagline: 'Look up.' },
    },
  ]);
});

it('removes the movie of a record that is gone, and goes on counting when it comes back', async () => {
  await give(database.pool, comet('tt0000001'));
  await merge();
  await give(database.pool, comet(null));
  await merge();
  expect(await moviesOf(database.pool)).toEqual({});
  expect((await database.pool.query('select from movies.profit')).rowCount).toBe(0);
  await give(database.pool, comet('tt0000001'));
  await merge();
  expect(await changes()).toMatchObject([
    { version: '1', before: null },
    { version: '2', before: { version: 1 }, after: null },
    { version: '3', before: null, after: { version: 3 } },
  ]);
});

const redirects = async () => rowsOf('select id, movie from movies.redirect order by id');

it('redirects the id of a movie whose records have gone to another, and gives it back later', async () => {
  await give(database.pool, comet('mq1'), { source: 'box', id: '1', movie: 'mq2', content: COMET });
  await merge();
  await database.pool.query(
    `insert into movies.lock (movie, field, value, locked_by) values ('mq1', 'tagline', '"Look up."', 'ada')`,
  );
  await mark(database.pool, 'mq1');
  await merge();
  const alone = await moviesOf(database.pool);
  expect(alone['mq1']).toMatchObject({ imdb: null, tagline: 'Look up.' });
  // first one of ours for another, then IMDb's
  await give(database.pool, comet('mq2'));
  await merge();
  expect(await redirects()).toEqual([{ id: 'mq1', movie: 'mq2' }]);
  await give(
    database.pool,
    { source: 'box', id: '1', movie: 'tt0000001', content: COMET },
    comet('tt0000001'),
  );
  await merge();
  expect(await redirects()).toEqual([
    { id: 'mq1', movie: 'tt0000001' },
    { id: 'mq2', movie: 'tt0000001' },
  ]);
  await merge();
  expect(await moviesOf(database.pool)).toMatchObject({
    tt0000001: { tagline: 'Look up.', sources: ['imdb', 'films', 'box'] },
  });
  // somebody takes it apart again: IMDb still has its title, so that id leads nowhere else
  await give(database.pool, comet('mq1'), { source: 'box', id: '1', movie: 'mq1', content: COMET });
  await merge();
  expect(await redirects()).toEqual([{ id: 'mq2', movie: 'tt0000001' }]);
  expect(Object.keys(await moviesOf(database.pool))).toEqual(['mq1', 'tt0000001']);
});

it('keeps a movie that a person has locked a field of, and returns it when the lock is gone', async () => {
  await give(database.pool, comet('tt0000001'));
  await merge();
  const { tt0000001: before } = await moviesOf(database.pool);
  await database.pool.query(
    `insert into movies.lock (movie, field, value, locked_by) values ('tt0000001', 'budget', 'null', 'ada')`,
  );
  await mark(database.pool, 'tt0000001');
  await merge();
  const { tt0000001: locked } = await moviesOf(database.pool);
  expect(locked).toMatchObject({ budget: null, version: 2 });
  expect((await database.pool.query('select from movies.profit')).rowCount).toBe(0);
  await database.pool.query('delete from movies.lock');
  await mark(database.pool, 'tt0000001');
  await merge();
  const { tt0000001: after } = await moviesOf(database.pool);
  expect(after).toEqual({ ...before, version: 3, updatedAt: after?.updatedAt });
});

it('keeps a movie pending that cannot be merged, with its error, and merges the others', async () => {
  const broken = { ...COMET, names: [{ name: 7 }] } as unknown as SourceRecord;
  await give(
    database.pool,
    { source: 'box', id: '1', movie: 'mq5', content: broken },
    comet('tt0000001'),
    {
      source: 'box',
      id: '2',
      movie: 'mq7',
      content: COMET,
    },
  );
  const failed: string[] = [];
  await merge((movie) => failed.push(movie));
  expect(failed).toEqual(['mq5']);
  expect(Object.keys(await moviesOf(database.pool)).toSorted()).toEqual(['mq7', 'tt0000001']);
  expect(await pending()).toMatchObject([
    { movie: 'mq5', cause: { kind: 'test', error: expect.any(String) as string } },
  ]);
  await give(database.pool, { source: 'box', id: '1', movie: 'mq5', content: COMET });
  await merge();
  expect((await changes()).at(-1)).toMatchObject({ movie: 'mq5', cause: { kind: 'test' } });
  expect(await pending()).toEqual([]);
});

it('merges side by side, each movie once', async () => {
  const records = Array.from({ length: 600 }, (_, i) => ({
    source: 'films',
    id: String(i),
    movie: `mq${i}`,
    content: { ...COMET, year: 1990 + (i % 3) },
  }));
  await give(database.pool, ...records);
  await Promise.all([merge(), merge(), merge()]);
  expect(Object.keys(await moviesOf(database.pool))).toHaveLength(600);
  expect(new Set((await changes()).map(({ version }) => version))).toEqual(new Set(['1']));
  await expectProfits();
});

/** The sums over all movies, recomputed. */
async function expectProfits(): Promise<void> {
  const { rows } = await database.pool.query(
    `select dimension, member, year, movies, 100 * budget as budget, 100 * revenue as revenue,
       100 * shared_budget as "sharedBudget", 100 * shared_revenue as "sharedRevenue", small_movies as small
     from movies.profit`,
  );
  const sums = new Map<string, Record<string, unknown>>();
  for (const movie of Object.values(await moviesOf(database.pool)))
    for (const { dimension, member, year, isSmall, ...amounts } of profitParts(movie)) {
      const key = `${dimension} ${member} ${year}`;
      const sum = sums.get(key) ?? {
        movies: 0,
        budget: 0,
        revenue: 0,
        sharedBudget: 0,
        sharedRevenue: 0,
        small: 0,
      };
      const added = { movies: 1, small: Number(isSmall), ...amounts };
      sums.set(
        key,
        Object.fromEntries(
          Object.entries(added).map(([name, value]) => [name, Number(sum[name]) + value]),
        ),
      );
    }
  const found = rows.map(({ dimension, member, year, ...amounts }: Record<string, unknown>) => [
    `${String(dimension)} ${String(member)} ${String(year)}`,
    Object.fromEntries(Object.entries(amounts).map(([name, value]) => [name, Number(value)])),
  ]);
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(sums));
}

it('writes to no index of movies of which nothing has changed that lists filter by', async () => {
  // so long that PostgreSQL compresses what it may
  const overview = 'A comet comes back, and so does an old friend. '.repeat(200);
  const names = Array.from({ length: 100 }, (_, i) => ({
    name: `Comet of the year ${i}, seen from the harbour`,
    language: null,
    region: null,
  }));
  const cRatings = {
    performance: [{ value: 8, scale: { min: 0, max: 10 }, votes: 1 }],
  };
  const films = Array.from({ length: 9 }, (_, i) => i + 1);
  const giveAll = async (tagline: string) =>
    give(
      database.pool,
      ...films.map((i) => ({
        source: 'films',
        id: String(i),
        movie: `mq${i}`,
        content: { ...COMET, overview, names, cRatings, tagline },
      })),
    );
  // PostgreSQL counts by session
  const pool = createPool(database.url, 'test', () => undefined, { max: 1 });
  try {
    await giveAll('Look up.');
    await mergePending(pool, idle);
    await giveAll('Look down.');
    await mergePending(pool, idle);
    await pool.query('select pg_stat_force_next_flush()');
    const { rows } = await pool.query(
      `select n_tup_upd::int as updated, n_tup_hot_upd::int as "withoutIndex" from pg_stat_user_tables where relid = 'movies.movie'::regclass`,
    );
    expect(rows).toEqual([{ updated: 9, withoutIndex: 9 }]);
  } finally {
    await pool.end();
  }
});

it('keeps sums of budgets and revenues that equal recomputed ones', async () => {
  const amount = fc.option(
    fc.record({
      amount: fc.constantFrom(0, 1, 999.99, 1000, 33_333.33, 5e9),
      currency: fc.constantFrom('USD', 'USD', 'EUR'),
    }),
  );
  const content = fc.record(
    {
      year: fc.constantFrom(1999, 2000, null),
      genres: fc.uniqueArray(fc.constantFrom('Drama', 'Comedy', 'War')),
      countries: fc.subarray(['US', 'FR', 'DE']),
      companies: fc.array(
        fc.record({
          id: fc.constantFrom('tmdb:1', 'tmdb:2', null),
          name: fc.constantFrom('A', 'B'),
        }),
        { maxLength: 3 },
      ),
      budget: amount,
      revenue: amount,
    },
    { requiredKeys: [] },
  );
  const step = fc.uniqueArray(
    fc.record({
      source: fc.constantFrom('films', 'box'),
      id: fc.constantFrom('1', '2', '3'),
      movie: fc.constantFrom('mq1', 'mq2', 'tt0000001', null),
      content,
    }),
    { selector: ({ source, id }) => `${source} ${id}`, minLength: 1, maxLength: 4 },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 4 }), async (steps) => {
      for (const records of steps) {
        await give(database.pool, ...records);
        await merge();
        await expectProfits();
      }
    }),
    { numRuns: 15 },
  );
});

it('shares amounts among the members of a movie, to the cent', () => {
  const movie = {
    year: 1999,
    budget: { amount: 1000, currency: 'USD' },
    revenue: { amount: 2000, currency: 'USD' },
    genres: ['A', 'B', 'C'],
    companies: [],
    countries: [],
  };
  const parts = profitParts(movie as unknown as Movie).filter(
    ({ dimension }) => dimension === 'genre',
  );
  expect(parts.map(({ sharedBudget }) => sharedBudget)).toEqual([33334, 33333, 33333]);
  expect(parts.map(({ budget }) => budget)).toEqual([100000, 100000, 100000]);
});
