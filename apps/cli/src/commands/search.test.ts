import { FindNamesQuery, FindTitlesQuery, type SearchResult } from '@marquee/contract';
import { describe, expect, it } from 'vitest';
import { NAME_FILTERS, TITLE_FILTERS } from '../options/filters.ts';
import { FILM, freshApi, PERSON } from '../testing/answers.ts';
import { marquee } from '../testing/marquee.ts';

const EPISODE_OF = {
  tconst: 'tt0000009',
  primaryTitle: 'Seasons',
  seasonNumber: 1,
  episodeNumber: null,
};

function foundTitle(title: Partial<NonNullable<SearchResult['title']>>): SearchResult {
  const { weightedRating: _, ...film } = FILM;
  return {
    kind: 'title',
    id: title.tconst ?? FILM.tconst,
    match: 'exact',
    matched: '',
    title: { ...film, ...title },
    name: null,
  };
}

function foundName(name: Partial<NonNullable<SearchResult['name']>>): SearchResult {
  return {
    kind: 'name',
    id: name.nconst ?? PERSON.nconst,
    match: 'exact',
    matched: '',
    title: null,
    name: { ...PERSON, ...name },
  };
}

describe('the results', () => {
  const find = async (items: readonly SearchResult[], ...args: string[]) =>
    marquee({ ...freshApi(), '/search': { items, next: null } }, [
      'search',
      'the',
      'winter',
      ...args,
    ]);

  it('show the kind of each, and leave unknown fields empty', async () => {
    const { code, stdout, stderr } = await find([
      foundTitle({}),
      foundTitle({
        tconst: 'tt0000002',
        primaryTitle: 'Pilot',
        titleType: 'tvEpisode',
        episodeOf: EPISODE_OF,
        numVotes: 0,
        averageRating: 10,
      }),
      foundTitle({
        tconst: 'tt0000003',
        titleType: null,
        primaryTitle: null,
        startYear: null,
        averageRating: null,
        numVotes: null,
      }),
      foundName({}),
      foundName({
        nconst: 'nm0000002',
        primaryName: '宮崎 駿',
        birthYear: 1941,
        deathYear: null,
        primaryProfession: null,
      }),
    ]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.split('\n')).toEqual([
      'ID         TITLE OR NAME    WHAT             YEAR       RATING   VOTES',
      'tt0000001  The Long Winter  Film             1977          7.1  12,345',
      'tt0000002  Pilot            S1 of Seasons    1977         10.0       0',
      'tt0000003',
      'nm0000001  Ada Winter       Actress, Writer  1930–1999',
      'nm0000002  宮崎 駿                           1941',
      '',
    ]);
  });

  it('are the page of the API as JSON', async () => {
    const items = [foundTitle({}), foundName({})];
    expect(JSON.parse((await find(items, '--json')).stdout)).toEqual({ items, next: null });
  });

  it('may be none: 3, in words and as JSON', async () => {
    const { code, stdout, stderr } = await find([]);
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toContain('“the winter”');
    const programs = await find([], '--json');
    expect(programs.code).toBe(3);
    expect(JSON.parse(programs.stdout)).toEqual({ items: [], next: null });
    expect(programs.stderr).toBe('');
  });

  it('end with how to see more, if there are more', async () => {
    const answers = { ...freshApi(), '/search': { items: [foundTitle({})], next: 'x' } };
    const more = async (...args: string[]) =>
      (await marquee(answers, ['search', 'x', ...args])).stderr;
    expect(await more()).toBe('There are more: --limit 100, --all, or --after x\n');
    expect(await more('-n', '150')).toContain('--limit 200, ');
    expect(await more('-n', '200')).toBe('There are more: --all, or --after x\n');
    expect((await find([foundTitle({})])).stderr).toBe('');
  });
});

describe('the request', () => {
  const page = { items: [], next: null };
  const asked = async (...args: string[]) => {
    const { api, code, stderr } = await marquee(
      { ...freshApi(), '/search': page, '/titles': page, '/names': page },
      ['search', 'ada', ...args],
    );
    const [url] = api.requests.map((one) => one.url).filter((one) => one.includes('q=ada'));
    return { code, stderr, url };
  };

  it.each([
    [[], '/search?q=ada&limit=20'],
    [['winter', '-n', '5'], '/search?q=ada+winter&limit=5'],
    [['--kind', 'name'], '/search?q=ada&kind=name&limit=20'],
    [['--kind', 'title'], '/search?q=ada&kind=title&limit=20'],
    [['--after', 'x'], '/search?q=ada&limit=20&after=x'],
    // filters of titles
    [
      ['--type', 'movie,short', '--genre', 'Drama', '--from', '1970', '--to', '1979'],
      '/titles?q=ada&titleType=movie%2Cshort&genre=Drama&startYearFrom=1970&startYearTo=1979&limit=20',
    ],
    [
      ['--min-rating', '0', '--min-votes', '1', '--sort', 'rating'],
      '/titles?q=ada&averageRatingFrom=0&numVotesFrom=1&sort=rating&limit=20',
    ],
    [['--sort', 'votes'], '/titles?q=ada&sort=votes&limit=20'],
    // and of names
    [['--profession', 'writer'], '/names?q=ada&profession=writer&limit=20'],
    [['--kind', 'name', '--sort', 'birthYear'], '/names?q=ada&sort=birthYear&limit=20'],
  ])('with %j is %s', async (args, url) => {
    expect(await asked(...args)).toMatchObject({ url, code: 3 });
  });

  it.each([
    [['--profession', 'writer', '--type', 'movie']],
    [['--profession', 'writer', '--kind', 'title']],
    [['--kind', 'name', '--from', '1970']],
    [['--kind', 'name', '--sort', 'birthYear', '--min-votes', '5']],
  ])('with %j is not sent: 2', async (args) => {
    const { code, url, stderr } = await asked(...args);
    expect([code, url]).toEqual([2, undefined]);
    expect(stderr).toContain('--profession');
  });
});

describe('filters alone', () => {
  const asked = async (...args: string[]) => {
    const { api, code, stdout, stderr } = await marquee(
      {
        ...freshApi(),
        '/titles': { items: [FILM], next: null },
        '/names': { items: [PERSON], next: null },
      },
      ['search', ...args],
    );
    const found = api.requests
      .map(({ url }) => url)
      .find((url) => /^\/(?:titles|names)\?/u.test(url));
    return { code, stdout, stderr, url: found };
  };

  it('list titles or names', async () => {
    const titles = await asked('--genre', 'Drama', '--adult', 'no', '--max-runtime', '90');
    expect(titles).toMatchObject({
      code: 0,
      url: '/titles?genre=Drama&runtimeMinutesTo=90&isAdult=false&limit=20',
      stdout: expect.stringContaining('The Long Winter') as string,
    });
    expect((await asked('--born-from', '1930')).url).toBe('/names?birthYearFrom=1930&limit=20');
    expect((await asked('--kind', 'title')).url).toBe('/titles?limit=20');
  });

  it('are all filters of the API', () => {
    const list = ['q', 'sort', 'order', 'limit', 'after', 'fields', 'total', 'format', 'csv'];
    for (const [query, filters] of [
      [FindTitlesQuery, TITLE_FILTERS],
      [FindNamesQuery, NAME_FILTERS],
    ] as const)
      expect(Object.keys(filters).sort()).toEqual(
        Object.keys(query.shape)
          .filter((name) => !list.includes(name))
          .sort(),
      );
  });

  it('or words are needed: 2', async () => {
    for (const args of [[], [''], [' ', '']]) {
      const { code, url, stderr } = await asked(...args);
      expect([code, url]).toEqual([2, undefined]);
      expect(stderr).toBe(
        'Give words to search for, or filters.\nFor example: marquee search winter, or marquee search --genre Drama --from 1990\n',
      );
    }
  });
});

it('says which results are only spelled similarly', async () => {
  const near = { ...foundTitle({ tconst: 'tt0000002' }), match: 'near' } as const;
  const noted = async (...items: SearchResult[]) =>
    (await marquee({ ...freshApi(), '/search': { items, next: null } }, ['search', 'wintre']))
      .stderr;
  expect(await noted(near)).toBe(
    'Nothing has all the words of “wintre”; these are spelled similarly.\n',
  );
  expect(await noted(foundTitle({}), near, near)).toBe('The last 2 are only spelled similarly.\n');
  expect(await noted(foundTitle({}), near)).toBe('The last one is only spelled similarly.\n');
});
