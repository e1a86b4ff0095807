import { expect, it } from 'vitest';
import { movement } from './movements.tsx';

const rating = (averageRating: number | null, numVotes: number | null) => ({
  averageRating,
  numVotes,
});

it.each([
  [rating(8, 3234), rating(7.9, 2000), '+1,234 votes · was 7.9'],
  [rating(8, 3234), rating(8, 2000), '+1,234 votes'],
  [rating(8, 1990), rating(8, 2000), '−10 votes'],
  [rating(8, 300), null, '+300 votes'],
])('of %j from %j is %j', (now, previous, text) => {
  expect(movement({ ...now, previous })).toBe(text);
});
