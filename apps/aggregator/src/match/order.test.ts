import { createTestDatabase, useTestDatabase } from '@marquee/catalogue/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deliver, matchAll, publishTitles, remove, type TestRecord } from './testing.ts';

const database = useTestDatabase();

const TITLES = [
  { id: 'tt0000001', title: 'Harbour', year: 1990, runtime: 90 },
  { id: 'tt0000002', title: 'Harbour', year: 1991, votes: 90_000 },
  { id: 'tt0000003', title: 'Harbour II', year: 1991 },
  { id: 'tt0000004', title: 'Lantern: The Beginning', year: 1990, akas: ['Harbour'] },
];

/** Few names, years and ids, so that records meet, compete and contradict each other. */
const record = fc.record<TestRecord>({
  source: fc.constantFrom('alpha', 'beta', 'gamma'),
  id: fc.constantFrom('1', '2', '3', '4'),
  record: fc.record(
    {
      title: fc.constantFrom('Harbour', 'The Harbour', 'Harbor', 'Harbour 2', 'Lantern'),
      year: fc.constantFrom(1990, 1991, 1992),
      runtimeMinutes: fc.constantFrom(90, 93, 120),
      ids: fc.oneof(
        { weight: 3, arbitrary: fc.constant({}) },
        { weight: 1, arbitrary: fc.constantFrom({ imdb: 'tt0000001' }, { imdb: 'tt0000009' }) },
        { weight: 1, arbitrary: fc.constantFrom({ tmdb: '5' }, { tmdb: '5', imdb: 'tt0000003' }) },
      ),
    },
    { requiredKeys: ['ids'] },
  ),
});

const records = fc.uniqueArray(record, {
  selector: ({ source, id }) => `${source}/${id}`,
  minLength: 2,
  maxLength: 12,
});

/** The same records, in another order, cut into deliveries, with some that come and go. */
const scenario = records.chain((final) =>
  fc.record({
    final: fc.constant(final),
    shuffled: fc.shuffledSubarray(final, { minLength: final.length }),
    deliveries: fc.integer({ min: 1, max: 5 }),
    chunk: fc.integer({ min: 1, max: 4 }),
    others: fc.array(record, { maxLength: 3 }),
  }),
);

describe('the movies of records', () => {
  const run = async (runs: number) => {
    const { pool } = database;
    await publishTitles(pool, TITLES);
    await fc.assert(
      fc.asyncProperty(scenario, async ({ final, shuffled, deliveries, chunk, others }) => {
        const other = await createTestDatabase();
        try {
          await pool.query('delete from sources.record; delete from sources.record_key');
          await deliver(pool, final);
          const expected = await matchAll(pool);
          await publishTitles(other.pool, TITLES);
          await deliver(other.pool, others);
          await matchAll(other.pool, chunk);
          const size = Math.ceil(shuffled.length / deliveries);
          for (let at = 0; at < shuffled.length; at += size) {
            await deliver(other.pool, shuffled.slice(at, at + size));
            await matchAll(other.pool, chunk);
          }
          const isFinal = ({ source, id }: TestRecord) =>
            final.some((one) => one.source === source && one.id === id);
          for (const { source, id } of others.filter((one) => !isFinal(one)))
            await remove(other.pool, source, id);
          expect(await matchAll(other.pool, chunk)).toEqual(expected);
        } finally {
          await other.remove();
        }
      }),
      { numRuns: runs },
    );
  };

  it('are the same whatever the order of rows, sources and deliveries', async () => run(4));
  it('are the same for hundreds of orders', { tags: ['long'], timeout: 300_000 }, async () =>
    run(300),
  );
});
