import { describe, expect, it } from 'vitest';
import { EPISODE_OF } from './testing/titles.ts';
import {
  bytes,
  count,
  quantity,
  duration,
  joinFacts,
  nameTypeLabel,
  languageName,
  dateTime,
  episodePosition,
  regionName,
  runtime,
  shortCount,
  labelOf,
  years,
} from './format.ts';

describe('a number', () => {
  it('has thousands separators, and null differs from 0', () => {
    expect([0, 1, 999, 1000, 12_345_678].map(count)).toEqual([
      '0',
      '1',
      '999',
      '1,000',
      '12,345,678',
    ]);
    expect(count(null)).not.toBe(count(0));
    expect(count(undefined)).toBe(count(null));
  });

  it('with a noun has the singular for 1 only', () => {
    expect([0, 1, 2, 1000].map((value) => quantity(value, 'vote'))).toEqual([
      '0 votes',
      '1 vote',
      '2 votes',
      '1,000 votes',
    ]);
  });

  it('has a compact form', () => {
    expect([0, 999, 1000, 1234, 12_345_678, 2_147_483_647].map(shortCount)).toEqual([
      '0',
      '999',
      '1K',
      '1.2K',
      '12.3M',
      '2.1B',
    ]);
  });

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [1_250_000, '1.3 MB'],
    [38_400_000_000, '38.4 GB'],
    [5e12, '5000.0 GB'],
  ])('of %d bytes is %s', (value, text) => {
    expect(bytes(value)).toBe(text);
  });
});

it.each([
  // a clock was set back
  [-3, '0 s'],
  [0, '0 s'],
  [0.4, '0 s'],
  [59.4, '59 s'],
  // never 60 s or 60 min
  [59.6, '1 min 0 s'],
  [60, '1 min 0 s'],
  [119.6, '2 min 0 s'],
  [200, '3 min 20 s'],
  [3599.6, '1 h 0 min'],
  [3600, '1 h 0 min'],
  [7190, '2 h 0 min'],
  [18_600, '5 h 10 min'],
  [360_000, '100 h 0 min'],
])('a duration of %d s is %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

it.each([
  [0, '0 min'],
  [1, '1 min'],
  [59, '59 min'],
  [60, '1 h'],
  [101, '1 h 41 min'],
  // the longest film of IMDb
  [51_420, '857 h'],
])('a runtime of %d minutes is %s', (minutes, text) => {
  expect(runtime(minutes)).toBe(text);
});

it.each([
  [1977, null, '1977'],
  [1977, undefined, '1977'],
  [1977, 1977, '1977'],
  [1977, 1981, '1977–1981'],
  [null, 1981, '?–1981'],
  [undefined, 1981, '?–1981'],
  [null, null, ''],
  [undefined, undefined, ''],
])('the years from %s to %s are %j', (start, end, text) => {
  expect(years(start, end)).toBe(text);
});

it('formats a time in the zone of the reader, and null without digits', () => {
  const nothing = dateTime(null);
  expect([dateTime(undefined), dateTime('')]).toEqual([nothing, nothing]);
  expect(nothing).not.toMatch(/\d/u);
  expect(dateTime('2026-08-15T12:00:00Z')).toMatch(/2026/u);
});

describe('the position of an episode', () => {
  it.each([
    [{}, 'Seasons · Season 1, episode 3'],
    [{ seasonNumber: 0, episodeNumber: 0 }, 'Seasons · Season 0, episode 0'],
    [{ episodeNumber: null }, 'Seasons · Season 1'],
    [{ seasonNumber: null }, 'Seasons · Episode 3'],
    [{ seasonNumber: null, episodeNumber: null }, 'Seasons'],
    [{ primaryTitle: null }, 'tt0000009 · Season 1, episode 3'],
    [{ primaryTitle: null, seasonNumber: null, episodeNumber: null }, 'tt0000009'],
  ])('with %j is %s', (given, position) => {
    expect(episodePosition({ ...EPISODE_OF, ...given })).toBe(position);
  });

  it('is empty for other titles', () => {
    expect([episodePosition(null), episodePosition(undefined)]).toEqual(['', '']);
  });
});

describe('the codes of the files', () => {
  it('have labels, unknown ones too', () => {
    expect(
      ['movie', 'tvMiniSeries', 'archive_footage', 'actress', 'tvRadio', 'X'].map(labelOf),
    ).toEqual(['Film', 'TV mini-series', 'Archive footage', 'Actress', 'TvRadio', 'X']);
    expect([labelOf(null), labelOf(undefined)]).toEqual([labelOf(''), labelOf('')]);
  });

  it('label the type of a name, except imdbDisplay', () => {
    expect(['working', 'dvd', 'tv', 'imdbDisplay'].map(nameTypeLabel)).toEqual([
      'working title',
      'DVD title',
      'TV title',
      '',
    ]);
  });

  it('name regions, also former states and those of IMDb; unknown codes stay unchanged', () => {
    expect(
      ['DE', 'GB', 'NA', 'XWW', 'XSI', 'SUHH', 'CSHH', 'XX', 'XZZ', 'gb', null].map(regionName),
    ).toEqual([
      'Germany',
      'United Kingdom',
      'Namibia',
      'Worldwide',
      'Siam',
      'Soviet Union',
      'Czechoslovakia',
      'XX',
      'XZZ',
      'gb',
      'Unknown',
    ]);
  });

  it('name languages, also those of IMDb; unknown codes stay unchanged', () => {
    expect(['en', 'ja', 'gsw', 'qbn', 'qzz', 'english', '12'].map(languageName)).toEqual([
      'English',
      'Japanese',
      'Swiss German',
      'Flemish',
      'qzz',
      'english',
      '12',
    ]);
  });
});

it('joins the parts that are not empty with dots', () => {
  expect(joinFacts('Film', null, '', undefined, false, '1977')).toBe('Film · 1977');
  expect(joinFacts(null, '')).toBe('');
});
