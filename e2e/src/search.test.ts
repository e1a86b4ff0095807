import { SearchPage, Suggestions } from '@marquee/contract';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildSearchTables } from './search-tables.ts';
import { useSharedSystem } from './system.ts';

/**
 * Made-up titles with the shapes of real ones: id, title, original title if different, votes, type,
 * alternative titles.
 */
const TITLES: readonly [
  id: string,
  title: string,
  original: string | null,
  votes: number,
  type: string,
  ...akas: string[],
][] = [
  ['tt0000001', 'Ob', null, 600_000, 'movie', 'Das Ob'],
  ['tt0000002', 'Ob', null, 40, 'short'],
  ['tt0000003', 'Obsidian Nights', null, 900_000, 'movie'],
  [
    'tt0000004',
    'The Glass Harbor',
    null,
    2_000_000,
    'movie',
    'Der Glashafen',
    'Стеклянная гавань',
    '硝子の港',
    'El puerto de cristal',
  ],
  ['tt0000005', 'Glass Harbor', null, 30, 'movie'],
  ['tt0000006', 'The Glass Harbor', null, 900, 'tvSeries'],
  ['tt0000007', 'Glass Harbor Returns', null, 300_000, 'movie'],
  ['tt0000008', 'Beyond the Harbor of Glass', null, 100_000, 'movie'],
  ['tt0000009', 'Amadée', "Le fabuleux rêve d'Amadée", 700_000, 'movie', 'Amadee'],
  ['tt0000010', "Captain's List", null, 1_300_000, 'movie'],
  ['tt0000011', 'Moon-Man: Far from Earth', null, 800_000, 'movie'],
  ['tt0000012', 'Q.T. the Extra Traveller', null, 400_000, 'movie'],
  ['tt0000013', 'Bolt & Thunder', null, 350_000, 'movie'],
  ['tt0000014', 'Łowca Ægir', null, 20_000, 'movie'],
  ['tt0000015', 'Ёлка в снегу', null, 5000, 'movie'],
  ['tt0000016', '千の灯台', null, 90_000, 'movie', 'Sen no toudai'],
  ['tt0000017', 'בית הדו"ח', null, 3000, 'movie'],
  ['tt0000018', 'Λυχνος', null, 800, 'movie'],
  ['tt0000019', 'जंगल की रात', null, 900, 'movie'],
  ['tt0000020', '$', null, 2500, 'movie'],
  ['tt0000021', '12.10', null, 15_000, 'movie'],
  ['tt0000022', 'Thunderstone Chronicles', null, 1_700_000, 'tvSeries'],
  ['tt0000023', 'The Violinist', null, 50, 'tvEpisode', 'Der Geiger'],
  ['tt0000024', 'Star Harbor', null, 1_200_000, 'movie'],
  ['tt0000025', 'An Unwatched Thing', null, 0, 'movie', 'Ungesehenes'],
  ['tt0000026', 'Episode #1.4', null, 0, 'tvEpisode', 'Folge #1.4'],
  ['tt0000027', 'Episode #1.5', null, 40, 'tvEpisode'],
  ['tt0000028', 'Ada Winterbourne', null, 60, 'short'],
  ['tt0000029', 'Vellum and Quill', null, 0, 'movie'],
  ['tt0000030', 'Quill and Vellum of the Harbor', null, 0, 'movie'],
  ['tt0000031', 'The Lantern Affair', null, 2_600_000, 'movie'],
  ['tt0000032', 'Lantern Bay', null, 2500, 'movie'],
  ['tt0000033', 'Lantern', null, 0, 'tvEpisode'],
  ['tt0000034', 'Lantern', null, 0, 'tvEpisode'],
  ['tt0000035', 'Lantern', null, 0, 'tvEpisode'],
  ['tt0000036', 'Lantern', null, 0, 'tvEpisode'],
  ['tt0000037', 'Lantern', null, 0, 'tvEpisode'],
  ['tt0000038', 'The Last Lantern', null, 1_500_000, 'movie'],
  ['tt0000039', 'Starharbor', null, 0, 'tvEpisode'],
  ['tt0000040', 'Star Harbour', null, 0, 'tvEpisode'],
];

const NAMES: readonly [id: string, name: string, knownFor: string[]][] = [
  ['nm0000001', 'Ada Winterbourne', ['tt0000004', 'tt0000010', 'tt0000024']],
  ['nm0000002', 'Ada Winterbourne', ['tt0000005']],
  ['nm0000003', 'Bruno Ibsenius', ['tt0000002']],
  ['nm0000004', 'Søren Håkon-Żuław', ['tt0000009', 'tt0000022']],
  ['nm0000005', "Ivo O'Dowd", ['tt0000003']],
  ['nm0000006', 'Иван Лесной', ['tt0000015']],
  ['nm0000007', '山田 花子', ['tt0000016']],
  ['nm0000008', 'Nobody Atall', []],
];

const system = useSharedSystem(() => ({ workers: false }));
beforeAll(async () => {
  const { pool } = system.database;
  for (const [id, title, original, votes, type, ...akas] of TITLES) {
    await pool.query(
      'insert into imdb.title_basics (tconst, title_type, primary_title, original_title, is_adult, start_year) values ($1, $2, $3, $4, false, 1977)',
      [id, type, title, original ?? title],
    );
    if (votes > 0)
      await pool.query('insert into imdb.title_ratings values ($1, 7.1, $2)', [id, votes]);
    for (const [i, aka] of akas.entries())
      await pool.query(
        'insert into imdb.title_akas (title_id, ordering, title) values ($1, $2, $3)',
        [id, i + 1, aka],
      );
  }
  // one series is missing, and one episode has no position
  await pool.query(
    `insert into imdb.title_episode values ('tt0000023', 'tt0000022', 2, 5), ('tt0000027', 'tt9999999', null, null)`,
  );
  await pool.query(
    `insert into imdb.title_principals (tconst, ordering, nconst, category) values ('tt0000004', 1, 'nm0000001', 'actress'), ('tt0000024', 1, 'nm0000004', 'director'), ('tt0000022', 1, 'nm0000008', 'actor')`,
  );
  for (const [id, name, knownFor] of NAMES)
    await pool.query(
      'insert into imdb.name_basics (nconst, primary_name, known_for_titles) values ($1, $2, $3)',
      [id, name, knownFor],
    );
  // many with the same beginning, by several titles, and with all numbers of votes
  await pool.query(`
    insert into imdb.title_basics (tconst, title_type, primary_title) select 'tt00001' || lpad(i::text, 2, '0'), 'movie', 'Quarto ' || i from generate_series(0, 99) as i;
    insert into imdb.title_ratings select 'tt00001' || lpad(i::text, 2, '0'), 6, (1.1 ^ i)::int + 1 from generate_series(0, 99, 2) as i;
    insert into imdb.title_akas (title_id, ordering, title) select 'tt00001' || lpad(i::text, 2, '0'), n, 'Quarto ' || i || ' ' || repeat('x', n) from generate_series(0, 99) as i, generate_series(1, i % 7) as n;
    insert into imdb.name_basics (nconst, primary_name, known_for_titles) select 'nm00001' || lpad(i::text, 2, '0'), 'Quarto Person ' || i, array['tt00001' || lpad(i::text, 2, '0')] from generate_series(0, 99) as i`);
  await buildSearchTables(pool);
});

async function search(
  q: string,
  more = '',
): Promise<{ items: { id: string; match: string }[]; next: string | null }> {
  const { status, body } = await system.ask('GET', `/search?q=${encodeURIComponent(q)}${more}`);
  expect(status, JSON.stringify(body)).toBe(200);
  const { items, next } = SearchPage.parse(body);
  return { items: items.map(({ id = '', match = '' }) => ({ id, match })), next };
}

async function suggest(q: string, more = ''): Promise<string[]> {
  const { status, body } = await system.ask('GET', `/suggest?q=${encodeURIComponent(q)}${more}`);
  expect(status, JSON.stringify(body)).toBe(200);
  return Suggestions.parse(body).items.map(({ id }) => id);
}

describe('search', () => {
  it.each([
    // a word of many well known titles must not be ignored
    ['harbor vellum quill', 'words', ['tt0000030']],
    ['vellum quill', 'words', ['tt0000029', 'tt0000030']],
    // two letters: a known film of that name, before a better known one that starts with it, and
    // before an unknown one
    ['ob', 'exact', ['tt0000001', 'tt0000003', 'tt0000002']],
    ['OB', 'exact', ['tt0000001', 'tt0000003', 'tt0000002']],
    // votes outweigh the kind of match: a name without votes comes last
    ['lantern', 'prefix', ['tt0000031', 'tt0000038', 'tt0000032', 'tt0000033', 'tt0000034']],
    // with and without the article; votes count as much as the kind of match
    ['The Glass Harbor', 'exact', ['tt0000004', 'tt0000006']],
    ['glass harbor', 'exact', ['tt0000004', 'tt0000007', 'tt0000006', 'tt0000008', 'tt0000005']],
    ['glass harbor ret', 'prefix', ['tt0000007']],
    ['harbor glass', 'words', ['tt0000004']],
    // alternative titles, in any script
    ['glashafen', 'words', ['tt0000004']],
    ['der glashafen', 'exact', ['tt0000004']],
    ['стеклянная ГАВАНЬ', 'exact', ['tt0000004']],
    ['硝子の港', 'exact', ['tt0000004']],
    ['灯台', 'words', ['tt0000016']],
    ['елка в снегу', 'exact', ['tt0000015']],
    ['λύχνος', 'exact', ['tt0000018']],
    ['ΛΥΧΝΟΣ', 'exact', ['tt0000018']],
    ['בית הדוח', 'exact', ['tt0000017']],
    ['जंगल की रात', 'exact', ['tt0000019']],
    ['山田 花子', 'exact', ['nm0000007']],
    ['иван лесной', 'exact', ['nm0000006']],
    // accents, special letters, punctuation
    ['amadee', 'exact', ['tt0000009']],
    ['AMADÉE', 'exact', ['tt0000009']],
    ['le fabuleux reve damadee', 'exact', ['tt0000009']],
    ['lowca aegir', 'exact', ['tt0000014']],
    ['captains list', 'exact', ['tt0000010']],
    ['Captain’s List', 'exact', ['tt0000010']],
    ['moonman far from earth', 'exact', ['tt0000011']],
    ['moon man', 'prefix', ['tt0000011']],
    ['qt the extra traveller', 'exact', ['tt0000012']],
    ['bolt and thunder', 'exact', ['tt0000013']],
    ['soren hakon zulaw', 'exact', ['nm0000004']],
    ['ivo odowd', 'exact', ['nm0000005']],
    ['$', 'exact', ['tt0000020']],
    ['12.10', 'exact', ['tt0000021']],
    ['12 10', 'exact', ['tt0000021']],
    // people and titles with the same name, by votes; well known people by last name
    ['ada winterbourne', 'exact', ['nm0000001', 'tt0000028', 'nm0000002']],
    ['winterbourne', 'exact', ['nm0000001', 'tt0000028', 'nm0000002']],
    // misspelt
    ['glas harbor', 'near', ['tt0000004']],
    ['galss harbour', 'near', ['tt0000004']],
    ['thunderstoen cronicles', 'near', ['tt0000022']],
    ['obsidain nigths', 'near', ['tt0000003']],
    ['ada winterborn', 'near', ['nm0000001']],
    ['ada wintrebourne', 'near', ['nm0000001']],
    // joined and apart, even where an unknown title is spelt so
    ['starharbor', 'exact', ['tt0000024', 'tt0000039']],
    ['glas sharbor', 'exact', ['tt0000004']],
    ['thunder stone chronicles', 'exact', ['tt0000022']],
    ['star harbour', 'near', ['tt0000024', 'tt0000040']],
    // a person with a title
    ['winterbourne glass harbor', 'exact', ['tt0000004']],
    ['harbor ada winterbourne', 'words', ['tt0000004']],
    ['nobody atall thunderstone', 'prefix', ['tt0000022']],
    ['star harbor żuław', 'exact', ['tt0000024']],
    // an article that the title does not have
    ['the star harbor', 'exact', ['tt0000024']],
    // titles without votes are found too
    ['an unwatched thing', 'exact', ['tt0000025']],
    ['ungesehenes', 'exact', ['tt0000025']],
    ['nobody atall', 'exact', ['nm0000008']],
    ['the violinist', 'exact', ['tt0000023']],
    ['episode #1.5', 'exact', ['tt0000027']],
  ])('%s: %s', async (q, match, ids) => {
    const { items } = await search(q);
    expect(items[0]?.match).toBe(match);
    expect(items.slice(0, ids.length).map(({ id }) => id)).toEqual(ids);
  });

  it.each([
    ['galss harbour', 'glass harbor'],
    ['obsidain nigths', 'obsidian nights'],
    ['star harbour', 'star harbor'],
    ['ada winterborn', 'ada winterbourne'],
    ['glass harbor', undefined],
    ['starharbor', undefined],
    ['zzyzx', undefined],
  ])('has the spelling of %s that matches', async (q, spelling) => {
    const page = SearchPage.parse(await system.get(`/search?q=${encodeURIComponent(q)}`));
    expect(page.didYouMean).toBe(spelling);
  });

  it('lists titles and names in the same order as one of their kind', async () => {
    for (const [q, kind, path] of [
      ['lantern', 'title', '/titles?fields=tconst'],
      ['glass harbor', 'title', '/titles?fields=tconst'],
      ['winterbourne', 'name', '/names?fields=nconst'],
    ] as const) {
      const { items } = (await system.get(`${path}&q=${encodeURIComponent(q)}`)) as {
        items: Record<string, string>[];
      };
      const found = await search(q, `&kind=${kind}`);
      expect(
        items.map((item) => Object.values(item)[0]),
        q,
      ).toEqual(found.items.map(({ id }) => id));
    }
  });

  it.each(['zzyzx', 'folge 1 4', 'der geiger', '!', '   '])('finds nothing for %j', async (q) => {
    expect(await search(q)).toEqual({ items: [], next: null });
  });

  it.each([
    ['tt0000003', 'tt0000003'],
    ['TT00003', 'tt0000003'],
    ['tt0000000003', 'tt0000003'],
    ['https://www.imdb.com/title/tt0000003/?ref_=nv_sr_srsg_0', 'tt0000003'],
    ['m.imdb.com/de/title/tt0000003', 'tt0000003'],
    [`https://www.imdb.com/name/nm0000004/?ref_=${'x'.repeat(300)}`, 'nm0000004'],
    ['NM00004', 'nm0000004'],
  ])('finds only what has the id in %s, everywhere', async (q, id) => {
    const asked = encodeURIComponent(q);
    const [kind, list] = id.startsWith('tt') ? ['title', 'titles'] : ['name', 'names'];
    expect(await search(q)).toEqual({ items: [{ id, match: 'exact' }], next: null });
    expect(await suggest(q)).toEqual([id]);
    expect(await search(q, `&kind=${kind === 'title' ? 'name' : 'title'}`)).toEqual({
      items: [],
      next: null,
    });
    const { body } = await system.ask('GET', `/${list}?q=${asked}&total=exact`);
    expect(body).toMatchObject({
      items: [{ [kind === 'title' ? 'tconst' : 'nconst']: id }],
      total: 1,
    });
    // routers limit the length of a path's parts
    const { body: itself } = await system.ask('GET', `/${list}/${asked.slice(0, 80)}`);
    expect(itself).toMatchObject({ [kind === 'title' ? 'tconst' : 'nconst']: id });
  });

  it('applies the filters of a list to an id too, and takes a bare number for a text', async () => {
    for (const path of ['/titles?q=tt0000003&titleType=short', '/search?q=0000003'])
      expect((await system.ask('GET', path)).body).toMatchObject({ items: [] });
  });

  it('has the row of the title or the name', async () => {
    const { body } = await system.ask('GET', '/search?q=ada%20winterbourne&limit=2');
    expect(body).toMatchObject({
      items: [
        {
          kind: 'name',
          id: 'nm0000001',
          match: 'exact',
          matched: 'ada winterbourne',
          title: null,
          name: {
            nconst: 'nm0000001',
            primaryName: 'Ada Winterbourne',
            knownForTitles: ['tt0000004', 'tt0000010', 'tt0000024'],
          },
        },
        {
          kind: 'title',
          id: 'tt0000028',
          match: 'exact',
          title: {
            tconst: 'tt0000028',
            primaryTitle: 'Ada Winterbourne',
            titleType: 'short',
            startYear: 1977,
            numVotes: 60,
          },
          name: null,
        },
      ],
    });
  });

  it('has the series of an episode and its position', async () => {
    const place = {
      tconst: 'tt0000022',
      primaryTitle: 'Thunderstone Chronicles',
      seasonNumber: 2,
      episodeNumber: 5,
    };
    for (const [q, id, episodeOf] of [
      ['the violinist', 'tt0000023', place],
      [
        'episode #1.5',
        'tt0000027',
        { tconst: 'tt9999999', primaryTitle: null, seasonNumber: null, episodeNumber: null },
      ],
      ['obsidian nights', 'tt0000003', null],
    ] as const) {
      expect(
        (await system.ask('GET', `/search?q=${encodeURIComponent(q)}&limit=1`)).body,
      ).toMatchObject({ items: [{ id, title: { tconst: id, episodeOf } }] });
      expect(
        (await system.ask('GET', `/suggest?q=${encodeURIComponent(q)}&limit=1`)).body,
      ).toMatchObject({ items: [{ id, episodeOf }] });
    }
  });

  it('finds only titles, or only names', async () => {
    expect((await search('ada winterbourne', '&kind=name')).items.map(({ id }) => id)).toEqual([
      'nm0000001',
      'nm0000002',
    ]);
    expect((await search('ada winterbourne', '&kind=title')).items.map(({ id }) => id)).toEqual([
      'tt0000028',
    ]);
  });

  it('has each result once and in the same order across pages', async () => {
    const whole = await search('glass harbor');
    const seen: string[] = [];
    for (let after = ''; ;) {
      const { items, next } = await search('glass harbor', `&limit=2${after}`);
      seen.push(...items.map(({ id }) => id));
      if (next === null) break;
      after = `&after=${next}`;
    }
    expect(seen).toEqual(whole.items.map(({ id }) => id));
    expect(seen).toHaveLength(5);
  });

  it.each(['', '&kind=title', '&kind=name'])(
    'has the same results in the same order at any page size, for a common beginning of several titles%s',
    async (kind) => {
      const whole = (await search('quarto', `&limit=200${kind}`)).items;
      expect(whole).toHaveLength(kind === '' ? 200 : 100);
      for (const limit of [7, 20, 33, 50, 99, 150]) {
        const seen = [];
        for (let next: string | null = ''; next !== null;) {
          const page = await search(
            'quarto',
            `&limit=${limit}${kind}${next === '' ? '' : `&after=${next}`}`,
          );
          seen.push(...page.items);
          next = page.next;
        }
        expect(seen, `limit ${limit}`).toEqual(whole);
      }
    },
  );

  it('has the requested fields and the total, and is streamed, like every list', async () => {
    const whole = await search('glass harbor');
    const ids = whole.items.map(({ id }) => id);
    const { body } = await system.ask(
      'GET',
      '/search?q=glass%20harbor&limit=2&fields=id,match&total=exact',
    );
    expect(body).toEqual({
      items: whole.items.slice(0, 2).map(({ id, match }) => ({ id, match })),
      next: expect.any(String) as string,
      total: 5,
    });
    const csv = await fetch(`${system.apiUrl}/search?q=glass%20harbor&fields=kind,id&format=csv`);
    expect(csv.headers.get('content-type')).toContain('text/csv');
    expect((await csv.text()).trimEnd().split('\n')).toEqual([
      'kind,id',
      ...ids.map((id) => `title,${id}`),
    ]);
    const lines = await (
      await fetch(`${system.apiUrl}/search?q=glass%20harbor&limit=3`, {
        headers: { accept: 'application/x-ndjson' },
      })
    ).text();
    expect(
      lines
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { id: string }).id),
    ).toEqual(ids.slice(0, 3));
  });

  it('reads only the requested fields, and returns the same', async () => {
    const { items } = SearchPage.parse(
      (await system.ask('GET', '/search?q=ada%20winterbourne')).body,
    );
    expect(new Set(items.map(({ kind }) => kind))).toEqual(new Set(['title', 'name']));
    const { pool } = system.database;
    const [titles, names] = ['imdb.title_basics', 'imdb.name_basics'];
    for (const [fields, tables] of [
      [
        ['id', 'kind', 'match', 'matched'],
        [titles, names],
      ],
      [['id', 'title'], [names]],
      [['name', 'matched'], [titles]],
      [['name', 'title'], []],
    ] as const) {
      // reading a locked table would give 503
      const holder = await pool.connect();
      try {
        await holder.query('begin');
        for (const table of tables)
          await holder.query(`lock table ${table} in access exclusive mode`);
        const { status, body } = await system.ask(
          'GET',
          `/search?q=ada%20winterbourne&fields=${fields.join(',')}`,
        );
        expect({ status, body }).toEqual({
          status: 200,
          body: {
            items: items.map((item) =>
              Object.fromEntries(fields.map((field) => [field, item[field]])),
            ),
            next: null,
          },
        });
      } finally {
        await holder.query('rollback');
        holder.release();
      }
    }
  });

  it.each([
    "'",
    '\\',
    "' | '",
    ':*',
    '&',
    '(',
    '💡',
    'a\u0301',
    '%',
    '"',
    "\\'",
    '-1',
    'x'.repeat(200),
    'ﷺ'.repeat(60),
    '\u{10FFFF}',
  ])('treats %j as plain text', async (q) => {
    await search(q);
    await suggest(q);
  });
});

describe('suggest', () => {
  it('finds a title letter by letter', async () => {
    const title = 'the glass harbor';
    for (let typed = 2; typed <= title.length; typed++)
      expect(await suggest(title.slice(0, typed)), title.slice(0, typed)).toContain('tt0000004');
    expect((await suggest('the gla'))[0]).toBe('tt0000004');
  });

  it.each(TITLES.filter(([, title, , votes]) => votes >= 300_000 && title.length >= 4))(
    '%s %s is among five from the fourth letter on, and first if typed whole',
    async (id, title) => {
      const typed = title.toLowerCase().replace(/^the /u, '');
      for (let length = 4; length <= typed.length; length++)
        expect(await suggest(typed.slice(0, length), '&limit=5')).toContain(id);
      expect((await suggest(typed, '&limit=5'))[0]).toBe(id);
    },
  );

  it('suggests a well-known title before unknown ones of the very name', async () => {
    expect(await suggest('lantern', '&limit=5')).toEqual([
      'tt0000031',
      'tt0000038',
      'tt0000032',
      'tt0000033',
      'tt0000034',
    ]);
  });

  it('finds it by an incomplete word in its middle', async () => {
    expect((await suggest('harbor of gl'))[0]).toBe('tt0000008');
    expect((await suggest('fabuleux'))[0]).toBe('tt0000009');
  });

  it('has the fields that a search box needs', async () => {
    const { body } = await system.ask('GET', '/suggest?q=obsid');
    expect(body).toEqual({
      items: [
        {
          kind: 'title',
          id: 'tt0000003',
          text: 'Obsidian Nights',
          match: 'prefix',
          matched: 'obsidian nights',
          titleType: 'movie',
          startYear: 1977,
          numVotes: 900_000,
          episodeOf: null,
        },
      ],
    });
  });
});
