import { createElement, type ComponentProps } from 'react';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ApiError } from './api-client.ts';
import { render, textsOf } from './testing/render.ts';
import { EPISODE_OF, FILM, UNKNOWN } from './testing/titles.ts';
import { Rating } from './design/rating.tsx';
import { ShowMore, TitleRow } from './title-list.tsx';

const row = (props: ComponentProps<typeof TitleRow>) => render(createElement(TitleRow, props));

describe('a title in a list', () => {
  it('links to its page and shows its facts', () => {
    const html = row({ title: FILM });
    expect(html).toContain('href="/title/tt0000001"');
    expect(textsOf(html)).toEqual([
      'LW',
      'The Long Winter',
      'Film',
      '1977',
      '1 h 41 min',
      'Drama, War',
      '7.1',
      '12.3K',
      '12,345 votes',
    ]);
  });

  it('shows its id if nothing else is known', () => {
    expect(textsOf(row({ title: UNKNOWN }))).toEqual(['?', 'tt0000002', 'Unknown', 'not rated']);
    expect(row({ title: UNKNOWN })).not.toMatch(/null|undefined|NaN/u);
  });

  it('shows its rank, and a note instead of its facts', () => {
    expect(textsOf(row({ title: FILM, rank: 1, note: 'Episode 3' }))).toEqual([
      '1',
      'LW',
      'The Long Winter',
      'Episode 3',
      '7.1',
      '12.3K',
      '12,345 votes',
    ]);
  });

  it('shows the position of an episode, and only of an episode', () => {
    expect(textsOf(row({ title: { ...FILM, episodeOf: EPISODE_OF } }))).toContain(
      'Seasons · Season 1, episode 3',
    );
    expect(row({ title: FILM })).not.toContain('series');
  });

  it('escapes HTML', () => {
    const html = row({ title: { ...FILM, primaryTitle: '<img src=x onerror=alert(1)>' } });
    expect(html).not.toContain('<img');
    expect(textsOf(html)[1]).toBe('<img src=x onerror=alert(1)>');
  });
});

it.each([
  [10, 2_147_483_647, ['10.0', '2.1B', '2,147,483,647 votes']],
  [1, 1, ['1.0', '1', '1 vote']],
  [0, 0, ['0.0', '0', '0 votes']],
])('shows a rating of %s by %s votes as %j', (averageRating, numVotes, texts) => {
  expect(textsOf(render(createElement(Rating, { averageRating, numVotes })))).toEqual(texts);
});

describe('the next page', () => {
  const list = {
    hasNextPage: true,
    isFetchingNextPage: false,
    isFetchNextPageError: false,
    error: null,
    fetchNextPage: async () => Promise.resolve(),
  };
  const more = (given: Partial<ComponentProps<typeof ShowMore>['list']>) =>
    render(createElement(ShowMore, { list: { ...list, ...given } }));

  it('can be loaded if there is one, one request at a time', () => {
    expect(more({ hasNextPage: false })).toBe('');
    expect(more({})).toMatch(/<button type="button"(?![^>]*disabled)/u);
    expect(more({ isFetchingNextPage: true })).toMatch(/<button[^>]*disabled/u);
  });

  it('can be retried after an error, which is shown', () => {
    vi.stubGlobal('navigator', { onLine: true });
    onTestFinished(() => void vi.unstubAllGlobals());
    const error = new ApiError({ status: 503, code: 'x', detail: 'Too much to do.', hint: 'x' });
    const html = more({ isFetchNextPageError: true, error });
    expect(html).toContain('role="alert"');
    expect(textsOf(html)[0]).toBe('Too much to do.');
    expect(html).toContain('<button');
    expect(more({ error })).not.toContain('role="alert"');
  });
});
