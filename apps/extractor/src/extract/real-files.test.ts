import { join } from 'node:path';
import type { SourceRecord } from '@marquee/contract';
import { lacks } from '@marquee/process/testing';
import { shippedDefinitions } from '@marquee/sources';
import { beforeEach, describe, expect, it } from 'vitest';
import { TestExtractor } from '../testing/test-extractor.ts';

/** Real files of sources; their licences keep them out of the repository. */
const FOLDER = join(import.meta.dirname, '../../../../../shared/data/sources');

const extractor = TestExtractor.use();

beforeEach(async () => {
  for (const definition of await shippedDefinitions()) await extractor.define(definition);
});

/** Delivers files, by the names of the definition, and extracts them. */
async function take(source: string, files: Readonly<Record<string, string>>) {
  for (const [file, path] of Object.entries(files))
    await extractor.deliver(source, file, { path: join(FOLDER, path) });
  await extractor.extract(source);
  return { deliveries: await extractor.deliveries(), fill: await fillOf(source) };
}

/** How many records have each field. */
async function fillOf(source: string): Promise<Record<string, number>> {
  const fill: Record<string, number> = { all: 0 };
  for (const { record } of Object.values(await extractor.records(source))) {
    fill['all'] = (fill['all'] ?? 0) + 1;
    for (const [field, value] of Object.entries(record))
      if (value !== null && JSON.stringify(value).length > 2) fill[field] = (fill[field] ?? 0) + 1;
  }
  return fill;
}

async function byTitle(source: string, title: string): Promise<SourceRecord | undefined> {
  return Object.values(await extractor.records(source)).find(({ record }) => record.title === title)
    ?.record;
}

/** A delivery whose rows are all records of their own. */
const whole = (rows: number) => ({ state: 'taken', rows, records: rows, equal: 0, rejects: 0 });

describe('the real files of', { skip: lacks('real-data'), tags: ['long'] }, () => {
  it('MovieLens: all rows of three files are records', async () => {
    const { deliveries, fill } = await take('movielens', {
      movies: 'movielens/movies.csv.gz',
      links: 'movielens/links.csv.gz',
      ratings: 'movielens/ratings.csv.gz',
    });
    expect(deliveries).toMatchObject([
      whole(9742),
      whole(9742),
      { rows: 100_836, records: 9724, rejects: 0 },
    ]);
    expect(fill).toMatchObject({ all: 9742, ids: 9742, title: 9742, year: 9730, ratings: 9724 });
    expect(await byTitle('movielens', 'Toy Story')).toMatchObject({
      year: 1995,
      ids: { imdb: 'tt0114709', tmdb: '862', movielens: '1' },
      ratings: [{ value: 3.9209, votes: 215 }],
    });
    const titles = Object.values(await extractor.records('movielens')).map(
      ({ record }) => record.title ?? '',
    );
    // years in brackets, and articles behind
    expect(titles.filter((title) => /\(\d{4}\)|, The$/u.test(title))).toEqual([]);
  });

  it('The Movies Dataset: all rows but an equal one are records', async () => {
    const { deliveries, fill } = await take('movies-metadata', {
      movies: 'movies-metadata/movies_metadata.csv.gz',
    });
    expect(deliveries).toMatchObject([{ rows: 5000, records: 4999, equal: 1, rejects: 0 }]);
    // a budget of 0 is unknown
    expect(fill).toMatchObject({ all: 4999, budget: 2188, revenue: 2266, companies: 4438 });
    const records = Object.values(await extractor.records('movies-metadata'));
    const both = records.flatMap(({ record: { budget, revenue, companies = [] } }) =>
      budget && revenue ? [{ profit: revenue.amount - budget.amount, companies }] : [],
    );
    expect(both).toHaveLength(1746);
    expect(both.reduce((sum, { profit, companies }) => sum + profit * companies.length, 0)).toBe(
      233_188_195_516,
    );
  });

  it('Rotten Tomatoes: rows of the second file join the first where both dates and the runtime say so', async () => {
    const { deliveries, fill } = await take('rotten-tomatoes', {
      movies: 'rotten-tomatoes/rotten_tomatoes_movies.csv.gz',
      info: 'rotten-tomatoes/rt.movie_info.tsv.gz',
    });
    expect(deliveries).toMatchObject([whole(5511), whole(1560)]);
    expect(fill).toMatchObject({ all: 5511 + 1560 - 474, title: 5511, overview: 1498 });
    const records = Object.values(await extractor.records('rotten-tomatoes'));
    const joined = records.filter(({ raw }) => 'movies' in raw && 'info' in raw);
    expect(joined).toHaveLength(474);
    // no column of the join: that it is equal in all says that the join is right
    const certificate = (raw: unknown) => (raw as { rating: string }).rating;
    for (const { raw } of joined) expect(certificate(raw['info'])).toBe(certificate(raw['movies']));
  });

  it('Box Office Mojo: all rows are records, and amounts in millions are mended', async () => {
    const { deliveries, fill } = await take('box-office-mojo', {
      grosses: 'box-office/bom.movie_gross.csv.gz',
    });
    expect(deliveries).toMatchObject([whole(3387)]);
    expect(fill).toMatchObject({ all: 3387, revenue: 2009 });
    expect(await byTitle('box-office-mojo', 'Jurassic World')).toMatchObject({
      revenue: { amount: 1_671_700_000, currency: 'USD' },
    });
  });

  it('The Numbers: all rows are records, and titles are mended', async () => {
    const { deliveries, fill } = await take('the-numbers', {
      budgets: 'box-office/tn.movie_budgets.csv.gz',
    });
    expect(deliveries).toMatchObject([whole(5782)]);
    expect(fill).toMatchObject({ all: 5782, budget: 5782, revenue: 5415 });
    const titles = Object.values(await extractor.records('the-numbers')).map(
      ({ record }) => record.title ?? '',
    );
    expect(titles.filter((title) => /[ÃÂâ][\u0080-\u00bf]|\\/u.test(title))).toEqual([]);
  });
});
