import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SourceRecord } from '@marquee/contract';
import { shippedDefinitions } from '@marquee/sources';
import { beforeEach, describe, expect, it } from 'vitest';
import { TestExtractor } from '../testing/test-extractor.ts';

/** Real files of sources; their licences keep them out of the repository. */
const FOLDER = [
  fileURLToPath(new URL('../../../../../shared/data/sources', import.meta.url)),
  '/work/shared/data/sources',
].find((folder) => existsSync(folder));

const extractor = TestExtractor.use();

beforeEach(async () => {
  for (const definition of await shippedDefinitions()) await extractor.define(definition);
});

/** Delivers files, by the names of the definition, and extracts them. */
async function take(source: string, files: Readonly<Record<string, string>>) {
  for (const [file, path] of Object.entries(files))
    await extractor.deliver(source, file, { path: join(FOLDER ?? '', path) });
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

describe.skipIf(FOLDER === undefined)('the real files of', () => {
  it('MovieLens: all rows of three files are records', async () => {
    const { deliveries, fill } = await take('movielens', {
      movies: 'movielens/movies.csv.gz',
      links: 'movielens/links.csv.gz',
      ratings: 'movielens/ratings.csv.gz',
    });
    console.log(deliveries, fill);
    console.log(await byTitle('movielens', 'Toy Story'));
  });

  it('The Movies Dataset: all rows but an equal one are records', async () => {
    const { deliveries, fill } = await take('movies-metadata', {
      movies: 'movies-metadata/movies_metadata.csv.gz',
    });
    console.log(deliveries, fill);
  });

  it('Rotten Tomatoes: rows of the second file join the first where both dates and the runtime say so', async () => {
    const { deliveries, fill } = await take('rotten-tomatoes', {
      movies: 'rotten-tomatoes/rotten_tomatoes_movies.csv.gz',
      info: 'rotten-tomatoes/rt.movie_info.tsv.gz',
    });
    console.log(deliveries, fill);
  });

  it('Box Office Mojo: all rows are records', async () => {
    const { deliveries, fill } = await take('box-office-mojo', {
      grosses: 'box-office/bom.movie_gross.csv.gz',
    });
    console.log(deliveries, fill);
    console.log(await byTitle('box-office-mojo', 'Jurassic World'));
  });

  it('The Numbers: all rows are records, and titles are mended', async () => {
    const { deliveries, fill } = await take('the-numbers', {
      budgets: 'box-office/tn.movie_budgets.csv.gz',
    });
    console.log(deliveries, fill);
  });
});
