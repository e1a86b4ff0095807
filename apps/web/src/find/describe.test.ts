import { describe, expect, it } from 'vitest';
import { choicesOf, describeFilters } from './describe.ts';
import type { TitleQuery } from './title-query.ts';

const asked = (filters: TitleQuery['filters']) => ({
  filters,
  valuesOf: (filter: keyof TitleQuery['filters']) => filters[filter]?.split(',') ?? [],
});

describe('the heading of a list of titles', () => {
  it.each<[TitleQuery['filters'], string]>([
    [{}, ''],
    [{ titleType: 'movie' }, 'Films'],
    [
      {
        titleType: 'movie',
        genre: 'Drama',
        startYearFrom: '1990',
        startYearTo: '1999',
        averageRatingFrom: '7',
      },
      'Drama films of the 1990s, rated 7 or more',
    ],
    [
      { titleType: 'tvSeries,tvMiniSeries', genreAny: 'Crime,Mystery', genreNone: 'Horror' },
      'Crime or Mystery TV series and TV mini-series without Horror',
    ],
    [{ genre: 'Drama,War', startYearFrom: '1990' }, 'Drama and War titles since 1990'],
    [{ startYearTo: '1920', numVotesFrom: '1000' }, 'Titles until 1920, with at least 1,000 votes'],
    [{ startYearFrom: '1994', startYearTo: '1994' }, 'Titles of 1994'],
    [{ startYearFrom: '1991', startYearTo: '1999' }, 'Titles of 1991–1999'],
    [{ numVotesFrom: '1' }, 'Titles, rated'],
    [{ averageRatingFrom: '2', averageRatingTo: '3.5' }, 'Titles, rated 2 to 3.5'],
    [{ runtimeMinutesTo: '90', isAdult: 'false' }, 'Titles of at most 1 h 30 min, no adult titles'],
    [
      { country: 'DE,FR', language: 'ja' },
      'Titles, with a title in Germany or France, with a title in Japanese',
    ],
    [{ titleType: 'tvSeries', hasEpisodes: 'true' }, 'TV series with episodes'],
    [{ titleType: 'movie', person: 'nm0000001', role: 'director' }, 'Films directed by Ann Otter'],
    [{ person: 'nm0000001' }, 'Titles with Ann Otter'],
    [{ isAdult: 'true' }, 'Adult titles'],
  ])('for %j is %j', (filters, heading) => {
    expect(describeFilters(asked(filters), 'Ann Otter')).toBe(heading);
  });
});

it('removes each choice alone', () => {
  const choices = choicesOf(
    asked({
      titleType: 'movie,short',
      genre: 'Drama',
      genreNone: 'War',
      startYearFrom: '1990',
      startYearTo: '1999',
      averageRatingFrom: '7',
      numVotesFrom: '1',
      person: 'nm0000001',
      role: 'writer',
      isAdult: 'false',
    }),
  );
  expect(choices).toEqual([
    { text: 'Film', without: { titleType: 'short' } },
    { text: 'Short', without: { titleType: 'movie' } },
    { text: 'Drama', without: { genre: '' } },
    { text: 'Not War', without: { genreNone: '' } },
    { text: '1990s', without: { startYearFrom: null, startYearTo: null } },
    { text: 'Rated 7 or more', without: { averageRatingFrom: null, averageRatingTo: null } },
    { text: 'Rated', without: { numVotesFrom: null, numVotesTo: null } },
    { text: 'Written by nm0000001', without: { person: null } },
    { text: 'No adult titles', without: { isAdult: '' } },
  ]);
});
