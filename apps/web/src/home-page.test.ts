import type { Published } from '@marquee/contract';
import { createElement } from 'react';
import { expect, it } from 'vitest';
import { ChartList } from './chart-list.tsx';
import { HomePage } from './home-page.tsx';
import { CachedResponses, render, textsOf } from './testing/render.ts';
import { FILM } from './testing/titles.ts';

const dataset = (
  name: Published['datasets'][number]['dataset'],
  rows: number,
  publishedAt: string | null,
): Published['datasets'][number] => ({
  dataset: name,
  status: publishedAt === null ? 'empty' : 'published',
  publishedAt,
  snapshotId: null,
  fetchedAt: publishedAt,
  runId: null,
  rows,
  rejects: 0,
  orphans: {},
});

const home = (datasets: Published['datasets']) =>
  textsOf(
    render(
      createElement(HomePage),
      new CachedResponses()
        .answer('runs', '/runs?limit=1', { items: [], next: null })
        .answer('published', '/published', {
          datasets,
          nextUpdateAt: null,
          isMadeUp: false,
          realSources: [],
          attribution: '',
        }),
    ),
  ).join(' ');

it('shows the numbers of titles and people, and the time of the newest publish', () => {
  const text = home([
    dataset('title.basics', 12_000_000, '2026-08-14T12:00:00Z'),
    dataset('name.basics', 1, '2026-08-15T12:00:00Z'),
    dataset('title.crew', 0, null),
  ]);
  expect(text).toMatch(/12,000,000 titles and 1 people, .*Aug 15, 2026/u);
});

it('offers to download the data only if all datasets are empty', () => {
  const offer = /Download the data/u;
  expect(home([dataset('title.basics', 0, null), dataset('title.crew', 0, null)])).toMatch(offer);
  expect(
    home([dataset('title.basics', 0, null), dataset('title.crew', 5, '2026-08-15T12:00:00Z')]),
  ).not.toMatch(offer);
});

it('shows the titles of a chart with their ranks, and a link to all of them', () => {
  const chart = { title: 'Best', path: '/charts/top', rows: 2, more: '/find?sort=weighted' };
  const items = [FILM, { ...FILM, tconst: 'tt0000002', primaryTitle: 'Thaw' }];
  const html = render(
    createElement(ChartList, chart),
    new CachedResponses().answer('titles', '/charts/top?limit=2', { items, next: null }),
  );
  expect(textsOf(html)).toEqual(expect.arrayContaining(['1', 'The Long Winter', '2', 'Thaw']));
  expect(html).toContain('href="/find?sort=weighted"');
});
