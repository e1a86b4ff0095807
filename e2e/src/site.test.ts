import { Facets, FoundTitlePage, Suggestions, Title, type TitleFilters } from '@marquee/contract';
import { lacks } from '@marquee/process/testing';
import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { violationsOf } from './page-quality.ts';
import { useDays } from './sample-days.ts';
import { hrefsOf, useSite } from './site.ts';
import { startSystem, type System } from './system.ts';

const days = useDays({ titles: 3000, days: 1 });
const LONG = { tags: ['long'] };

describe('the site', { skip: lacks('chromium') }, () => {
  const site = useSite(() => ({ published: days }));
  const { errors, answer, mostVoted, heading, settled } = site;
  let system: System;
  let page: Page;
  beforeEach(() => {
    ({ system, page } = site);
  });
  /** Drops the browser's own errors about failed connections. */
  const dropConnectionErrors = () => {
    const others = errors.filter(
      (text) =>
        !/net::ERR_(?:INTERNET_DISCONNECTED|CONNECTION_|EMPTY_RESPONSE|INCOMPLETE)/u.test(text),
    );
    errors.splice(0, errors.length, ...others);
  };

  it("marks made-up data in header and footer, and links only IMDb's data to imdb.com", async () => {
    const { rows } = await system.database.pool.query<{ title: string; name: string }>(
      `select (select primary_title from imdb.title_basics where tconst = 'tt0000001') as title, (select primary_name from imdb.name_basics where nconst = 'nm0000001') as name`,
    );
    const call = async (title = '', name = '') => {
      await system.database.pool.query(
        `update imdb.title_basics set primary_title = $1 where tconst = 'tt0000001'`,
        [title],
      );
      await system.database.pool.query(
        `update imdb.name_basics set primary_name = $1 where nconst = 'nm0000001'`,
        [name],
      );
    };
    const toImdb = page.locator('a[href*="imdb.com"]');
    for (const [kind, id] of [
      ['title', 'tt0000001'],
      ['name', 'nm0000001'],
    ] as const) {
      await page.goto(`/${kind}/${id}`);
      await page.getByText(id, { exact: true }).waitFor();
      await page.getByRole('banner').getByText('Made-up data', { exact: true }).waitFor();
      await page.locator('footer').getByText("are made up by marquee's sample generator").waitFor();
      expect(await toImdb.count()).toBe(0);
    }
    await system.database.pool.query(`
      insert into sources.source (id, definition, definition_hash, origin, priority)
        values ('films', '{"id": "films", "name": "My Films", "licence": {"name": "Mine", "republish": false}, "priority": 10, "files": []}', sha256('films'), 'api', 10);
      insert into sources.delivery (source, file, name, sha256, bytes, received_by) values ('films', 'all', 'films.csv', sha256('films'), 1, 'test');
      insert into sources.record (source, id, delivery, line, hash, record, raw)
        select source, '1', id, 1, sha256('film'), '{}', '{}' from sources.delivery where source = 'films'`);
    await page.reload();
    await page.getByRole('banner').getByText('Partly made-up data').waitFor();
    await page.locator('footer').getByText('The records of My Films are not made up.').waitFor();
    await system.database.pool.query(`
      delete from sources.record where source = 'films';
      delete from sources.delivery where source = 'films';
      delete from sources.source where id = 'films'`);
    await call('Another', 'Another');
    for (const [kind, id] of [
      ['title', 'tt0000001'],
      ['name', 'nm0000001'],
    ] as const) {
      await page.goto(`/${kind}/${id}`);
      expect(await page.getByRole('link', { name: `${id} on imdb.com` }).getAttribute('href')).toBe(
        `https://www.imdb.com/${kind}/${id}/`,
      );
      expect(await page.locator('footer').textContent()).toContain(
        'Information courtesy of IMDb (https://www.imdb.com). Used with permission.',
      );
      expect(await page.getByRole('banner').getByText('Made-up data').count()).toBe(0);
    }
    await call(rows[0]?.title, rows[0]?.name);
  });

  it('filters by the parameters of the URL, and loads further pages', async () => {
    const path = '/titles?titleType=movie&genre=Drama&sort=year&limit=60';
    const { items } = FoundTitlePage.parse(await answer(path));
    await page.goto('/find?titleType=movie&sort=year');
    await page
      .getByRole('list', { name: 'Genre', exact: true })
      .getByRole('checkbox', { name: /^Drama/u })
      .check();
    await page.waitForURL(/genre=Drama/u);
    await page.locator(`.rows li:first-child a[href="/title/${items[0]?.tconst ?? ''}"]`).waitFor();
    await page.getByRole('button', { name: 'Show more' }).click();
    await page.locator('.rows li').nth(30).waitFor();
    const shown = await hrefsOf(page.locator('.rows a'));
    expect(shown).toEqual(items.map(({ tconst }) => `/title/${tconst ?? ''}`));
    await page.reload();
    await page.locator(`.rows li:first-child a[href="/title/${items[0]?.tconst ?? ''}"]`).waitFor();
  });

  it('says that there are no results, and clears the filters', async () => {
    await page.goto('/find?startYearFrom=9998');
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.locator('.rows li').first().waitFor();
    expect(new URL(page.url()).search).toBe('');
  });

  it('keeps the query in the search box, and says that there are no results', async () => {
    await page.goto('/explore');
    const box = page.getByRole('combobox', { name: 'Search titles and people' });
    await box.fill('zzzzqqq');
    await box.press('Enter');
    await heading('No results for “zzzzqqq”').waitFor();
    await page.reload();
    await heading('No results for “zzzzqqq”').waitFor();
    expect(await box.inputValue()).toBe('zzzzqqq');
    await page.getByText('Try fewer words or another spelling.').waitFor();
    await page
      .getByRole('navigation', { name: 'Pages' })
      .getByRole('link', { name: 'Explore' })
      .click();
    await expect.poll(async () => box.inputValue()).toBe('');
  });

  it('counts the results of a text by filter, and shows as many after selecting one', async () => {
    const { items } = FoundTitlePage.parse(await answer('/titles?limit=100'));
    const words = [
      ...new Set(
        items.flatMap(
          ({ primaryTitle }) => (primaryTitle ?? '').toLowerCase().match(/[a-z]{4,}/gu) ?? [],
        ),
      ),
    ];
    const found: (Facets & { q: string })[] = [];
    // exact counts, and the titles of the first genre fit on a page
    const isFitting = ({ exact, genres: [first] }: Facets) =>
      exact && first !== undefined && first.count > 3 && first.count < 30;
    for (const q of words)
      if (!found.some(isFitting))
        found.push({ q, ...Facets.parse(await answer(`/facets?q=${q}`)) });
    const { q, titles, genres, types } =
      found.find(isFitting) ?? expect.fail('no word matches a suitable number of titles');
    await page.goto(`/find?q=${q}`);
    await page.getByText(`${titles} titles`, { exact: true }).waitFor();
    const counts = async (list: string) =>
      (
        await page
          .getByRole('list', { name: list, exact: true })
          .getByRole('listitem')
          .allTextContents()
      ).map((line) => Number(/\d+$/u.exec(line)?.[0]));
    await expect
      .poll(async () => counts('Genre'))
      .toEqual(genres.slice(0, 8).map(({ count }) => count));
    await expect
      .poll(async () => counts('Type'))
      .toEqual(types.slice(0, 8).map(({ count }) => count));
    await page
      .getByRole('list', { name: 'Genre', exact: true })
      .getByRole('checkbox')
      .first()
      .check();
    await page.getByText(`${genres[0]?.count} titles`, { exact: true }).waitFor();
    await expect.poll(async () => page.locator('.rows li').count()).toBe(genres[0]?.count);
  });

  it('shows an error for missing pages, titles and people, with a link to the data', async () => {
    for (const path of ['/title/tt0000000', '/name/nm0000000', '/title/none']) {
      await page.goto(path);
      await heading('Not found').waitFor();
      expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(0);
      await page.getByRole('link', { name: 'which data is loaded' }).click();
      await heading('Data').waitFor();
    }
    for (const path of ['/nowhere', '/title', '/find/nowhere']) {
      expect((await page.goto(path))?.status()).toBe(404);
      await heading('Page not found').waitFor();
    }
    errors.splice(0, errors.filter((text) => /status of 40[04]/u.test(text)).length);
  });

  it('restores the list and its scroll position on going back', async () => {
    await page.goto('/find?sort=votes');
    await page.getByRole('button', { name: 'Show more' }).click();
    const link = page.locator('.rows li a').nth(45);
    await link.scrollIntoViewIfNeeded();
    const place = await page.evaluate('scrollY');
    await link.click();
    await page.waitForURL(/\/title\//u);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await expect.poll(async () => page.evaluate('scrollY')).toBe(0);
    await page.goBack();
    await expect.poll(async () => page.evaluate('scrollY')).toBe(place);
    expect(await page.locator('.rows li').count()).toBe(60);
  });

  it('shows all filters of a URL, and is filtered by keyboard', LONG, async () => {
    const filters = {
      titleType: 'movie,tvSeries',
      genre: 'Drama',
      genreAny: 'Drama,Comedy',
      genreNone: 'Horror',
      startYearFrom: '1900',
      startYearTo: '2030',
      runtimeMinutesFrom: '1',
      runtimeMinutesTo: '900',
      averageRatingFrom: '1',
      averageRatingTo: '10',
      numVotesFrom: '0',
      numVotesTo: '9000000',
      isAdult: 'false',
      country: 'US',
      language: 'en',
      hasEpisodes: 'false',
      person: 'nm0000001',
      role: 'cast',
    } satisfies Record<keyof TitleFilters, string>;
    await page.goto(`/find?${new URLSearchParams(filters).toString()}`);
    await page.getByRole('button', { name: 'Clear all filters' }).waitFor();
    for (const [list, values, mode] of [
      ['Type', 2, undefined],
      ['Genre', 1, 'All of'],
      ['Genre', 2, 'Any of'],
      ['Genre', 1, 'None of'],
      ['Title in region', 1, undefined],
      ['Title in language', 1, undefined],
    ] as const) {
      if (mode !== undefined) await page.getByRole('radio', { name: mode }).check();
      await page
        .getByRole('list', { name: list, exact: true })
        .getByRole('checkbox', { checked: true })
        .nth(values - 1)
        .waitFor();
      expect(
        await page
          .getByRole('list', { name: list, exact: true })
          .getByRole('checkbox', { checked: true })
          .count(),
        list,
      ).toBe(values);
    }
    for (const [label, value] of [
      ['Year from', '1900'],
      ['Rating to', '10'],
      ['Votes to', '9000000'],
      ['Minutes from', '1'],
    ] as const)
      expect(await page.getByLabel(label, { exact: true }).inputValue()).toBe(value);
    for (const [group, choice] of [
      ['Episodes', 'Without'],
      ['Adult titles', 'None'],
    ] as const)
      expect(
        await page
          .getByRole('group', { name: group })
          .getByRole('radio', { name: choice })
          .isChecked(),
      ).toBe(true);
    expect(await page.getByLabel('Role', { exact: true }).inputValue()).toBe('cast');
    const chips = page.getByRole('group', { name: 'Chosen filters' }).getByRole('button');
    expect(await chips.allTextContents()).toEqual([
      'Film',
      'TV series',
      'Drama',
      'Or Drama',
      'Or Comedy',
      'Not Horror',
      '1900–2030',
      'Rated 1 to 10',
      '0–9,000,000 votes',
      '1 min–15 h',
      expect.stringMatching(/^With .* in the cast$/u),
      'Title in United States',
      'Title in English',
      'Without episodes',
      'No adult titles',
      'Clear all filters',
    ]);
    const year = page.getByLabel('Year from', { exact: true });
    await year.fill('1950');
    await year.press('Enter');
    await page.waitForURL(/startYearFrom=1950/u);
    // the focus does not move
    expect(await page.evaluate('document.activeElement.ariaLabel')).toBe('Year from');
    await page.goBack();
    await expect.poll(async () => year.inputValue()).toBe('1900');
    for (const [button, place] of [
      ['Clear all filters', 'Results'],
      ['Clear filters', 'Results'],
    ] as const) {
      await page.goto('/find?startYearFrom=9998&isAdult=false');
      await page.getByRole('button', { name: button }).focus();
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: button }).waitFor({ state: 'detached' });
      // the button is gone, and the focus is not at the top of the page
      expect(await page.evaluate('document.activeElement.ariaLabel')).toBe(place);
    }
    errors.splice(0, errors.filter((text) => text.includes('status of 404')).length);
  });

  it('fits a phone, whatever the data', LONG, async () => {
    // a very long word, and a title and a name without any facts
    await system.database.pool.query(
      `insert into imdb.title_basics (tconst, primary_title) values ('tt9999901', repeat('Donaudampfschiff', 12)), ('tt9999902', null); insert into imdb.name_basics (nconst) values ('nm9999901')`,
    );
    const series = await mostVoted('&titleType=tvSeries&hasEpisodes=true');
    const { id } = await mostVoted('&titleType=movie');
    const { principals } = Title.parse(await answer(`/titles/${id}?include=principals`));
    await page.setViewportSize({ width: 360, height: 740 });
    for (const path of [
      '/',
      '/find',
      `/find?q=${encodeURIComponent(series.text)}`,
      '/find?startYearFrom=9998',
      `/title/${id}`,
      `/title/${series.id}`,
      '/title/tt9999901',
      '/title/tt9999902',
      `/name/${principals?.items[0]?.nconst ?? ''}`,
      '/name/nm9999901',
      '/explore',
      '/data',
    ]) {
      await page.goto(path);
      await page.getByRole('heading', { level: 1 }).first().waitFor();
      await settled();
      for (const summary of await page.locator('summary').all()) await summary.click();
      await settled();
      expect(await page.evaluate('document.documentElement.scrollWidth'), path).toBe(360);
    }
    await system.database.pool.query(
      `delete from imdb.title_basics where tconst like 'tt99999%'; delete from imdb.name_basics where nconst = 'nm9999901'`,
    );
  });

  it('can be searched by keyboard alone', async () => {
    const { text } = await mostVoted('&titleType=movie');
    const [first] = Suggestions.parse(
      await answer(`/suggest?limit=8&q=${encodeURIComponent(text)}`),
    ).items;
    await page.goto('/explore');
    const box = page.getByRole('combobox');
    await box.focus();
    await page.keyboard.type(text);
    await page.getByRole('option').first().waitFor();
    await page.keyboard.press('Escape');
    expect(await box.getAttribute('aria-expanded')).toBe('false');
    await page.keyboard.press('ArrowDown');
    const active = await box.getAttribute('aria-activedescendant');
    expect(await page.locator(`[id="${active ?? ''}"]`).getAttribute('aria-selected')).toBe('true');
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/${first?.kind ?? ''}/${first?.id ?? ''}`);
    // a pasted address needs no suggestions
    await page.getByRole('combobox').fill('https://m.imdb.com/de/name/nm00001/?ref_=tt_cl_1');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/name/nm0000001');
  });

  it('continues after the network is lost and comes back', LONG, async () => {
    const { id, text } = await mostVoted('&titleType=movie');
    await page.goto('/explore');
    await page.locator('.chart svg rect').first().waitFor();
    await page
      .getByRole('navigation', { name: 'Pages' })
      .getByRole('link', { name: 'Find' })
      .click();
    await page.locator(`.rows a[href="/title/${id}"]`).waitFor();
    await page.context().setOffline(true);
    await page.getByText('You are offline. Pages you have visited stay available').waitFor();
    // loaded pages stay and work; others show an error
    await page
      .getByRole('navigation', { name: 'Pages' })
      .getByRole('link', { name: 'Explore' })
      .click();
    await page.locator('.chart svg rect').first().waitFor();
    await page.goBack();
    await page.locator(`.rows a[href="/title/${id}"]`).click();
    const failure = page
      .getByRole('alert')
      .filter({ has: page.getByRole('heading', { level: 1, name: 'Not loaded yet' }) });
    await failure.getByText('once you are online again.').waitFor();
    await page.context().setOffline(false);
    // without user input
    await heading(text).waitFor();
    await page.getByText('You are offline').first().waitFor({ state: 'detached' });
    dropConnectionErrors();
  });

  it('reports a stopped server, and continues when it is back', LONG, async () => {
    const { id, text } = await mostVoted('&titleType=movie');
    await page.goto('/find');
    await page.locator(`.rows a[href="/title/${id}"]`).waitFor();
    await system.stopApi();
    await page.locator(`.rows a[href="/title/${id}"]`).click();
    await page
      .getByText('The server does not answer. Pages you have visited stay available')
      .waitFor();
    await page.getByRole('alert').getByText('as soon as the server answers.').waitFor();
    await page
      .getByRole('navigation', { name: 'Pages' })
      .getByRole('link', { name: 'Data' })
      .click();
    await page.getByRole('heading', { level: 1, name: 'Data' }).waitFor();
    expect(await page.getByRole('alert').first().textContent()).toContain(
      'as soon as the server answers.',
    );
    await page.goBack();
    await system.startApi();
    await heading(text).waitFor();
    await page.getByText('The server does not answer').first().waitFor({ state: 'detached' });
    dropConnectionErrors();
  });

  it('draws the charts, each with its data', async () => {
    await page.goto('/explore');
    for (const title of [
      'Titles by year and type',
      'How titles are rated',
      'Ratings by genre and decade',
    ]) {
      const chart = page
        .locator('.chart')
        .filter({ has: page.getByRole('heading', { name: title }) });
      await chart.locator('svg rect').first().waitFor();
      expect(
        (await chart.locator('a.csv').getAttribute('href'))?.split('%0D%0A').length,
      ).toBeGreaterThan(5);
    }
  });

  it('lets browsers cache its files for good, but not the page that refers to them', async () => {
    const index = await fetch(`${system.apiUrl}/title/tt0000001`, {
      headers: { accept: 'text/html' },
    });
    expect(index.headers.get('cache-control')).toBe('private, no-cache');
    const [, script = ''] = /src="(\/assets\/[^"]+\.js)"/u.exec(await index.text()) ?? [];
    expect((await fetch(system.apiUrl + script)).headers.get('cache-control')).toContain(
      'immutable',
    );
    expect((await fetch(`${system.apiUrl}/assets/none.js`)).status).toBe(404);
    const nowhere = await fetch(`${system.apiUrl}/nowhere`);
    expect([nowhere.status, nowhere.headers.get('content-type')]).toEqual([
      404,
      expect.stringContaining('application/problem+json'),
    ]);
  });

  it('asks for a key once, keeps no wrong one, and starts and cancels a run with the right one', async () => {
    const key = `mq_${'k'.repeat(43)}`;
    const keyed = await startSystem({
      workers: false,
      api: { READING: 'keyed', OPERATING: 'keyed', API_ADMIN_KEY: key },
    });
    try {
      await page.goto(keyed.apiUrl);
      await heading('Sign in').waitFor();
      expect(await page.getByLabel('Key').count()).toBe(1);
      // the attribution is not known yet, and a user need not know about headers
      expect(await page.locator('body').textContent()).not.toMatch(/courtesy|Authorization/u);
      await page.getByLabel('Key').fill('mq_wrong');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('alert').waitFor();
      expect(await page.getByLabel('Key').inputValue()).toBe('');
      await page.getByLabel('Key').fill(key);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('button', { name: 'Download the data' }).click();
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.getByText('cancelled', { exact: true }).waitFor();
      // another tab is signed in too; the key itself is nowhere in the browser
      const opened = page.context().waitForEvent('page');
      await page.evaluate(`window.open('/data')`);
      const tab = await opened;
      await tab.getByRole('button', { name: 'Sign out' }).waitFor();
      await tab.getByRole('banner').getByText('admin', { exact: true }).waitFor();
      expect(
        await tab.evaluate('JSON.stringify([document.cookie, localStorage, sessionStorage])'),
      ).not.toContain(key);
      await tab.getByRole('button', { name: 'Sign out' }).click();
      await tab.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
      await tab.close();
      // the browser logs the status 401
      const others = errors.filter((text) => !text.includes('status of 401'));
      errors.splice(0, errors.length, ...others);
    } finally {
      await keyed.stop();
    }
  });

  /** Finds faults of accessibility on pages, those of one series or of all kinds. */
  async function expectAccessible(
    colorScheme: 'light' | 'dark',
    of: 'a series' | 'all',
  ): Promise<void> {
    const series = await mostVoted('&titleType=tvSeries&hasEpisodes=true');
    const title = Title.parse(await answer(`/titles/${series.id}?include=principals`));
    await page.emulateMedia({ colorScheme });
    const ofSeries = [
      '/',
      `/find?q=${encodeURIComponent(series.text)}`,
      `/title/${series.id}`,
      `/name/${title.principals?.items[0]?.nconst ?? ''}`,
    ];
    const others = [
      '/find',
      '/find?startYearFrom=9998',
      '/find?averageRatingFrom=8&averageRatingTo=3&sort=nonsense',
      '/genre/Drama',
      '/decade/1990',
      '/explore',
      '/data',
      '/title/none',
    ];
    for (const path of of === 'all' ? [...ofSeries, ...others] : ofSeries) {
      await page.goto(path);
      await page.getByRole('heading', { level: 1 }).first().waitFor();
      await settled();
      expect(await violationsOf(page), `${path} in ${colorScheme}`).toEqual([]);
    }
    // the browser logs the status of the page, and that of the API
    errors.splice(0, errors.filter((text) => /status of 40[04]/u.test(text)).length);
  }

  it('has no accessibility violations from the first page to a title and its people', async () =>
    expectAccessible('light', 'a series'));

  it.each(['light', 'dark'] as const)(
    'has no accessibility violations on any page, in %s colours',
    LONG,
    async (colorScheme) => expectAccessible(colorScheme, 'all'),
  );
});
