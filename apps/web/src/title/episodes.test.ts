import { describe, expect, it } from 'vitest';
import { chartOf, csvRows, episodeLabel, seasonLabels } from './episode-chart.ts';
import {
  cellsOf,
  chosenSeason,
  firstParts,
  isNumbered,
  seasonName,
  heatOf,
  summaryOf,
  type GridEpisode,
  type Season,
} from './episodes.ts';

const episode = (
  episodeNumber: number | null,
  averageRating: number | null = null,
): GridEpisode => ({
  tconst: `tt${String(episodeNumber ?? 0).padStart(7, '0')}`,
  episodeNumber,
  primaryTitle: 'The Thaw',
  startYear: 1977,
  averageRating,
  numVotes: averageRating === null ? null : 5,
});

/** A season with an episode for each rating. */
const season = (seasonNumber: number | null, ...ratings: (number | null)[]): Season => ({
  seasonNumber,
  episodes: ratings.map((rating, index) => episode(index + 1, rating)),
});

describe('the season of a page', () => {
  const seasons = [season(0, 5), season(1, 6), season(2, 7), season(null, 8)];

  it('is the one of the URL, or the first after the specials', () => {
    expect(chosenSeason(seasons, '2')).toBe(seasons[2]);
    expect(chosenSeason(seasons, '0')).toBe(seasons[0]);
    expect(chosenSeason(seasons, 'unknown')).toBe(seasons[3]);
    expect(chosenSeason(seasons, null)).toBe(seasons[1]);
    expect(chosenSeason([season(0, 5)], null)?.seasonNumber).toBe(0);
    expect(chosenSeason([season(null, 5)], null)?.seasonNumber).toBeNull();
  });

  it('is undefined for a season that the series does not have', () => {
    for (const parameter of ['3', '01', 'x', ''])
      expect(chosenSeason(seasons, parameter)).toBe(undefined);
  });

  it('has a name, and figures of its rated episodes', () => {
    expect(seasons.map(seasonName)).toEqual(['Specials', 'Season 1', 'Season 2', 'Unknown season']);
    expect(summaryOf(season(1, 7, null, 8).episodes)).toEqual({
      episodes: 3,
      rated: 2,
      mean: 7.5,
      votes: 10,
    });
    expect(summaryOf([])).toEqual({ episodes: 0, rated: 0, mean: null, votes: 0 });
  });
});

describe('the cells of a grid', () => {
  const numbers = (...given: (number | null)[]) =>
    cellsOf(given.map((number) => episode(number))).map((cell) => cell?.episodeNumber ?? null);

  it('keep the places of missing numbers', () => {
    expect(numbers(1, 2, 4)).toEqual([1, 2, null, 4]);
    expect(numbers(2, 3)).toEqual([null, 2, 3]);
  });

  it('keep no gaps in seasons that wrap, or whose numbers are dates', () => {
    expect(numbers(1, 3, 27)).toEqual([1, 3, 27]);
    expect(numbers(20_240_101, 20_240_108)).toEqual([20_240_101, 20_240_108]);
  });

  it('have episodes without a number last, and equal numbers side by side', () => {
    expect(
      cellsOf([episode(1), episode(1), episode(3), episode(null)]).map(
        (cell) => cell?.episodeNumber,
      ),
    ).toEqual([1, 1, 3, null]);
    expect(cellsOf([episode(null), episode(null)])).toHaveLength(2);
    expect(cellsOf([])).toEqual([]);
  });

  it('have numbers above them only where all stand at the place of their number', () => {
    const isNumberedWith = (...given: (number | null)[]) =>
      isNumbered(
        firstParts(
          [season(1, 7, 8), { seasonNumber: 2, episodes: given.map((n) => episode(n)) }],
          100,
        ),
      );
    expect(isNumberedWith(1, 2, 4)).toBe(true);
    expect(isNumberedWith(1, 2, null)).toBe(true);
    expect(isNumberedWith(9, 10, 27)).toBe(false);
    expect(isNumberedWith(1, 1, 2)).toBe(false);
  });

  it('are coloured by rating', () => {
    expect([10, 9, 8.9, 7, 5, 4.9, 1, null].map(heatOf)).toEqual([5, 5, 4, 3, 1, 0, 0, null]);
  });

  it('are drawn up to a number, in the order of the seasons', () => {
    const seasons = [1, 2, 3].map((number) => season(number, ...Array<number>(40).fill(7)));
    const parts = (cells: number) =>
      firstParts(seasons, cells).map((part) => [
        part.season.seasonNumber,
        part.cells.length,
        part.hidden,
      ]);
    expect(parts(1000)).toEqual([
      [1, 40, 0],
      [2, 40, 0],
      [3, 40, 0],
    ]);
    expect(parts(50)).toEqual([
      [1, 40, 0],
      [2, 10, 30],
    ]);
    expect(parts(40)).toEqual([[1, 40, 0]]);
  });
});

describe('the chart of a series', () => {
  it('has the rated episodes of numbered seasons, at positions without gaps', () => {
    const { dots, seasons } = chartOf([
      season(1, 7, null, 8),
      season(2, null),
      season(3, 9),
      season(null, 5),
    ]);
    expect(
      dots.map(({ position, seasonNumber, averageRating }) => [
        position,
        seasonNumber,
        averageRating,
      ]),
    ).toEqual([
      [1, 1, 7],
      [2, 1, 8],
      [3, 3, 9],
    ]);
    expect(seasons).toEqual([
      { seasonNumber: 1, first: 0.5, last: 2.5, mean: 7.5 },
      { seasonNumber: 3, first: 2.5, last: 3.5, mean: 9 },
    ]);
    expect(chartOf([])).toEqual({ dots: [], seasons: [] });
  });

  it('combines episodes of a season where there are too many to draw', () => {
    const { dots } = chartOf([season(1, 6, 8, 7), season(2, 5)], 2);
    expect(dots).toEqual([
      {
        position: 1,
        seasonNumber: 1,
        averageRating: 7,
        label: 'Season 1, episodes 1 to 2\nMean rating 7.00\n10 votes',
        href: null,
      },
      expect.objectContaining({ position: 2, averageRating: 7, href: '/title/tt0000003' }),
      expect.objectContaining({ position: 3, averageRating: 5 }),
    ]);
  });

  it('labels episodes with title, position, rating and votes', () => {
    expect(episodeLabel(season(1), episode(3, 7.9))).toBe(
      'The Thaw\nSeason 1, episode 3, 1977\n★ 7.9, 5 votes',
    );
    expect(
      episodeLabel(season(1977), { ...episode(null), primaryTitle: null, tconst: 'tt1' }),
    ).toBe('tt1\nSeason 1977\nnot rated');
  });

  it('labels seasons only where there is room', () => {
    const labels = (count: number, first: number, width: number) =>
      seasonLabels(
        chartOf(Array.from({ length: count }, (_, index) => season(first + index, 7))).seasons,
        width,
      );
    expect(labels(9, 1, 320)).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '9']);
    for (const width of [200, 320, 900]) {
      const shown = labels(49, 1974, width).filter(Boolean);
      expect(shown[0]).toBe('1974');
      // 38 pixels each: four digits and the space
      expect(shown.length).toBeLessThanOrEqual(Math.ceil(width / 38) + 1);
      expect(shown.length).toBeGreaterThan(width / 38 / 2);
    }
  });

  it('has all episodes as CSV, also those that it does not show', () => {
    expect(csvRows([season(1, 7.5, null), season(null, 8)])).toEqual([
      [
        'tconst',
        'seasonNumber',
        'episodeNumber',
        'primaryTitle',
        'startYear',
        'averageRating',
        'numVotes',
      ],
      ['tt0000001', 1, 1, 'The Thaw', 1977, 7.5, 5],
      ['tt0000002', 1, 2, 'The Thaw', 1977, null, null],
      ['tt0000001', null, 1, 'The Thaw', 1977, 8, 5],
    ]);
  });
});
