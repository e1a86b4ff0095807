import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Run } from '@marquee/contract';
import { prepareDerivedTables } from '@marquee/loader';
import { expect, it } from 'vitest';
import { buildSearchTables } from './search-tables.ts';
import { useDays } from './sample-days.ts';
import { useSharedSystem } from './system.ts';

const days = useDays({ titles: 3000, days: 4 });
// only ratings change more than this in a day
const system = useSharedSystem(() => ({ published: days, maxChangePercent: 2 }));

/** Every table of the schema with its sorted rows as text. */
async function readStructures(): Promise<Record<string, string[]>> {
  const { pool } = system.database;
  const { rows: tables } = await pool.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'search' order by 1`,
  );
  const read = tables.map(async ({ name }) => {
    const { rows } = await pool.query<{ row: string }>(
      `select t::text as row from search.${name} t order by t::text collate "C"`,
    );
    return [name, rows.map(({ row }) => row)] as const;
  });
  return Object.fromEntries(await Promise.all(read));
}

/** The tables of a build from the published tables. */
async function buildAnew(): Promise<Record<string, string[]>> {
  const { pool } = system.database;
  await buildSearchTables(pool);
  return readStructures();
}

/** How a run loaded each dataset: in full or as a refresh. */
function waysOf({ steps }: Run): Record<string, string> {
  return Object.fromEntries(
    steps
      .filter(({ job }) => job === 'load')
      .map(({ dataset, note }) => [
        dataset,
        note?.startsWith('full load') === true ? 'full' : 'changes',
      ]),
  );
}

it(
  'keeps the search tables equal to a new build after refreshes and full loads of some datasets',
  { tags: ['long'] },
  async () => {
    const before = await readStructures();
    expect(before['title_text']?.length).toBeGreaterThan(2000);
    expect(before['name_text']?.length).toBeGreaterThan(2000);
    expect(await buildAnew()).toEqual(before);

    const mixed = await system.update(days.day(1));
    expect(waysOf(mixed)).toMatchObject({
      'title.ratings': 'full',
      'title.basics': 'changes',
      'name.basics': 'changes',
    });
    const afterMixed = await readStructures();
    expect(afterMixed).not.toEqual(before);
    expect(await buildAnew()).toEqual(afterMixed);
  },
);

it('keeps them equal after refreshes only', { tags: ['long'] }, async () => {
  await system.restart({ published: days, maxChangePercent: 100 });
  for (const day of [1, 2, 3]) {
    const run = await system.update(days.day(day));
    expect(new Set(Object.values(waysOf(run)))).toEqual(new Set(['changes']));
  }
  const refreshed = await readStructures();
  expect(await buildAnew()).toEqual(refreshed);
});

it(
  'adds the alternative titles of an episode once it has enough votes',
  { tags: ['long'] },
  async () => {
    const [episode] = await system.query(
      `select tconst, num_votes as votes from imdb.title_basics b join imdb.title_ratings using (tconst)
     where title_type = 'tvEpisode' and num_votes < 900 and (select count(*) from imdb.title_akas a where title_id = tconst and title <> primary_title) > 1 order by num_votes desc, tconst limit 1`,
    );
    const folder = await mkdtemp(join(tmpdir(), 'marquee-voted-'));
    const texts = async () =>
      (
        await system.query('select count(*)::int from search.title_text where id = $1', [
          episode?.['tconst'],
        ])
      )[0]?.['count'];
    const vote = async (votes: number) => {
      await cp(days.day(3), folder, { recursive: true });
      const ratings = gunzipSync(
        await readFile(join(days.day(3), 'title.ratings.tsv.gz')),
      ).toString();
      const line = new RegExp(`^(${String(episode?.['tconst'])}\t[\\d.]+)\t\\d+$`, 'mu');
      await writeFile(
        join(folder, 'title.ratings.tsv.gz'),
        gzipSync(ratings.replace(line, `$1\t${votes}`)),
      );
      return system.update(folder);
    };
    await vote(979);
    const own = await texts();
    expect(waysOf(await vote(980))).toMatchObject({ 'title.ratings': 'changes' });
    expect(await texts()).toBeGreaterThan(Number(own));
    const refreshed = await readStructures();
    expect(await buildAnew()).toEqual(refreshed);
    await vote(979);
    expect(await texts()).toBe(own);
    await rm(folder, { recursive: true });
  },
);

it('removes the leftovers of an interrupted build', async () => {
  const { pool } = system.database;
  await pool.query(
    'create table search_next.title_text (id text); create table search_next.stray (id text)',
  );
  const run = await system.run('/run-loader', { force: 'full' });
  expect(run).toMatchObject({ state: 'succeeded', error: null });
  const { rows } = await pool.query(
    `select tablename from pg_tables where schemaname = 'search_next'`,
  );
  expect(rows).toEqual([]);
});

it('rebuilds tables of an earlier version with other indexes', async () => {
  const { pool } = system.database;
  const before = await readStructures();
  await pool.query('drop index search.title_rated_by_year; truncate search.title');
  await prepareDerivedTables(pool, new AbortController().signal);
  expect(await readStructures()).toEqual(before);
  expect(
    (await pool.query(`select to_regclass('search.title_rated_by_year') as index`)).rows,
  ).toEqual([{ index: 'search.title_rated_by_year' }]);
});

it('is built for index-only scans: the visibility map is set', async () => {
  const { pool } = system.database;
  const seen = 'select relname as table, relallvisible::float8 / relpages as visible from pg_class';
  const tables = async () =>
    (
      await pool.query<{ table: string; visible: number }>(
        `${seen} where relnamespace = 'search'::regnamespace and relkind = 'r' and relpages > 10`,
      )
    ).rows;
  await system.run('/run-loader', { force: 'full' });
  expect((await tables()).map(({ table }) => table)).toEqual(
    expect.arrayContaining(['title', 'title_text', 'name', 'name_text', 'known_for']),
  );
  // if a transaction is older than the build, after the maintenance that follows the publish
  await expect
    .poll(async () => (await tables()).filter(({ visible }) => visible < 0.9), { timeout: 30_000 })
    .toEqual([]);
});
