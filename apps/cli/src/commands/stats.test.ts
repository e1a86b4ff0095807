import type { Stats } from '@marquee/contract';
import { expect, it, onTestFinished, vi } from 'vitest';
import { freshApi } from '../testing/answers.ts';
import { marquee } from '../testing/marquee.ts';

const STATS: Stats = {
  datasets: [
    {
      dataset: 'title.basics',
      snapshotAt: '2026-08-15T06:15:00Z',
      lastModified: null,
      rows: 12_000_000,
      orphans: 0,
      rejects: 1,
    },
    {
      dataset: 'title.crew',
      snapshotAt: null,
      lastModified: null,
      rows: 0,
      orphans: 12,
      rejects: 0,
    },
  ],
  titlesByYear: [
    { year: 1977, titleType: 'movie', titles: 20 },
    { year: null, titleType: 'movie', titles: 10 },
    { year: 1977, titleType: 'tvEpisode', titles: 3000 },
    { year: 1977, titleType: null, titles: 1 },
  ],
  ratings: [
    { averageRating: 7, titles: 10 },
    { averageRating: 7.9, titles: 20 },
    { averageRating: 8, titles: 5 },
    { averageRating: 10, titles: 0 },
  ],
  ratingsByGenre: [],
};

const EMPTY: Stats = { datasets: [], titlesByYear: [], ratings: [], ratingsByGenre: [] };

it('shows datasets, and titles by type and by rating, the most and the best first', async () => {
  vi.stubEnv('TZ', 'UTC');
  onTestFinished(() => void vi.unstubAllEnvs());
  const { code, stdout } = await marquee({ ...freshApi(), '/stats': STATS }, ['stats']);
  expect(code).toBe(0);
  expect(stdout.split('\n')).toEqual([
    'DATASET             ROWS  ORPHANS  REJECTS  DOWNLOADED',
    'title.basics  12,000,000        0        1  2026-08-15 06:15',
    'title.crew             0       12        0',
    '',
    'TYPE        TITLES',
    `TV episode   3,000  ${'▇'.repeat(30)}`,
    'Film            30  ▇',
    'Unknown          1  ▇',
    '',
    'RATING  TITLES',
    '10           0',
    `8–8.9        5  ${'▇'.repeat(5)}`,
    `7–7.9       30  ${'▇'.repeat(30)}`,
    '',
  ]);
});

it('shows no table of titles if there are none', async () => {
  const { code, stdout } = await marquee({ ...freshApi(), '/stats': EMPTY }, ['stats']);
  expect([code, stdout]).toEqual([0, 'DATASET  ROWS  ORPHANS  REJECTS  DOWNLOADED\n']);
});

it('is the answer of the API as JSON', async () => {
  const { stdout } = await marquee({ ...freshApi(), '/stats': STATS }, ['stats', '--json']);
  expect(JSON.parse(stdout)).toEqual(STATS);
});
