import { problem } from '@marquee/api-client/testing';
import type { Title } from '@marquee/contract';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { FILM, freshApi } from '../testing/answers.ts';
import { marquee } from '../testing/marquee.ts';

type TitleAnswer = z.infer<typeof Title>;

const { averageRating: _a, numVotes: _n, weightedRating: _w, episodeOf: _e, ...BASICS } = FILM;
const NOTHING_KNOWN: TitleAnswer = {
  tconst: 'tt0000001',
  titleType: null,
  primaryTitle: null,
  originalTitle: null,
  isAdult: null,
  startYear: null,
  endYear: null,
  runtimeMinutes: null,
  genres: null,
};
const SEASONS = {
  items: [
    { seasonNumber: 1, episodes: 10, ratedEpisodes: 8, averageRating: 7.85, numVotes: 12_345 },
    { seasonNumber: 2, episodes: 1, ratedEpisodes: 0, averageRating: null, numVotes: 0 },
    { seasonNumber: null, episodes: 3, ratedEpisodes: 1, averageRating: 10, numVotes: 5 },
  ],
  next: null,
};

async function show(answer: TitleAnswer, ...args: string[]) {
  return marquee(
    { ...freshApi(), '/titles/tt0000001': answer, '/titles/tt0000001/seasons': SEASONS },
    ['title', 'tt0000001', ...args],
  );
}

/** The output without the URL at IMDb at its end. */
async function shown(answer: TitleAnswer, ...args: string[]): Promise<string[]> {
  return (await show(answer, ...args)).stdout.trimEnd().split('\n').slice(0, -2);
}

describe('the head of a title', () => {
  it('has all known details', async () => {
    expect(
      await shown({
        ...BASICS,
        originalTitle: 'Der lange Winter',
        genres: ['Drama', 'War'],
        ratings: { averageRating: 7, numVotes: 12_345 },
        crew: {
          directors: [{ nconst: 'nm0000001', primaryName: 'Ada Winter' }],
          writers: [
            { nconst: 'nm0000002', primaryName: null },
            { nconst: 'nm0000001', primaryName: 'Ada Winter' },
          ],
        },
      }),
    ).toEqual([
      'The Long Winter (1977)',
      'Der lange Winter',
      'Film · 101 min · Drama, War',
      '★ 7.0 from 12,345 votes',
      'Directed by Ada Winter',
      'Written by nm0000002, Ada Winter',
    ]);
  });

  it('is only the id if nothing else is known', async () => {
    const { code, stdout } = await show({
      ...NOTHING_KNOWN,
      ratings: null,
      crew: { directors: [], writers: [] },
      series: null,
    });
    expect(code).toBe(0);
    expect(stdout.split('\n')).toEqual([
      'tt0000001',
      '',
      '',
      'https://www.imdb.com/title/tt0000001/',
      '',
    ]);
  });

  it.each([
    [1977, 1981, '(1977–1981)'],
    [1977, 1977, '(1977)'],
    [null, 1981, '(?–1981)'],
  ])('has the years from %s to %s as %s', async (startYear, endYear, text) => {
    expect((await shown({ ...BASICS, startYear, endYear }))[0]).toBe(`The Long Winter ${text}`);
  });

  it.each([
    [1, 3, ', season 1, episode 3'],
    [1, null, ', season 1, episode ?'],
    [null, null, ''],
  ])(
    'leads from an episode (season %s, episode %s) to its series',
    async (seasonNumber, episodeNumber, place) => {
      const series = {
        series: { ...FILM, tconst: 'tt0000009', primaryTitle: 'Seasons' },
        seasonNumber,
        episodeNumber,
        previous: null,
        next: null,
      };
      expect(await shown({ ...BASICS, series })).toContain(`Of Seasons (tt0000009)${place}`);
    },
  );
});

describe('the lists of a title', () => {
  const people = Array.from({ length: 4 }, (_, i) => ({
    ordering: i + 1,
    nconst: `nm000000${i}`,
    primaryName: i === 3 ? null : `Person ${i}`,
    category: i === 0 ? 'actress' : 'writer',
    job: i === 1 ? 'novel' : null,
    characters: i === 0 ? ['Ada', 'Herself'] : null,
  }));
  const akas = Array.from({ length: 3 }, (_, i) => ({
    titleId: 'tt0000001',
    ordering: i + 1,
    title: `Name ${i}`,
    region: ['DE', null, 'XWW'][i] ?? null,
    language: null,
    types: null,
    attributes: null,
    isOriginalTitle: false,
  }));
  const answer: TitleAnswer = {
    ...BASICS,
    principals: { items: people, next: null },
    akas: { items: akas, next: null },
  };

  it('are people with their roles, and alternative titles', async () => {
    expect((await shown(answer)).slice(2)).toEqual([
      '',
      'ID         WHO       ROLE     AS',
      'nm0000000  Person 0  Actress  Ada, Herself',
      'nm0000001  Person 1  Writer   novel',
      'nm0000002  Person 2  Writer',
      'nm0000003            Writer',
      '',
      'ALSO KNOWN AS  REGION',
      'Name 0         DE',
      'Name 1         Unknown',
      'Name 2         Worldwide',
    ]);
    expect((await show(answer)).stderr).toBe('');
  });

  it('have the given length, and a note of how many are hidden', async () => {
    const { stdout, stderr } = await show(answer, '-n', '1');
    expect(stdout).toContain('Person 0');
    expect(stdout).not.toContain('Person 1');
    expect(stderr).toMatch(/1 of 4 people, 1 of 3 alternative titles.*--limit 4\n$/u);
    // the note also counts the complete list
    expect((await show(answer, '-n', '3')).stderr).toMatch(
      /3 of 4 people, 3 of 3 alternative titles/u,
    );
    const alone = await show({ ...BASICS, principals: { items: people, next: 'x' } }, '-n', '3');
    expect(alone.stderr).toMatch(/3 of 4 or more people\. For more: --limit 4\n$/u);
  });

  it('are seasons if it has episodes, also those without a season', async () => {
    const { episodeOf: _, weightedRating: _w2, ...rated } = FILM;
    const episodes = {
      items: [{ ...rated, tconst: 'tt0000002', seasonNumber: 1, episodeNumber: 1 }],
      next: null,
    };
    expect((await shown({ ...BASICS, episodes })).slice(2)).toEqual([
      '',
      'SEASON   EPISODES  RATING   VOTES',
      '1              10    7.85  12,345',
      '2               1               0',
      'unknown         3   10.00       5',
    ]);
  });
});

it('sends one request, with only the id', async () => {
  const { api } = await show(BASICS);
  expect(api.requests.filter(({ url }) => url.startsWith('/titles/'))).toMatchObject([
    { url: '/titles/tt0000001?include=ratings%2Cakas%2Cprincipals%2Ccrew%2Cepisodes%2Cseries' },
  ]);
});

it('ends with 3 for a title that does not exist', async () => {
  const answers = {
    ...freshApi(),
    '/titles/tt9999999': () =>
      problem({ status: 404, code: 'not-found', detail: 'No title has the id tt9999999.' }),
  };
  const { code, stdout, stderr } = await marquee(answers, ['title', 'tt9999999']);
  expect([code, stdout]).toEqual([3, '']);
  expect(stderr).toContain('tt9999999');
});

it('is the answer of the API as JSON', async () => {
  const { stdout, stderr } = await show(BASICS, '--json');
  expect(JSON.parse(stdout)).toEqual(BASICS);
  expect(stderr).toBe('');
});
