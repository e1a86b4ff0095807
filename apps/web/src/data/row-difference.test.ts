import { expect, it } from 'vitest';
import { differenceOf } from './row-difference.ts';

it('has the changed fields with their old and new values', () => {
  expect(
    differenceOf(
      { tconst: 'tt0000001', averageRating: 5.6, numVotes: 1200 },
      { tconst: 'tt0000001', averageRating: 5.7, numVotes: 1210 },
    ),
  ).toBe('averageRating: 5.6 → 5.7, numVotes: 1200 → 1210');
});

it('compares lists by their elements', () => {
  expect(differenceOf({ genres: ['Drama'] }, { genres: ['Drama'] })).toBe('');
  expect(differenceOf({ genres: ['Drama'] }, { genres: ['Drama', 'War'] })).toMatch(
    /^genres: Drama → Drama\W+War$/u,
  );
});

it('distinguishes false, 0 and empty texts from null', () => {
  const text = differenceOf(
    { isAdult: false, numVotes: 0, job: '', endYear: null },
    { isAdult: null, numVotes: null, job: null, endYear: 1981 },
  );
  expect(text).toMatch(
    /^isAdult: false → (\S+), numVotes: 0 → \1, job:  → \1, endYear: \1 → 1981$/u,
  );
});

it('is empty for an insert, a delete and a reload', () => {
  const row = { tconst: 'tt0000001', numVotes: 5 };
  for (const [before, after] of [
    [null, row],
    [row, null],
    [null, null],
    [undefined, undefined],
  ] as const)
    expect(differenceOf(before, after)).toBe('');
});
