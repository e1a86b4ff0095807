import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { useTestDatabase } from '@marquee/catalogue/testing';
import { lacks } from '@marquee/process/testing';
import { checkFile, shippedDefinitions } from '@marquee/sources';
import { describe, expect, it } from 'vitest';
import { aggregate } from '../aggregator.ts';
import { addSources } from './test-records.ts';

const FILE = join(
  import.meta.dirname,
  '../../../../../shared/data/sources/movies-metadata/movies_metadata.csv.gz',
);
const database = useTestDatabase();

/** The records of the file, as the extractor makes them. */
async function readRecords() {
  const definition = (await shippedDefinitions()).find(({ id }) => id === 'movies-metadata');
  if (definition === undefined) throw new Error('There is no definition of movies-metadata.');
  const [file] = definition.files;
  const content = createReadStream(FILE);
  const { firstRecords } = await checkFile(definition, file?.name ?? '', content, 10_000);
  return new Map(firstRecords.map(({ id, record }) => [id, record]));
}

describe('real budgets and revenues', { skip: lacks('real-data'), tags: ['long'] }, () => {
  it('add up to what the file says, by company and year', async () => {
    const records = await readRecords();
    expect(records.size).toBe(4999);
    await addSources(database.pool, 'movies-metadata');
    await database.pool.query(
      `insert into sources.record (source, id, delivery, line, hash, record, raw)
       select d.source, given.id, d.id, 1, sha256(given.id::bytea), given.record, '{}'
       from sources.delivery as d, unnest($1::text[], $2::jsonb[]) as given (id, record)`,
      [[...records.keys()], [...records.values()].map((record) => JSON.stringify(record))],
    );
    await database.pool.query(
      'insert into sources.pending (source, record_id) select source, id from sources.record',
    );
    await aggregate(database.pool, new AbortController().signal);
    const { rows } = await database.pool.query(`
      select dimension, count(*)::int as groups, sum(movies)::int as movies, sum(revenue - budget)::int8::text as profit,
        sum(shared_revenue - shared_budget)::int8::text as shared, sum(small_movies)::int as "smallMovies",
        count(*) filter (where movies > small_movies)::int as "groupsWithoutSmall",
        sum(revenue - small_revenue - budget + small_budget)::int8::text as "profitWithoutSmall"
      from movies.profit where dimension in ('all', 'company') group by dimension order by dimension`);
    expect(rows).toMatchObject([
      { dimension: 'all', movies: 1746, smallMovies: 17 },
      {
        dimension: 'company',
        groups: 2853,
        profit: '233188195516',
        groupsWithoutSmall: 2831,
        profitWithoutSmall: '232912199218',
      },
    ]);
  });
});
