import { useTestDatabase } from '@marquee/catalogue/testing';
import { SourceRecord } from '@marquee/contract';
import { IMDB_RECORDS, imdbRecords, type Read } from '@marquee/movies';
import { expect, it } from 'vitest';
import { readBy } from './merge-inputs.ts';

const database = useTestDatabase();
const read: Read = async (statement, values) => readBy(database.pool)(statement, values);

it('makes the records of titles from all tables, and leaves out what IMDb does not have', async () => {
  await database.pool.query(`
    insert into imdb.title_basics values
      ('tt0000001', 'movie', 'The Long Winter', 'Der lange Winter', false, 1977, null, 104, '{Drama,""}'),
      ('tt0000002', 'tvSeries', ' ', null, null, 99, null, 0, null);
    insert into imdb.title_akas values
      ('tt0000001', 2, 'Der lange Winter', 'DE', null, '{}', '{}', false),
      ('tt0000001', 1, 'The Long Winter', null, 'en', '{}', '{}', true),
      ('tt0000001', 3, ' ', null, 'en', '{}', '{}', true);
    insert into imdb.title_ratings values ('tt0000001', 7.8, 900000);
    insert into imdb.name_basics values
      ('nm0000001', 'Ada Winter', 1931, null, '{}', '{}'), ('nm0000002', 'Bo Lind', null, null, '{}', '{}');
    insert into imdb.title_crew values ('tt0000001', '{nm0000001}', '{nm0000002,nm0000001,nm0000009}');
    insert into imdb.title_principals values
      ('tt0000001', 1, 'nm0000002', 'actress', null, '{}'), ('tt0000001', 2, 'nm0000002', 'self', null, '{}'),
      ('tt0000001', 3, 'nm0000001', 'director', null, '{}'), ('tt0000001', 4, 'nm0000001', 'archive_footage', null, '{}');`);
  const records = await imdbRecords(read, ['tt0000001', 'tt0000002', 'tt0000003']);
  expect([...records.keys()].toSorted()).toEqual(['tt0000001', 'tt0000002']);
  const first = records.get('tt0000001');
  expect(first).toMatchObject({ source: 'imdb', record: 'tt0000001', delivery: null, priority: 0 });
  expect(first?.content).toEqual({
    title: 'The Long Winter',
    originalTitle: 'Der lange Winter',
    names: [
      { name: 'The Long Winter', language: 'en', region: null },
      { name: 'Der lange Winter', language: null, region: 'DE' },
    ],
    type: 'movie',
    year: 1977,
    endYear: null,
    runtimeMinutes: 104,
    isAdult: false,
    genres: ['Drama'],
    ids: { imdb: 'tt0000001' },
    people: [
      { name: 'Ada Winter', role: 'director', imdb: 'nm0000001' },
      { name: 'Bo Lind', role: 'writer', imdb: 'nm0000002' },
      { name: 'Ada Winter', role: 'writer', imdb: 'nm0000001' },
      { name: 'Bo Lind', role: 'actor', imdb: 'nm0000002' },
    ],
    ratings: [
      {
        name: 'imdb',
        value: 7.8,
        scale: { min: 1, max: 10 },
        votes: 900000,
        kind: 'audience',
      },
    ],
  });
  for (const { content } of records.values()) expect(SourceRecord.parse(content)).toEqual(content);
});

it('reads at most 200 names and 50 people, by the keys of the tables', async () => {
  await database.pool.query(`
    insert into imdb.title_basics (tconst, primary_title) select 'tt' || lpad(i::text, 7, '0'), 'T' from generate_series(1, 2000) as i;
    insert into imdb.name_basics (nconst, primary_name) select 'nm' || lpad(i::text, 7, '0'), 'N' || i from generate_series(1, 20000) as i;
    insert into imdb.title_akas (title_id, ordering, title) select 'tt0000001', i, 'T' || i from generate_series(1, 300) as i;
    insert into imdb.title_principals (tconst, ordering, nconst, category) select 'tt0000001', i, 'nm' || lpad(i::text, 7, '0'), 'actor' from generate_series(1, 300) as i;
    insert into imdb.title_akas (title_id, ordering, title) select 'tt' || lpad(i::text, 7, '0'), j, 'T' from generate_series(2, 2000) as i, generate_series(1, 3) as j;
    analyze imdb.title_basics; analyze imdb.name_basics; analyze imdb.title_akas; analyze imdb.title_principals;`);
  const content = (await imdbRecords(read, ['tt0000001'])).get('tt0000001')?.content;
  expect(content?.names?.map(({ name }) => name).at(-1)).toBe('T200');
  expect(content?.people?.map(({ name }) => name).at(-1)).toBe('N50');
  const { rows } = await database.pool.query<{ 'QUERY PLAN': string }>(
    `explain ${IMDB_RECORDS.text.replaceAll('$1', `'{tt0000001}'`).replaceAll('$2', 'true')}`,
  );
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  expect(plan).not.toMatch(
    /Seq Scan on (title_(basics|akas|crew|principals|ratings)|name_basics)/u,
  );
});
