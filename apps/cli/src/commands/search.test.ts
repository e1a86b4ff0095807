import type { SearchResult } from '@marquee/contract';
import { describe, expect, it } from 'vitest';
import { FILM, freshApi, PERSON } from '../testing/answers.ts';
import { marquee } from '../testing/marquee.ts';
import { lifetime, years } from './search.ts';

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

describe('the years', () => {
  it.each([
    [1977, null, '1977'],
    [1977, 1981, '1977–1981'],
    [1977, 1977, '1977'],
    [null, null, ''],
    [undefined, undefined, ''],
    [null, 1981, '?–1981'],
  ])('of a title from %s to %s are %j', (from, to, text) => {
    expect(years(from, to)).toBe(text);
  });

  it.each([
    [1930, 1999, '1930–1999'],
    [1930, null, '1930'],
    // a child that died in its first year of life
    [1930, 1930, '1930–1930'],
    [null, 1999, '?–1999'],
    [4, 65, '4–65'],
    [null, null, ''],
  ])('of a person from %s to %s are %j', (from, to, text) => {
    expect(lifetime(from, to)).toBe(text);
  });
});

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
      'tt0000001  The Long Winter  movie            1977          7.1  12,345',
      'tt0000002  Pilot            S1 of Seasons    1977         10.0       0',
      'tt0000003',
      'nm0000001  Ada Winter       actress, writer  1930–1999',
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
    expect(JSON.parse(programs.stderr)).toMatchObject({ error: { code: 'nothing-found' } });
  });

  it('end with how to see more, if there are more', async () => {
    const answers = { ...freshApi(), '/search': { items: [foundTitle({})], next: 'x' } };
    const more = async (...args: string[]) =>
      (await marquee(answers, ['search', 'x', ...args])).stderr;
    expect(await more()).toContain('--limit 100');
    expect(await more('-n', '150')).toContain('--limit 200');
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
    [['--kind', 'name'], '/search?q=ada&limit=20&kind=name'],
    [['--kind', 'title'], '/search?q=ada&limit=20&kind=title'],
    // filters of titles
    [
      ['--type', 'movie,short', '--genre', 'Drama', '--from', '1970', '--to', '1979'],
      '/titles?q=ada&limit=20&titleType=movie%2Cshort&genre=Drama&startYearFrom=1970&startYearTo=1979',
    ],
    [
      ['--min-rating', '0', '--min-votes', '1', '--sort', 'rating'],
      '/titles?q=ada&limit=20&sort=rating&averageRatingFrom=0&numVotesFrom=1',
    ],
    [['--sort', 'votes'], '/titles?q=ada&limit=20&sort=votes'],
    // and of names
    [['--profession', 'writer'], '/names?q=ada&limit=20&profession=writer'],
    [['--kind', 'name', '--sort', 'birthYear'], '/names?q=ada&limit=20&sort=birthYear'],
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
