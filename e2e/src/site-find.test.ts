import { gzipSync } from 'node:zlib';
import { Facets, FoundTitlePage, SearchPage, Suggestions } from '@marquee/contract';
import { lacks } from '@marquee/process/testing';
import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { recordShifts, shiftOf } from './page-quality.ts';
import { useDays } from './sample-days.ts';
import { useSite } from './site.ts';

const days = useDays({ titles: 3000, days: 1 });
const LONG = { tags: ['long'] };

describe('the site', { skip: lacks('chromium') }, () => {
  const site = useSite(() => ({ published: days, workers: false }));
  const { answer, mostVoted, heading, settled } = site;
  let page: Page;
  beforeEach(() => {
    ({ page } = site);
  });

  it('says in heading and tab what is chosen, and undoes it by chips and by Back', async () => {
    await page.goto('/find?titleType=movie&genre=Drama&startYearFrom=1990&startYearTo=1999');
    await heading('Drama films of the 1990s').waitFor();
    expect(await page.title()).toBe('Drama films of the 1990s · marquee');
    await page.getByRole('button', { name: 'Remove: 1990s' }).click();
    await heading('Drama films').waitFor();
    await page.getByRole('button', { name: '7+', exact: true }).click();
    await heading('Drama films, rated 7 or more').waitFor();
    await page.goBack();
    await page.goBack();
    await heading('Drama films of the 1990s').waitFor();
  });

  it('keeps the rows until those of the next filter are there', async () => {
    await page.goto('/find');
    await page.locator('.rows li').nth(29).waitFor();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route('**/titles?*', async (route) => {
      await held;
      await route.continue();
    });
    await page
      .getByRole('list', { name: 'Type', exact: true })
      .getByRole('checkbox', { name: 'Short' })
      .check();
    await page.locator('.rows[aria-busy=true] li').nth(29).waitFor();
    release();
    await page.locator('.rows[aria-busy=false] li').first().waitFor();
    expect(await page.locator('.rows .type').first().textContent()).toBe('Short');
  });

  it('says at once that a range is crossed, and swaps it', async () => {
    await page.goto('/find');
    await page.getByLabel('Rating from', { exact: true }).fill('8');
    await page.getByLabel('Rating to', { exact: true }).fill('3');
    await page.getByText('8 is above 3.').waitFor();
    await page.getByLabel('Rating to', { exact: true }).press('Enter');
    // the end that makes no sense does not count
    expect(new URL(page.url()).search).toBe('?averageRatingFrom=8');
    await page.goto('/find?averageRatingFrom=8&averageRatingTo=3');
    await page.getByRole('heading', { name: 'No ratings lie between 8 and 3' }).waitFor();
    await page.getByRole('button', { name: 'From 3 to 8' }).click();
    await page.locator('.rows li').first().waitFor();
    expect(new URL(page.url()).search).toBe('?averageRatingFrom=3&averageRatingTo=8');
  });

  it('names values of the URL that mean nothing, and shows the rest', async () => {
    await page.goto('/find?titleType=movie&startYearFrom=soon&sort=best');
    await page.getByText('“soon” is no year.').waitFor();
    await page.getByText('“best” is no order.').waitFor();
    await page.locator('.rows li').first().waitFor();
    await page.goto('/find?titleType=nonsense');
    await page.getByText('“nonsense” is no type of titles.').waitFor();
    expect(await page.locator('main').innerText()).not.toMatch(/Invalid request|GET \//u);
    await page.getByRole('button', { name: 'Remove it' }).click();
    await page.locator('.rows li').first().waitFor();
    // the browser logs the status 400
    site.errors.splice(0, site.errors.length);
  });

  it('filters in a sheet on a phone, which says how many titles it shows', async () => {
    const { titles } = Facets.parse(await answer('/facets?titleType=movie'));
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto('/find');
    await page.locator('.rows li').first().waitFor();
    await page.getByRole('button', { name: 'Filters', exact: true }).click();
    const sheet = page.getByRole('dialog', { name: 'Filters' });
    await sheet
      .getByRole('list', { name: 'Type', exact: true })
      .getByRole('checkbox', { name: /^Film/u })
      .check();
    await sheet.getByRole('button', { name: `Show ${titles} titles` }).click();
    await sheet.waitFor({ state: 'detached' });
    await heading('Films').waitFor();
    await page.getByRole('button', { name: 'Filters (1)' }).waitFor();
  });

  it(
    'opens a suggestion in a new tab on Ctrl-click, and all results at the end of the list',
    LONG,
    async () => {
      const { id, text } = await mostVoted('&titleType=movie');
      await page.goto('/explore');
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.keyboard.press('/');
      expect(await page.evaluate('document.activeElement.role')).toBe('combobox');
      await page.keyboard.type(text);
      const option = page.locator(`[role=option][href="/title/${id}"]`);
      await option.waitFor();
      const opened = page.context().waitForEvent('page');
      await option.click({ modifiers: ['Control'] });
      const tab = await opened;
      expect(new URL(tab.url()).pathname).toBe(`/title/${id}`);
      await tab.close();
      expect(new URL(page.url()).pathname).toBe('/explore');
      await page.getByRole('option', { name: `All results for “${text}”` }).click();
      await heading(`Results for “${text}”`).waitFor();
    },
  );

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
    await heading(`Results for “${spelling}”`).waitFor();
    await page.goto(`/find?q=${words[0] ?? ''}`);
    await page.locator('.rows li').first().waitFor();
    await settled();
    expect(await page.locator('.did-you-mean').count()).toBe(0);
  });

  it('leads from an id or an address at imdb.com straight to its page', async () => {
    const { id, text } = await mostVoted('&titleType=movie');
    for (const typed of [id, `https://www.imdb.com/title/${id}/?ref_=fn_al_tt_1`]) {
      await page.goto('/');
      const box = page.getByRole('combobox', { name: 'Search titles and people' });
      await box.fill(typed);
      await box.press('Enter');
      await heading(text).waitFor();
    }
  });

  it('asks for no suggestions and for nothing twice when a page opens', async () => {
    const { id } = await mostVoted('&titleType=movie');
    for (const path of ['/', '/find?q=winter', `/title/${id}`, '/explore', '/genre/Drama']) {
      const asked: string[] = [];
      page.on('request', (request) => {
        if (request.resourceType() === 'fetch')
          asked.push(new URL(request.url()).pathname + new URL(request.url()).search);
      });
      await page.goto(path);
      await settled();
      page.removeAllListeners('request');
      expect(
        asked.filter((one) => one.startsWith('/suggest')),
        path,
      ).toEqual([]);
      expect(asked, path).toEqual([...new Set(asked)]);
    }
  });

  it('has pages of genres and decades, with the titles that the API ranks', async () => {
    const { items } = FoundTitlePage.parse(await answer('/titles?genre=Drama&sort=votes&limit=8'));
    await page.goto('/genre/Drama');
    await heading('Drama').waitFor();
    const best = page.getByRole('region', { name: 'Best known', exact: true });
    await best
      .locator('.rows li')
      .nth(items.length - 1)
      .waitFor();
    expect(await best.locator('.rows .name').allTextContents()).toEqual(
      items.map(({ primaryTitle }) => primaryTitle),
    );
    await page.goto('/decade/1990');
    await heading('The 1990s').waitFor();
    const year = page.getByRole('list', { name: 'Titles by year' }).getByRole('link').first();
    await year.click();
    await heading('Titles of 1990').waitFor();
    await page.goto('/decade/1995');
    await heading('Page not found').waitFor();
  });

  it('keeps the chosen colours, and follows the system without a choice', async () => {
    const ground = async () =>
      page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
    await page.emulateMedia({ colorScheme: 'light' });
    await page.goto('/explore');
    const light = await ground();
    await page.getByRole('button', { name: 'Use dark colours' }).click();
    const dark = await ground();
    expect(dark).not.toBe(light);
    await page.reload();
    expect(await ground()).toBe(dark);
    await page.getByRole('button', { name: 'Use light colours' }).click();
    expect(await ground()).toBe(light);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await ground()).toBe(dark);
  });

  it.each([390, 1280, 1920])(
    'moves nothing while a page loads, at a width of %d pixels',
    LONG,
    async (width) => {
      const { text } = await mostVoted('&titleType=movie');
      await page.setViewportSize({ width, height: width < 600 ? 844 : 900 });
      await recordShifts(page);
      for (const path of [
        '/',
        '/find',
        '/find?titleType=movie&genre=Drama',
        `/find?q=${encodeURIComponent(text)}`,
        '/genre/Drama',
        '/decade/2020',
        '/explore',
      ]) {
        await page.goto(path);
        await page.getByRole('heading', { level: 1 }).first().waitFor();
        await settled();
        expect(await shiftOf(page), `${path} at ${width}`).toBeLessThan(0.1);
      }
    },
  );
});
