import { expect, it } from 'vitest';
import { differenceOf } from './row-difference.ts';

it('tells the fields that have changed, as they were and as they are', () => {
  expect(
    differenceOf(
      { tconst: 'tt0000001', averageRating: 5.6, numVotes: 1200 },
      { tconst: 'tt0000001', averageRating: 5.7, numVotes: 1210 },
    ),
  ).toBe('averageRating: 5.6 → 5.7, numVotes: 1200 → 1210');
});

it('compares lists by what is in them', () => {
  expect(differenceOf({ genres: ['Drama'] }, { genres: ['Drama'] })).toBe('');
  expect(differenceOf({ genres: ['Drama'] }, { genres: ['Drama', 'War'] })).toMatch(
    /^genres: Drama → Drama\W+War$/u,
  );
});

it('tells what is false, 0 or empty from what is not known', () => {
  const text = differenceOf(
    { isAdult: false, numVotes: 0, job: '', endYear: null },
    { isAdult: null, numVotes: null, job: null, endYear: 1981 },
  );
  expect(text).toMatch(
    /^isAdult: false → (\S+), numVotes: 0 → \1, job:  → \1, endYear: \1 → 1981$/u,
  );
});

it('tells nothing of a row that is new, gone, or of a reload', () => {
  const row = { tconst: 'tt0000001', numVotes: 5 };
  for (const [before, after] of [
    [null, row],
    [row, null],
    [null, null],
    [undefined, undefined],
  ] as const)
    expect(differenceOf(before, after)).toBe('');
});
