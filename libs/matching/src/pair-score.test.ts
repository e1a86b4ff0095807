import type { SourceRecord } from '@marquee/contract';
import { describe as suite, expect, it } from 'vitest';
import { storedKeys, wantedKeys } from './blocking-keys.ts';
import { describe } from './description.ts';
import { DOUBTFUL_BITS, SURE_BITS } from './groups.ts';
import { scorePair } from './pair-score.ts';

function compare(one: SourceRecord, other: SourceRecord) {
  const [a, b] = [describe('alpha', '1', one), describe('beta', '1', other)];
  const score = scorePair(a, b);
  expect(scorePair(b, a)).toEqual(score);
  const stored = new Set(storedKeys(b));
  return { ...score, isCompared: wantedKeys(a).some((key) => stored.has(key)) };
}

suite('the same film', () => {
  it.each<[what: string, one: SourceRecord, other: SourceRecord]>([
    ['an article at the end', { title: 'Comet, The (1999)' }, { title: 'The Comet', year: 1999 }],
    ['numerals', { title: 'Comet II', year: 1999 }, { title: 'Comet Part Two', year: 1999 }],
    [
      'a sign for a word',
      { title: 'Comet + Moon', year: 1999 },
      { title: 'Comet and Moon', year: 1999 },
    ],
    ['words joined', { title: 'Moon Light', year: 1999 }, { title: 'Moonlight', year: 1999 }],
    ['an abbreviation', { title: 'Dr. Comet', year: 1999 }, { title: 'Doctor Comet', year: 1999 }],
    ['a subtitle', { title: 'Comet: The Return', year: 1999 }, { title: 'Comet', year: 1999 }],
    ['a maker', { title: "Ada Winter's Comet", year: 1999 }, { title: 'Comet', year: 1999 }],
    [
      'another name in brackets',
      { title: 'Comet (Der Komet) (1999)' },
      { title: 'Der Komet', year: 1999 },
    ],
    [
      'a letter',
      { title: 'The Longest Winter', year: 1999 },
      { title: 'The Longest Wintre', year: 1999 },
    ],
    [
      'a year between',
      { title: 'The Long Winter', year: 1999 },
      { title: 'The Long Winter', year: 2000 },
    ],
    [
      'two years between, and one length',
      { title: 'Winter', year: 1999, runtimeMinutes: 104 },
      { title: 'Winter', year: 2001, runtimeMinutes: 104 },
    ],
  ])('is sure in spite of %s', (_, one, other) => {
    const { bits, isCompared } = compare(one, other);
    expect(isCompared).toBe(true);
    expect(bits).toBeGreaterThanOrEqual(SURE_BITS);
  });
});

suite('another film', () => {
  it.each<[what: string, one: SourceRecord, other: SourceRecord]>([
    [
      'a remake',
      { title: 'The Long Winter', year: 1977 },
      { title: 'The Long Winter', year: 1999 },
    ],
    ['a sequel', { title: 'Night Riders', year: 1999 }, { title: 'Night Riders 2', year: 1999 }],
    [
      'a possessive',
      { title: "The Devil's Double", year: 1999 },
      { title: 'The Double', year: 1999 },
    ],
    ['a short name and no year', { title: 'Home' }, { title: 'Home', year: 1999 }],
    [
      'an episode of its name',
      { title: 'Home', year: 1999, type: 'movie' },
      { title: 'Home', year: 1999, type: 'tvEpisode' },
    ],
  ])('is never sure: %s', (_, one, other) => {
    expect(compare(one, other).bits).toBeLessThan(SURE_BITS);
  });

  it('of another name is not even doubtful, for all its date and length', () => {
    const same = { releaseDate: '1999-05-04', runtimeMinutes: 104 };
    const { bits } = compare({ title: 'Harbour', ...same }, { title: 'Quiet Lantern', ...same });
    expect(bits).toBeLessThan(DOUBTFUL_BITS);
  });
});

it('prefers the known title of two of one name at IMDb', () => {
  const wanted = describe('alpha', '1', { title: 'Home', year: 2009 });
  const bits = (votes: number) =>
    scorePair(wanted, describe('imdb', 'tt1', { title: 'Home', year: 2009 }, votes)).bits;
  expect(bits(40_000) - bits(40)).toBeGreaterThan(1);
});
