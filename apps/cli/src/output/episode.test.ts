import { expect, it } from 'vitest';
import { episodePosition } from './episode.ts';

const SERIES = {
  tconst: 'tt0000009',
  primaryTitle: 'The Long Winter',
  seasonNumber: 1,
  episodeNumber: 3,
};

it.each([
  [{}, 'S1 E3 of The Long Winter'],
  [{ seasonNumber: 0, episodeNumber: 0 }, 'S0 E0 of The Long Winter'],
  [{ seasonNumber: 2024, episodeNumber: 11_234 }, 'S2024 E11234 of The Long Winter'],
  [{ episodeNumber: null }, 'S1 of The Long Winter'],
  [{ seasonNumber: null }, 'E3 of The Long Winter'],
  [{ seasonNumber: null, episodeNumber: null }, 'episode of The Long Winter'],
  // the files may lack the series
  [{ primaryTitle: null }, 'S1 E3 of tt0000009'],
])('formats the position of an episode with %j: %s', (given, place) => {
  expect(episodePosition({ ...SERIES, ...given })).toBe(place);
});

it('has no position for other titles', () => {
  expect([episodePosition(null), episodePosition(undefined)]).toEqual([null, null]);
});
