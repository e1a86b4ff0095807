import type { Disk } from '@marquee/contract';
import { createElement } from 'react';
import { describe, expect, it } from 'vitest';
import { useApi } from '../api-client.ts';
import { CachedResponses, render, textsOf } from '../testing/render.ts';
import { DiskUsage } from './disk-usage.tsx';

const DISK: Disk = {
  measuredAt: '2026-08-15T06:15:00Z',
  datasets: [
    {
      dataset: 'title.basics',
      tableBytes: 1.2e9,
      indexBytes: 0.3e9,
      snapshots: 3,
      snapshotBytes: 660e6,
    },
    { dataset: 'title.crew', tableBytes: 0, indexBytes: 8192, snapshots: 0, snapshotBytes: 0 },
  ],
  searchBytes: 9.8e9,
  stagingBytes: 10e9,
  recordBytes: 310e6,
  sourceBytes: 420e6,
  databaseBytes: 50e9,
  snapshotBytes: 6.1e9,
  deliveryBytes: 52e6,
  pictureBytes: 18e6,
  exportBytes: 3.9e9,
  freeBytes: 120e9,
};

const Drawn = () => createElement(DiskUsage, { disk: useApi('disk', '/disk') });
const drawn = (disk: Partial<Disk>) =>
  render(createElement(Drawn), new CachedResponses().answer('disk', '/disk', { ...DISK, ...disk }));

it('shows the sizes of database and files, in total and by dataset', () => {
  const html = drawn({});
  const texts = textsOf(html);
  expect(texts.filter((text) => text === '50.0 GB' || text === '6.1 GB')).toHaveLength(2);
  const rows = html.split('<tr>').slice(2).map(textsOf);
  expect(rows.slice(0, 2)).toEqual([
    ['Titles', 'title.basics', '1.5 GB', '1.2 GB', '300.0 MB', '3: 660.0 MB'],
    ['Directors and writers', 'title.crew', '8.2 kB', '0 B', '8.2 kB', 'none'],
  ]);
  expect(rows.slice(2).map(([, size]) => size)).toEqual([
    '9.8 GB',
    '310.0 MB',
    '420.0 MB',
    '10.0 GB',
  ]);
});

describe('the free space', () => {
  const warns = (freeBytes: number | null) => {
    const html = drawn({ freeBytes });
    return html.slice(0, html.indexOf('<details>')).includes('less than a full load needs');
  };

  it('is too small if a full load does not fit, without the tables it has built', () => {
    expect([0, 39e9, 40e9, 120e9].map(warns)).toEqual([true, true, false, false]);
  });

  it('may be unknown', () => {
    expect(warns(null)).toBe(false);
    expect(drawn({ freeBytes: null })).not.toMatch(/NaN|null/u);
  });
});
