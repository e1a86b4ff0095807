import { expect, it } from 'vitest';
import { historyPoints } from './rating-history.tsx';

it('has a point for each rating that was in use, with its votes', () => {
  const points = historyPoints({
    since: '2026-08-01T00:00:00Z',
    items: [
      { at: '2026-08-01T00:00:00Z', averageRating: 7, numVotes: 1200 },
      { at: '2026-08-02T00:00:00Z', averageRating: null, numVotes: null },
      { at: '2026-08-03T00:00:00Z', averageRating: 7.1, numVotes: 1 },
    ],
  });
  expect(points.map(({ at, averageRating }) => [at.toISOString(), averageRating])).toEqual([
    ['2026-08-01T00:00:00.000Z', 7],
    ['2026-08-03T00:00:00.000Z', 7.1],
  ]);
  expect(points[0]?.label).toMatch(/^★ 7\.0, 1,200 votes\nsince .*2026/u);
  expect(points[1]?.label).toMatch(/^★ 7\.1, 1 vote\n/u);
});
