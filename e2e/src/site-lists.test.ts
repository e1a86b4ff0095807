import { gzipSync } from 'node:zlib';
import { FoundTitlePage, SearchPage, Suggestions } from '@marquee/contract';
import { lacks } from '@marquee/process/testing';
import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { useDays } from './sample-days.ts';
import { useSite } from './site.ts';

const days = useDays({ titles: 3000, days: 1 });

describe('the site', { skip: lacks('chromium') }, () => {
  const site = useSite(() => ({ published: days }));
  const { answer, mostVoted, settled } = site;
  let page: Page;
  beforeEach(() => {
    ({ page } = site);
  });

  it('shows the series and position of an episode in every list', async () => {
    const { items } = FoundTitlePage.parse(await answer('/titles?titleType=tvEpisode&limit=30'));
    const known = items.flatMap(({ tconst = '', primaryTitle, episodeOf }) =>
      episodeOf?.primaryTitle && episodeOf.seasonNumber !== null && episodeOf.episodeNumber !== null
        ? [{ tconst, text: String(primaryTitle), episodeOf }]
        : [],
    );
    const [{ tconst, text, episodeOf } = expect.fail('no episode has a position')] = known;
    const position = `${episodeOf.primaryTitle} · Season ${episodeOf.seasonNumber}, episode ${episodeOf.episodeNumber}`;
    const row = page
      .locator('.rows li')
      .filter({ has: page.locator(`a[href="/title/${tconst}"]`) })
      .first();
    await page.goto('/find?titleType=tvEpisode,movie');
    await row.getByText(position, { exact: true }).waitFor();
    const film = (await mostVoted('&titleType=movie')).id;
    expect(
      await page
        .locator('.rows li')
        .filter({ has: page.locator(`a[href="/title/${film}"]`) })
        .locator('.series')
        .count(),
    ).toBe(0);
    const suggested = Suggestions.parse(
      await answer(`/suggest?limit=8&q=${encodeURIComponent(text)}`),
    ).items.map(({ id }) => id);
    expect(suggested).toContain(tconst);
    await page.getByRole('combobox', { name: 'Search titles and people' }).fill(text);
    await page
      .getByRole('option')
      .nth(suggested.indexOf(tconst))
      .getByText(position, { exact: true })
      .waitFor();
  });

  it('loads less than 150 kB of gzipped scripts at first', async () => {
    await page.goto('/');
    await page.getByRole('link', { name: 'Show all: Best rated films' }).waitFor();
    await settled();
    const scripts: string[] = await page.evaluate(
      `performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => name.endsWith('.js'))`,
    );
    const sizes = await Promise.all(
      scripts.map(async (url) => gzipSync(await (await fetch(url)).bytes()).length),
    );
    expect(sizes.length).toBeGreaterThan(0);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(150_000);
  });

  it('says that no title matches the text exactly', async () => {
    const { items } = FoundTitlePage.parse(await answer('/titles?limit=100'));
    const words = items.flatMap(
      ({ primaryTitle }) => (primaryTitle ?? '').toLowerCase().match(/[a-z]{6,}/gu) ?? [],
    );
    let misspelt = '';
    for (const word of words) {
      misspelt = word.slice(0, 3) + word.slice(4);
      const [best] = SearchPage.parse(
        await answer(`/search?q=${misspelt}&kind=title&limit=1`),
      ).items;
      if (best?.match === 'near') break;
    }
    await page.goto(`/find?q=${misspelt}`);
    await page.getByText(`No title matches “${misspelt}” exactly.`).waitFor();
    const meant = page.locator('.did-you-mean a');
    const spelling = (await meant.textContent()) ?? '';
    await meant.click();
    await site.heading(`Results for “${spelling}”`).waitFor();
    await page.goto(`/find?q=${words[0] ?? ''}`);
    await page.locator('.rows li').first().waitFor();
    await settled();
    expect(await page.locator('.did-you-mean').count()).toBe(0);
  });
});
