import { describe, expect, it } from 'vitest';
import {
  episodeLabel,
  csvRows,
  ratedEpisodes,
  seasonLabels,
  ratedSeasons,
  type ChartEpisode,
} from './rated-episodes.ts';

function episode(
  seasonNumber: number | null,
  episodeNumber: number | null,
  averageRating: number | null,
): ChartEpisode {
  return {
    tconst: `tt${String(seasonNumber ?? 0).padStart(4, '0')}${String(episodeNumber ?? 0).padStart(4, '0')}`,
    primaryTitle: 'The Thaw',
    seasonNumber,
    episodeNumber,
    averageRating,
    numVotes: averageRating === null ? null : 5,
  };
}

/** A season with one episode for each rating. */
function season(seasonNumber: number, ...ratings: (number | null)[]): ChartEpisode[] {
  return ratings.map((rating, i) => episode(seasonNumber, i + 1, rating));
}

describe('the episodes of a chart', () => {
  it('are those with a rating and a season, in their order, at positions without gaps', () => {
    const placed = ratedEpisodes([
      ...season(1, 7, null, 8),
      episode(null, 1, 9),
      episode(2, null, 10),
    ]);
    expect(
      placed.map(({ position, seasonNumber, episodeNumber }) => [
        position,
        seasonNumber,
        episodeNumber,
      ]),
    ).toEqual([
      [1, 1, 1],
      [2, 1, 3],
      [3, 2, null],
    ]);
  });

  it('are none of a series without ratings, or without episodes', () => {
    expect(ratedEpisodes(season(1, null, null))).toEqual([]);
    expect(ratedEpisodes([])).toEqual([]);
    expect(seasonLabels(ratedSeasons([]))).toEqual([]);
  });

  it('have the same fields as rows of CSV', () => {
    expect(csvRows(ratedEpisodes([...season(1, 7.5), episode(0, null, 8)]))).toEqual([
      ['tconst', 'seasonNumber', 'episodeNumber', 'averageRating', 'numVotes'],
      ['tt00010001', 1, 1, 7.5, 5],
      ['tt00000000', 0, null, 8, 5],
    ]);
    expect(csvRows([])).toHaveLength(1);
  });

  it.each([
    [{}, 'S1 E3 The Thaw: 7.9'],
    [{ primaryTitle: null }, 'S1 E3 : 7.9'],
    [{ episodeNumber: null }, 'S1 E? The Thaw: 7.9'],
  ])('have a label, with %j: %s', (given, text) => {
    expect(episodeLabel({ ...episode(1, 3, 7.9), ...given })).toBe(text);
  });
});

describe('the seasons of a chart', () => {
  it('span their episodes, at the mean of their ratings', () => {
    expect(
      ratedSeasons(ratedEpisodes([...season(1, 6, 7, 8), ...season(2, 9), ...season(4, 5, 10)])),
    ).toEqual([
      { seasonNumber: 1, first: 0.6, middle: 2, last: 3.4, mean: 7 },
      { seasonNumber: 2, first: 3.6, middle: 4, last: 4.4, mean: 9 },
      { seasonNumber: 4, first: 4.6, middle: 5.5, last: 6.4, mean: 7.5 },
    ]);
  });

  const labels = (numbers: readonly number[]) =>
    seasonLabels(ratedSeasons(ratedEpisodes(numbers.flatMap((number) => season(number, 5)))));
  const from = (first: number, seasons: number) =>
    Array.from({ length: seasons }, (_, i) => first + i);

  it('are all labelled if there is room', () => {
    expect(labels([1])).toEqual(['1']);
    expect(labels(from(1, 9))).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '9']);
    expect(labels(from(0, 15)).at(-1)).toBe('14');
  });

  it('are labelled in steps otherwise, always including the first', () => {
    expect(labels(from(1, 16)).slice(0, 4)).toEqual(['1', '', '3', '']);
    // seasons numbered by year
    expect(labels(from(1963, 30)).slice(0, 9)).toEqual([
      '1963',
      '',
      '',
      '',
      '1967',
      '',
      '',
      '',
      '1971',
    ]);
    for (const seasons of [1, 7, 8, 40, 80]) {
      const shown = labels(from(1963, seasons)).join('').length;
      // 30 digits, plus the rest of one year
      expect(shown, `${seasons} seasons`).toBeLessThan(34);
      expect(shown, `${seasons} seasons`).toBeGreaterThan(0);
    }
  });
});
