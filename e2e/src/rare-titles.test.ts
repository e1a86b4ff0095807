import { FoundTitle } from '@marquee/contract';
import { prepareStructures } from '@marquee/loader';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import { compare } from './day-files.ts';
import { allItems } from './lists.ts';
import { useSharedSystem } from './system.ts';

/** Connections that have nothing to do tell within ten seconds what they have done. */
const TOLD_MS = 11_000;

describe('titles that are many, and few where a list begins', () => {
  const many = useSharedSystem(() => ({ workers: false }));
  /** Those that are asked for: a fifth of all, none of the newest or the oldest, some without a year. */
  let wanted: { tconst: string; year: number; votes: number }[];
  beforeAll(async () => {
    const { pool } = many.database;
    await pool.query(`
      insert into imdb.title_basics (tconst, title_type, primary_title, start_year)
        select 'tt' || lpad(i::text, 7, '0'), case when i % 60 between 20 and 30 or i % 60 = 58 then 'tvEpisode' else 'movie' end, 'Title ' || i, nullif(1960 + i % 60, 2018)
        from generate_series(1, 36000) as i;
      insert into imdb.title_ratings select 'tt' || lpad(i::text, 7, '0'), 5, i % 7 + 1 from generate_series(1, 36000, 5) as i;
      analyze imdb.title_basics`);
    await prepareStructures(pool, new AbortController().signal);
    const { rows } = await pool.query<{ tconst: string; year: number; votes: number }>(
      `select tconst, coalesce(start_year, 0) as year, coalesce(num_votes, 0) as votes from imdb.title_basics left join imdb.title_ratings using (tconst) where title_type = 'tvEpisode'`,
    );
    wanted = rows;
  });

  const compareAll = (...differences: number[]) => differences.find((difference) => difference !== 0) ?? 0;
  it.each([
    ['sort=year&order=desc', (a, b) => compareAll(b.year - a.year, b.votes - a.votes, compare(b.tconst, a.tconst))],
    // what is not known comes last either way
    ['sort=year&order=asc', (a, b) => compareAll(Number(a.year === 0) - Number(b.year === 0), a.year - b.year, a.votes - b.votes, compare(a.tconst, b.tconst))],
    ['sort=votes&order=desc', (a, b) => compareAll(b.votes - a.votes, b.year - a.year, compare(b.tconst, a.tconst))],
  ] satisfies [string, (a: (typeof wanted)[number], b: (typeof wanted)[number]) => number][])('are found page after page: %s', async (query, inTurn) => {
    const found = FoundTitle.array().parse(await allItems(many, `/titles?titleType=tvEpisode&${query}`, 200));
    const ids = found.map(({ tconst }) => tconst);
    expect(ids).toHaveLength(wanted.length);
    expect(ids).toEqual(wanted.toSorted(inTurn).map(({ tconst }) => tconst));
  });

  it('are passed over by the index of an order alone, without a look at their rows', async () => {
    const { pool } = many.database;
    await sleep(TOLD_MS);
    const before = await readWork(pool);
    expect(FoundTitle.array().parse(await allItems(many, '/titles?titleType=videoGame&sort=id', 200))).toEqual([]);
    await sleep(TOLD_MS);
    const { entries, heap } = await readWork(pool);
    expect(entries - before.entries).toBeGreaterThanOrEqual(5000);
    // the planner looks at a few pages itself; a look at the rows is one at thousands
    expect(heap - before.heap).toBeLessThan(50);
  });
});

/** How many entries of the index by id have been looked at so far, and how many pages of the table. */
async function readWork(pool: Pool): Promise<{ entries: number; heap: number }> {
  const { rows } = await pool.query<{ entries: number; heap: number }>(
    `select i.idx_tup_read::int as entries, (t.heap_blks_read + t.heap_blks_hit)::int as heap
     from pg_stat_user_indexes as i join pg_statio_user_tables as t using (relid) where i.indexrelid = 'search.title_pkey'::regclass`,
  );
  return rows[0] ?? { entries: 0, heap: 0 };
}
