import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import {
  Disk,
  Facets,
  FoundTitlePage,
  Name,
  Published,
  Suggestions,
  Title,
  type TitleFilters,
} from '@marquee/contract';
import { DATASET_NAMES } from '@marquee/datasets';
import { lacks } from '@marquee/process/testing';
import type { Page } from 'playwright-core';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { holdOrigin, type HeldOrigin } from './held-origin.ts';
import { useDays } from './sample-days.ts';
import { useSite } from './site.ts';
import { startSystem, type System } from './system.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const days = useDays({ titles: 3000, days: 1 });

describe('the site, with nothing published yet', { skip: lacks('chromium') }, () => {
  const site = useSite(() => ({ workers: false }));
  let origin: HeldOrigin;
  beforeAll(async () => {
    origin = await holdOrigin(days.day(0));
    await site.system.startWorkers({ datasetsUrl: origin.url });
    return async () => {
      await site.system.stopWorkers();
      await origin.close();
    };
  });

  it('leads a new user through a run to a film', async () => {
    const { page, heading, mostVoted, settled } = site;
    await page.goto('/');
    // what arrives late moves the button away from a click
    await settled();
    await page.getByRole('button', { name: 'Fetch the data' }).click();
    await page.getByRole('progressbar', { name: 'Download title.basics' }).waitFor();
    origin.finish();
    await heading('What are you looking for?').waitFor();
    const { id, text } = await mostVoted('&titleType=movie');
    await page.getByRole('combobox', { name: 'Search titles and people' }).fill(text);
    await page.getByRole('option').filter({ hasText: text }).first().waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/find\?q=/u);
    await page.locator(`.rows a[href="/title/${id}"]`).first().click();
    await heading(text).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/title/${id}`);
  });
});

describe('the site', { skip: lacks('chromium') }, () => {
  const site = useSite(() => ({ published: days }));
  const { complaints, answer, mostVoted, heading, settled } = site;
  let system: System;
  let page: Page;
  beforeEach(() => {
    ({ system, page } = site);
  });
  /** The browser itself complains of what it could not reach. */
  const forgetUnreached = () => {
    const others = complaints.filter(
      (text) =>
        !/net::ERR_(?:INTERNET_DISCONNECTED|CONNECTION_|EMPTY_RESPONSE|INCOMPLETE)/u.test(text),
    );
    complaints.splice(0, complaints.length, ...others);
  };

  it('shows what the API answers of a title', async () => {
    const { id } = await mostVoted('&titleType=movie');
    const title = Title.parse(await answer(`/titles/${id}?include=ratings,principals,akas,crew`));
    await page.goto(`/title/${id}`);
    await heading(title.primaryTitle ?? '').waitFor();
    const text = page.locator('main');
    await page.getByRole('heading', { name: 'Cast and crew' }).waitFor();
    for (const { nconst } of title.principals?.items ?? [])
      expect(await page.locator(`a[href="/name/${nconst}"]`).count()).toBeGreaterThan(0);
    await page.getByRole('heading', { name: 'Also known as' }).waitFor();
    const shown = await text.textContent();
    for (const part of [
      ...(title.genres ?? []),
      title.ratings?.averageRating?.toFixed(1),
      String(title.startYear),
      ...(title.akas?.items ?? []).map((aka) => aka.title),
    ])
      expect(shown).toContain(part);
  });

  it("says above and below every page that made-up data is made up, and leads to imdb.com only from what is IMDb's", async () => {
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

  it('shows the seasons of a series, with a chart and its data', async () => {
    const { rows } = await system.database.pool.query<{ id: string }>(
      'select parent_tconst as id from imdb.title_episode join imdb.title_ratings using (tconst) where season_number is not null group by 1 order by count(*) desc, 1 limit 1',
    );
    await page.goto(`/title/${rows[0]?.id ?? ''}`);
    await page.locator('.chart svg').first().waitFor();
    const csv = decodeURIComponent(
      (await page
        .getByRole('link', { name: /^Ratings, season by season as CSV/u })
        .getAttribute('href')) ?? '',
    );
    const lines = csv.split('\r\n');
    expect(lines[0]).toBe(
      'data:text/csv;charset=utf-8,tconst,seasonNumber,episodeNumber,averageRating,numVotes',
    );
    const seasons = [...Map.groupBy(lines.slice(1), (line) => line.split(',')[1]).values()];
    expect(await page.locator('.chart svg circle').count()).toBe(lines.length - 1);
    // each season has its tick, and nothing else has one
    expect(await page.locator('.chart svg g:not([text-anchor]) > text').allTextContents()).toEqual(
      seasons.map(([line]) => line?.split(',')[1]),
    );
  });

  it('shows what the API answers of a person', async () => {
    const { id } = await mostVoted();
    const title = Title.parse(await answer(`/titles/${id}?include=principals`));
    const nconst = title.principals?.items[0]?.nconst ?? '';
    const name = Name.parse(await answer(`/names/${nconst}?include=knownFor`));
    await page.goto(`/name/${nconst}`);
    await heading(name.primaryName ?? '').waitFor();
    await page.getByRole('heading', { name: 'Filmography' }).waitFor();
    await page.locator(`a[href="/title/${id}"]`).first().waitFor();
    for (const { tconst } of name.knownFor ?? [])
      expect(await page.locator(`a[href="/title/${tconst}"]`).count()).toBeGreaterThan(0);
  });

  it('finds by filters that stand in the URL, and goes on page by page', async () => {
    const path = '/titles?titleType=movie&genre=Drama&sort=year&limit=60';
    const { items } = FoundTitlePage.parse(await answer(path));
    await page.goto('/find?titleType=movie&sort=year');
    await page
      .getByRole('list', { name: 'Genres, all of' })
      .getByRole('checkbox', { name: /^Drama/u })
      .check();
    await page.waitForURL(/genre=Drama/u);
    await page.locator(`.rows li:first-child a[href="/title/${items[0]?.tconst ?? ''}"]`).waitFor();
    await page.getByRole('button', { name: 'Show more' }).click();
    await page.locator('.rows li').nth(30).waitFor();
    const shown = await Promise.all(
      (await page.locator('.rows a').all()).map(async (link) => link.getAttribute('href')),
    );
    expect(shown).toEqual(items.map(({ tconst }) => `/title/${tconst ?? ''}`));
    await page.reload();
    await page.locator(`.rows li:first-child a[href="/title/${items[0]?.tconst ?? ''}"]`).waitFor();
  });

  it('says when nothing is found, and takes the filters away', async () => {
    await page.goto('/find?startYearFrom=9998');
    await page.getByRole('button', { name: 'Take the filters away' }).click();
    await page.locator('.rows li').first().waitFor();
    expect(new URL(page.url()).search).toBe('');
  });

  it('keeps what was asked in the search box, and says when nothing is found for it', async () => {
    await page.goto('/explore');
    const box = page.getByRole('combobox', { name: 'Search titles and people' });
    await box.fill('zzzzqqq');
    await box.press('Enter');
    await heading('Nothing found for “zzzzqqq”').waitFor();
    await page.reload();
    await heading('Nothing found for “zzzzqqq”').waitFor();
    expect(await box.inputValue()).toBe('zzzzqqq');
    expect(await page.getByRole('heading', { name: 'Nothing found' }).count()).toBe(1);
    await page
      .getByRole('navigation', { name: 'Pages' })
      .getByRole('link', { name: 'Explore' })
      .click();
    await expect.poll(async () => box.inputValue()).toBe('');
  });

  it('counts what a text finds by each filter, and shows as many when one is chosen', async () => {
    const { items } = FoundTitlePage.parse(await answer('/titles?limit=100'));
    const words = [
      ...new Set(
        items.flatMap(
          ({ primaryTitle }) => (primaryTitle ?? '').toLowerCase().match(/[a-z]{4,}/gu) ?? [],
        ),
      ),
    ];
    const found: (Facets & { q: string })[] = [];
    // all are counted, and those of the first genre fit a page
    const isFitting = ({ exact, genres: [first] }: Facets) =>
      exact && first !== undefined && first.count > 3 && first.count < 30;
    for (const q of words)
      if (!found.some(isFitting))
        found.push({ q, ...Facets.parse(await answer(`/facets?q=${q}`)) });
    const { q, titles, genres, types } =
      found.find(isFitting) ?? expect.fail('no word finds some titles and not too many');
    await page.goto(`/find?q=${q}`);
    await page.getByText(`${titles} titles`, { exact: true }).waitFor();
    const counts = async (list: string) =>
      (await page.getByRole('list', { name: list }).getByRole('listitem').allTextContents()).map(
        (line) => Number(/\d+$/u.exec(line)?.[0]),
      );
    await expect
      .poll(async () => counts('Genres, all of'))
      .toEqual(genres.slice(0, 8).map(({ count }) => count));
    await expect
      .poll(async () => counts('Type'))
      .toEqual(types.slice(0, 8).map(({ count }) => count));
    await page.getByRole('list', { name: 'Genres, all of' }).getByRole('checkbox').first().check();
    await page.getByText(`${genres[0]?.count} titles`, { exact: true }).waitFor();
    await expect.poll(async () => page.locator('.rows li').count()).toBe(genres[0]?.count);
  });

  it('says what is not there, with the way to what is', async () => {
    for (const path of ['/title/tt0000000', '/name/nm0000000', '/title/none']) {
      await page.goto(path);
      await heading('Not here').waitFor();
      expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(0);
      await page.getByRole('link', { name: 'what is published' }).click();
      await heading('Data').waitFor();
    }
    for (const path of ['/nowhere', '/title', '/find/nowhere']) {
      expect((await page.goto(path))?.status()).toBe(404);
      await heading('There is no such page').waitFor();
    }
    complaints.splice(0, complaints.filter((text) => /status of 40[04]/u.test(text)).length);
  });

  it('brings back, on going back, the same list at the same place', async () => {
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

  it('shows all filters of a URL that somebody was given, and is filtered by keyboard', async () => {
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
    for (const [list, values] of [
      ['Type', 2],
      ['Genres, all of', 1],
      ['Genres, any of', 2],
      ['Genres, none of', 1],
      ['Has a title in', 1],
      ['Language of a name', 1],
    ] as const) {
      await page
        .getByRole('list', { name: list })
        .getByRole('checkbox', { checked: true })
        .nth(values - 1)
        .waitFor();
      expect(
        await page
          .getByRole('list', { name: list })
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
    for (const [label, value] of [
      ['Episodes', 'false'],
      ['Adult titles', 'false'],
      ['Role', 'cast'],
    ] as const)
      expect(await page.getByLabel(label, { exact: true }).inputValue()).toBe(value);
    const year = page.getByLabel('Year from', { exact: true });
    await year.fill('1950');
    await year.press('Enter');
    await page.waitForURL(/startYearFrom=1950/u);
    // the focus stays where it was
    expect(await page.evaluate('document.activeElement.ariaLabel')).toBe('Year from');
    await page.goBack();
    await expect.poll(async () => year.inputValue()).toBe('1900');
    for (const [button, place] of [
      ['Clear all filters', 'Filters'],
      ['Take the filters away', 'Results'],
    ] as const) {
      await page.goto('/find?startYearFrom=9998');
      await page.getByRole('button', { name: button }).focus();
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: button }).waitFor({ state: 'detached' });
      // the button is gone, and the keyboard is not sent to the top of the page
      expect(await page.evaluate('document.activeElement.ariaLabel')).toBe(place);
    }
    complaints.splice(0, complaints.filter((text) => text.includes('status of 404')).length);
  });

  it('fits a phone, whatever there is to show', async () => {
    // the longest word there is, and a title and a name of which nothing is known
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

  it('is searched by keyboard alone', async () => {
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
  });

  it('tells what is published, and what the runs have done', async () => {
    const { datasets } = Published.parse(await answer('/published'));
    await page.goto('/data');
    await page.getByRole('row', { name: /title\.basics/u }).waitFor();
    for (const { dataset, rows } of datasets)
      expect(await page.getByRole('row', { name: dataset }).textContent()).toContain(
        rows.toLocaleString('en'),
      );
    await page.getByText('Steps, changes').first().click();
    await page.getByText('all rows were replaced').first().waitFor();
  });

  it('tells how much disk is in use', async () => {
    const { freeBytes } = Disk.parse(await answer('/disk'));
    await page.goto('/data');
    const disk = page.getByRole('region', { name: 'Disk in use', exact: true });
    await disk.getByText(/^The database takes/u).waitFor();
    expect(await disk.getByText(/^The database takes/u).textContent()).toMatch(
      /^The database takes [\d.]+ MB, the snapshots [\d.]+ [km]B\. [\d.]+ [GT]B are free where the database lies\.$/iu,
    );
    expect(freeBytes).toBeGreaterThan(0);
    await disk.getByText('By dataset').click();
    for (const dataset of DATASET_NAMES)
      expect(await disk.getByRole('row', { name: dataset }).textContent()).toMatch(
        /[km]B1: [\d.]+ [km]B$/iu,
      );
    // as where the database's role may run no programs
    await page.route('**/disk', async (route) =>
      route.fulfill({ json: { ...Disk.parse(await answer('/disk')), freeBytes: null } }),
    );
    await page.reload();
    await disk.getByText('The database may not be asked how much is free').waitFor();
  });

  it('goes on where it was when the network is lost and comes back', async () => {
    const { id, text } = await mostVoted('&titleType=movie');
    await page.goto('/explore');
    await page.locator('.chart svg rect').first().waitFor();
    await page
      .getByRole('navigation', { name: 'Pages' })
      .getByRole('link', { name: 'Find' })
      .click();
    await page.locator(`.rows a[href="/title/${id}"]`).waitFor();
    await page.context().setOffline(true);
    await page.getByText('You are offline. What you have looked at stays').waitFor();
    // what is there stays and works; what is not says why
    await page
      .getByRole('navigation', { name: 'Pages' })
      .getByRole('link', { name: 'Explore' })
      .click();
    await page.locator('.chart svg rect').first().waitFor();
    await page.goBack();
    await page.locator(`.rows a[href="/title/${id}"]`).click();
    const failure = page
      .getByRole('alert')
      .filter({ has: page.getByRole('heading', { level: 1, name: 'That did not work' }) });
    await failure.getByText('You are offline.', { exact: true }).waitFor();
    await page.context().setOffline(false);
    // nobody touches anything
    await heading(text).waitFor();
    await page.getByText('You are offline').first().waitFor({ state: 'detached' });
    forgetUnreached();
  });

  it('says that the server does not answer when it is stopped, and goes on by itself when it is back', async () => {
    const { id, text } = await mostVoted('&titleType=movie');
    await page.goto('/find');
    await page.locator(`.rows a[href="/title/${id}"]`).waitFor();
    await system.stopApi();
    await page.locator(`.rows a[href="/title/${id}"]`).click();
    await page.getByText('The server does not answer. What you have looked at stays').waitFor();
    await page.getByRole('alert').getByText('Is it running?').waitFor();
    await page
      .getByRole('navigation', { name: 'Pages' })
      .getByRole('link', { name: 'Data' })
      .click();
    await page.getByRole('heading', { level: 1, name: 'Data' }).waitFor();
    expect(await page.getByRole('alert').first().textContent()).toContain(
      'The server does not answer.',
    );
    await page.goBack();
    await system.startApi();
    await heading(text).waitFor();
    await page.getByText('The server does not answer').first().waitFor({ state: 'detached' });
    forgetUnreached();
  });

  it("says when today's update is done, and does it again when asked", async () => {
    await page.goto('/data');
    await page.getByRole('button', { name: 'Update now' }).click();
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toBe('Already updated today.');
    expect(await page.getByLabel('Key').count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Update now' }).count()).toBe(0);
    // a run of its own would be in the way of the tests to come
    const asked: unknown[] = [];
    await page.route('**/updatedata', async (route) => {
      asked.push(route.request().postDataJSON());
      await route.fulfill({ status: 202, json: {} });
    });
    await page.getByRole('button', { name: 'Update again today' }).click();
    await page.getByRole('button', { name: 'Update now' }).waitFor();
    expect(asked).toEqual([{ force: true }]);
    expect(await page.getByRole('alert').count()).toBe(0);
    // the browser itself complains of the answer 409
    complaints.splice(0, 1);
  });

  it('draws what there is, each chart with its data', async () => {
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
        (await chart.getByRole('link').getAttribute('href'))?.split('%0D%0A').length,
      ).toBeGreaterThan(5);
    }
  });

  it('lets browsers keep its files for good, but not the page that names them', async () => {
    const index = await fetch(`${system.apiUrl}/title/tt0000001`, {
      headers: { accept: 'text/html' },
    });
    expect(index.headers.get('cache-control')).toBe('public, max-age=0');
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

  it('asks for a key where one is needed, and starts and cancels a run with it', async () => {
    const key = `mq_${'k'.repeat(43)}`;
    const keyed = await startSystem({
      workers: false,
      api: { READING: 'keyed', OPERATING: 'keyed', API_ADMIN_KEY: key },
    });
    try {
      await page.goto(keyed.apiUrl);
      await page.getByLabel('Key').waitFor();
      // whose data it is, is not known yet; and of headers a person in a browser need not know
      expect(await page.locator('body').textContent()).not.toMatch(/courtesy|Authorization/u);
      await page.getByLabel('Key').fill(key);
      await page.getByRole('button', { name: 'Use it' }).click();
      await page.getByRole('button', { name: 'Fetch the data' }).click();
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.getByText('cancelled', { exact: true }).waitFor();
      // the browser itself complains of the answers 401
      complaints.splice(0, complaints.filter((text) => text.includes('status of 401')).length);
    } finally {
      await keyed.stop();
    }
  });

  it.each(['light', 'dark'] as const)(
    'has nothing that keeps people out, in %s',
    async (colorScheme) => {
      const series = await mostVoted('&titleType=tvSeries&hasEpisodes=true');
      const title = Title.parse(await answer(`/titles/${series.id}?include=principals`));
      await page.emulateMedia({ colorScheme });
      for (const path of [
        '/',
        '/find',
        `/find?q=${encodeURIComponent(series.text)}`,
        '/find?startYearFrom=9998',
        `/title/${series.id}`,
        `/name/${title.principals?.items[0]?.nconst ?? ''}`,
        '/explore',
        '/data',
        '/title/none',
      ]) {
        await page.goto(path);
        await page.getByRole('heading', { level: 1 }).first().waitFor();
        await settled();
        await page.evaluate(AXE);
        const violations = await page.evaluate(
          'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`))',
        );
        expect(violations, `${path} in ${colorScheme}`).toEqual([]);
      }
      // the browser itself complains of the answer 400
      complaints.splice(0, complaints.filter((text) => text.includes('status of 400')).length);
    },
  );
});
