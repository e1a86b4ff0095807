import type { Chart } from '@marquee/contract';
import { describe, expect, it } from 'vitest';
import { FILM, freshApi } from '../testing/answers.ts';
import { marquee } from '../testing/marquee.ts';

const CHART: Chart = {
  items: [
    { ...FILM, rank: 1 },
    {
      ...FILM,
      rank: 10,
      tconst: 'tt0000002',
      primaryTitle: '七人の侍',
      startYear: null,
      averageRating: 10,
      numVotes: 1000,
    },
  ],
  rankedBy: 'the formula',
  note: null,
  minVotes: 25_000,
};

const top = async (chart: Chart, ...args: string[]) =>
  marquee(
    {
      ...freshApi(),
      '/charts/top': chart,
      '/charts/popular': chart,
    },
    ['top', ...args],
  );

it('shows ranks, titles and votes, and the formula of the ranking', async () => {
  expect((await top(CHART)).stdout).toBe(
    [
      ' #  ID         TITLE            YEAR  RATING   VOTES',
      ' 1  tt0000001  The Long Winter  1977     7.1  12,345',
      '10  tt0000002  七人の侍                 10.0   1,000',
      'By the formula',
      '',
    ].join('\n'),
  );
});

describe('the request', () => {
  it.each([
    [[], '/charts/top?titleType=movie&limit=20'],
    [
      ['--type', 'tvSeries', '--genre', 'War', '--decade', '1990', '--min-votes', '1', '-n', '250'],
      '/charts/top?titleType=tvSeries&genre=War&decade=1990&limit=250&minVotes=1',
    ],
    [['--popular'], '/charts/popular?titleType=movie&limit=20'],
  ])('with %j is %s', async (args, url) => {
    const { api } = await top(CHART, ...args);
    expect(api.requests.map((one) => one.url)).toContain(url);
  });

  it('cannot have --min-votes with --popular: 2', async () => {
    const { code, api } = await top(CHART, '--popular', '--min-votes', '5');
    expect([code, api.requests]).toEqual([2, []]);
  });
});

describe('an empty chart', () => {
  const EMPTY = { ...CHART, items: [] };

  it('ends with 3, and the number of votes that it takes', async () => {
    const { code, stdout, stderr } = await top(EMPTY);
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toContain('25,000 votes');
    expect(JSON.parse((await top(EMPTY, '--json')).stdout)).toEqual(EMPTY);
  });
});
