import { matchPending } from '@marquee/aggregator';
import type { SourceRecord } from '@marquee/contract';
import { beforeAll, expect, it } from 'vitest';
import { buildSearchTables } from './search-tables.ts';
import { useSharedSystem } from './system.ts';

const system = useSharedSystem(() => ({ workers: false }));

const RECORDS: Readonly<Record<string, SourceRecord>> = {
  equal: { title: 'Long Winter, The (1977)' },
  aka: { title: 'Donnerstein', year: 2010, runtimeMinutes: 121 },
  part: { title: 'Vellum Nights: The Restoration', year: 1988 },
  misspelt: { title: 'Harbour of Glas', year: 1985, runtimeMinutes: 90 },
  untitled: {
    releaseDate: '1993-02-03',
    runtimeMinutes: 97,
    people: [{ name: 'Ada Winter', role: 'director', imdb: null }],
  },
  running: { title: 'Mill Street', year: 2000, type: 'tvSeries' },
  unknown: { title: 'A Film That Nobody Knows', year: 1977 },
};

beforeAll(async () => {
  const { pool } = system.database;
  await pool.query(`
    insert into imdb.title_basics (tconst, title_type, primary_title, original_title, start_year, runtime_minutes) values
      ('tt0000001', 'movie', 'The Long Winter', 'The Long Winter', 1977, 104),
      ('tt0000002', 'movie', 'The Long Winter', 'The Long Winter', 1999, 90),
      ('tt0000003', 'tvEpisode', 'The Long Winter', 'The Long Winter', 1977, 50),
      ('tt0000004', 'movie', 'Harbour of Glass', 'Harbour of Glass', 1985, 90),
      ('tt0000005', 'movie', 'Vellum Nights', 'Vellum Nights', 1988, 120),
      ('tt0000006', 'movie', 'Obsidian', 'Obsidian', 1993, 97),
      ('tt0000007', 'movie', 'Thunderstone: The Last Chronicle', 'Thunderstone: The Last Chronicle', 2010, 120);
    insert into imdb.title_basics (tconst, title_type, primary_title, original_title, start_year, end_year)
      values ('tt0000008', 'tvSeries', 'Mill Street', 'Mill Street', 1986, 2001);
    insert into imdb.title_ratings select tconst, 7, 50000 from imdb.title_basics;
    insert into imdb.title_akas (title_id, ordering, title) values ('tt0000007', 1, 'Donnerstein');
    insert into imdb.name_basics (nconst, primary_name) values ('nm0000001', 'Ada Winter');
    insert into imdb.title_crew (tconst, directors) values ('tt0000006', '{nm0000001}');
    insert into imdb.title_principals (tconst, ordering, nconst, category) values ('tt0000006', 1, 'nm0000001', 'director');
    insert into sources.source (id, definition, definition_hash, origin, priority) values ('list', '{}', sha256(''), 'api', 10);
    insert into sources.delivery (source, file, name, sha256, bytes, received_by) values ('list', 'all', 'all', sha256(''), 0, 'test')`);
  await buildSearchTables(pool);
  await pool.query(
    `insert into sources.record (source, id, delivery, line, hash, record, raw)
     select 'list', key, (select max(id) from sources.delivery), 1, sha256(''), value, '{}' from jsonb_each($1::jsonb)`,
    [JSON.stringify(RECORDS)],
  );
  await pool.query(
    'insert into sources.pending (source, record_id) select source, id from sources.record',
  );
});

it('finds titles of IMDb by the search terms that the loader builds', async () => {
  const { pool } = system.database;
  await matchPending(pool, new AbortController().signal);
  const { rows } = await pool.query<{ id: string; movie: string; state: string }>(
    `select record_id as id, movie, state from sources.match`,
  );
  const matched = rows.filter(({ state }) => state === 'matched');
  expect(Object.fromEntries(matched.map(({ id, movie }) => [id, movie]))).toEqual({
    aka: 'tt0000007',
    equal: 'tt0000001',
    misspelt: 'tt0000004',
    part: 'tt0000005',
    running: 'tt0000008',
    untitled: 'tt0000006',
  });
});
