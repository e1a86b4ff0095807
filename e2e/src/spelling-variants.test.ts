import { SearchPage, Suggestions } from '@marquee/contract';
import { beforeAll, expect, it } from 'vitest';
import { buildSearchTables } from './search-tables.ts';
import { useSharedSystem } from './system.ts';

/** Titles with symbols, initials and years, which people write in other ways. */
const TITLES: readonly [title: string, type: string, startYear: number, endYear: number | null][] =
  [
    ['Monster Valley™ Adventures', 'movie', 2001, null],
    ['Brick® Heroes™: Clutch Power™ Returns', 'movie', 2001, null],
    ['Acme℠ Story', 'movie', 2001, null],
    ['The Barefoot Gun 2½: The Whiff of Rain', 'movie', 2001, null],
    ['9½ Fortnights', 'movie', 2001, null],
    ['Box²: Hyperbox', 'movie', 2001, null],
    ['Outsider³', 'movie', 2001, null],
    ['Вагон №6', 'movie', 2001, null],
    ['100㎏ Man', 'movie', 2001, null],
    ['S.W.O.T.', 'tvSeries', 2001, null],
    ['Springfield P.D.', 'tvSeries', 2001, null],
    ["Harley's Angels", 'tvSeries', 2001, null],
    ['M*U*S*H', 'tvSeries', 2001, null],
    ['1:10 to Reno', 'movie', 2001, null],
    ['60/60', 'movie', 2001, null],
    ['Hatch-22', 'movie', 2001, null],
    ['Dusk', 'tvSeries', 2017, 2020],
    ['Dusk', 'movie', 1999, null],
    ['Awake in 2049', 'movie', 2017, null],
    ['1984', 'movie', 1956, null],
    ['Spider-Moth: Into the Spider-Nest', 'movie', 2018, null],
    ["Mimi's Delivery Service", 'movie', 1989, null],
    ["That '60s Show", 'tvSeries', 1998, 2006],
    ['Moon v Star: Dusk of Justice', 'movie', 2016, null],
    ['شبی در باران', 'movie', 2001, null],
    ['Palace 6', 'movie', 2001, null],
    ['42', 'tvSeries', 2001, 2010],
  ];

/** People, with the years of their lives. */
const NAMES: readonly [id: string, name: string, birth: number, death: number | null][] = [
  ['nm0000001', "Brien O'Mara", 1930, 1999],
  ['nm0000002', 'Leonora DiCapra', 1974, null],
  ['nm0000003', 'Ivo Stark Jr.', 1965, null],
];

const idOf = (title: string, year?: number) => {
  const at = TITLES.findIndex(([name, , start]) => name === title && (year ?? start) === start);
  return `tt${String(at + 1).padStart(7, '0')}`;
};

const system = useSharedSystem(() => ({}));
beforeAll(async () => {
  const { pool } = system.database;
  for (const [title, type, startYear, endYear] of TITLES) {
    const id = idOf(title, startYear);
    await pool.query(
      `insert into imdb.title_basics (tconst, title_type, primary_title, original_title, start_year, end_year)
       values ($1, $2, $3, $3, $4, $5)`,
      [id, type, title, startYear, endYear],
    );
    await pool.query('insert into imdb.title_ratings values ($1, 7, 50000)', [id]);
  }
  for (const [id, name, birth, death] of NAMES)
    await pool.query(
      `insert into imdb.name_basics (nconst, primary_name, birth_year, death_year, known_for_titles)
       values ($1, $2, $3, $4, array['tt0000001', 'tt0000002', 'tt0000003', 'tt0000004'])`,
      [id, name, birth, death],
    );
  await buildSearchTables(pool);
});

async function firstFound(q: string, more = ''): Promise<string | undefined> {
  const query = `q=${encodeURIComponent(q)}${more}`;
  const found = SearchPage.parse(await system.get(`/search?${query}`)).items[0]?.id;
  const { items } = Suggestions.parse(await system.get(`/suggest?${query}`));
  expect(items[0]?.id).toBe(found);
  return found;
}

it.each([
  [
    'Monster Valley™ Adventures',
    ['monster valley adventures', 'valley adventures', 'monster valley™'],
  ],
  [
    'Brick® Heroes™: Clutch Power™ Returns',
    ['brick heroes clutch power returns', 'clutch power', 'heroes clutch', 'Brick® Heroes'],
  ],
  ['Acme℠ Story', ['acme story', 'Acme℠']],
  [
    'The Barefoot Gun 2½: The Whiff of Rain',
    ['barefoot gun 2 1/2', 'barefoot gun 2½', 'Barefoot Gun 2 ½'],
  ],
  ['9½ Fortnights', ['9 1/2 fortnights', '9½ fortnights', 'fortnights 9½']],
  [
    'Box²: Hyperbox',
    ['box 2 hyperbox', 'Box 2: Hyperbox', 'box hyperbox', 'box²', 'box2 hyperbox'],
  ],
  ['Outsider³', ['outsider 3', 'outsider³', 'outsider3', 'outsider']],
  ['Вагон №6', ['вагон 6', 'Вагон № 6', 'вагон №6']],
  ['100㎏ Man', ['100 kg man', '100㎏ man', '100kg man']],
  ['S.W.O.T.', ['swot', 's.w.o.t.', 'S W O T', 's.w.o.t']],
  ['Springfield P.D.', ['springfield pd', 'springfield p d', 'Springfield P.D.']],
  ["Harley's Angels", ['harleys angels', 'harley s angels', 'harley’s angels']],
  ['M*U*S*H', ['mush', 'm u s h', 'M.U.S.H.', 'm*u*s*h']],
  ['1:10 to Reno', ['110 to reno', '1 10 to reno', '1:10 to reno']],
  ['60/60', ['6060', '60 60', '60/60']],
  ['Hatch-22', ['hatch22', 'hatch 22', 'hatch-22']],
  [
    'Spider-Moth: Into the Spider-Nest',
    [
      'spidermoth into the spider nest',
      'spider moth into the spidernest',
      'spidermothintothespidernest',
    ],
  ],
  [
    "Mimi's Delivery Service",
    ['mimi s delivery service', 'mimis delivery service', 'delivery service mimi s'],
  ],
  ["That '60s Show", ['that 60 s show', 'that 60s show', 'that ’60s show']],
  ['Moon v Star: Dusk of Justice', ['moon vs star', 'moon vs. star dusk of justice']],
  ['شبی در باران', ['شبی در باران', 'شبي در باران', 'شبى در باران']],
  ['Palace 6', ['palace №6', 'palace № 6', 'palace ٦', 'palace ۶', 'palace ⑥', 'palace6']],
])('%s is found as people write it', async (title, questions) => {
  const found = [];
  for (const question of questions) found.push([question, await firstFound(question)]);
  expect(found).toEqual(questions.map((question) => [question, idOf(title)]));
});

it.each([
  ['Dusk 2017', idOf('Dusk', 2017)],
  ['dusk (2019)', idOf('Dusk', 2017)],
  ['Dusk (2017–2020)', idOf('Dusk', 2017)],
  ['dusk 1999', idOf('Dusk', 1999)],
  ['S W O T 2001', idOf('S.W.O.T.')],
  // also if it is misspelt
  ['dsuk 2017', idOf('Dusk', 2017)],
  ['spider mohth into the spider nest (2018)', idOf('Spider-Moth: Into the Spider-Nest')],
  ['42 2001', idOf('42')],
  ['42 2005', idOf('42')],
  // a year that is part of the title stays part of it
  ['Awake in 2049', idOf('Awake in 2049')],
  ['1984', idOf('1984')],
  ['1984 1956', idOf('1984')],
  ['dusk 1950', undefined],
])('%s is read as a title with its year if no title is spelt like that', async (question, id) => {
  expect(await firstFound(question)).toBe(id);
  expect(await firstFound(question, '&kind=title')).toBe(id);
  expect(await firstFound(question, '&kind=name')).toBeUndefined();
});

it.each([
  ['o mara', 'nm0000001'],
  ['omara', 'nm0000001'],
  ['brien o mara', 'nm0000001'],
  // as the command line writes them
  ["Brien O'Mara (1930–1999)", 'nm0000001'],
  ["Brien O'Mara (?–1999)", 'nm0000001'],
  ['leonora di capra', 'nm0000002'],
  ['di capra', 'nm0000002'],
  ['Leonora DiCapra (1974)', 'nm0000002'],
  ['Leonora DiCapra (1975)', undefined],
  ['stark', 'nm0000003'],
  ['stark jr', 'nm0000003'],
])('the person %s is found', async (question, id) => {
  expect(await firstFound(question)).toBe(id);
  expect(await firstFound(question, '&kind=name')).toBe(id);
});

it('combines with filters like any other text', async () => {
  const titles = async (more: string) =>
    (await system.get(`/titles?q=dusk+2019&fields=tconst${more}`)) as { items: unknown };
  expect((await titles('')).items).toEqual([{ tconst: idOf('Dusk', 2017) }]);
  expect((await titles('&titleType=tvSeries')).items).toEqual([{ tconst: idOf('Dusk', 2017) }]);
  expect((await titles('&titleType=movie')).items).toEqual([]);
});
