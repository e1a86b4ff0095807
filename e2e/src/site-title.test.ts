import { EpisodeGrid, Title } from '@marquee/contract';
import { lacks } from '@marquee/process/testing';
import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { recordShifts, shiftOf, violationsOf } from './page-quality.ts';
import { useDays } from './sample-days.ts';
import { hrefsOf, useSite } from './site.ts';
import type { System } from './system.ts';

const days = useDays({ titles: 3000, days: 1 });
const LONG = { tags: ['long'] };

describe('the page of a title', { skip: lacks('chromium') }, () => {
  // its readers operate nothing, as on the web
  const site = useSite(() => ({
    published: days,
    api: { OPERATING: 'keyed', API_ADMIN_KEY: `mq_${'k'.repeat(43)}` },
  }));
  const { answer, mostVoted, heading, settled } = site;
  let system: System;
  let page: Page;
  beforeEach(() => {
    ({ system, page } = site);
  });

  /** The series with most rated episodes, and its grid. */
  const series = async () => {
    const { rows } = await system.database.pool.query<{ id: string }>(
      'select parent_tconst as id from imdb.title_episode join imdb.title_ratings using (tconst) where season_number is not null group by 1 order by count(*) desc, 1 limit 1',
    );
    const id = rows[0]?.id ?? '';
    return { id, grid: EpisodeGrid.parse(await answer(`/titles/${id}/episode-grid`)) };
  };
  /** The rated episodes of numbered seasons: the dots of the chart. */
  const ratedEpisodes = ({ seasons }: EpisodeGrid) =>
    seasons
      .filter(({ seasonNumber }) => seasonNumber !== null)
      .flatMap(({ episodes }) => episodes.filter(({ averageRating }) => averageRating !== null));
  const tip = () => page.locator('.tip');

  it('shows the title as the API returns it, and each maker once', async () => {
    const { id } = await mostVoted('&titleType=movie');
    const title = Title.parse(await answer(`/titles/${id}?include=ratings,principals,akas,crew`));
    await page.goto(`/title/${id}`);
    await heading(title.primaryTitle ?? '').waitFor();
    await page.getByRole('heading', { name: 'Also known as' }).waitFor();
    const main = page.locator('main');
    const makers = [...(title.crew?.directors ?? []), ...(title.crew?.writers ?? [])];
    const people = new Set(
      [...makers, ...(title.principals?.items ?? [])].map((one) => one.nconst),
    );
    for (const nconst of people)
      expect(await page.locator(`a[href="/name/${nconst ?? ''}"]`).count(), nconst ?? '').toBe(
        makers.filter((maker) => maker.nconst === nconst).length || 1,
      );
    await page.getByText(/^All .* by region$/u).click();
    const shown = await main.textContent();
    for (const part of [
      ...(title.genres ?? []),
      title.ratings?.averageRating?.toFixed(1),
      String(title.startYear),
      ...(title.akas?.items ?? []).map((aka) => aka.title),
    ])
      expect(shown).toContain(part);
  });

  it('has a cell for each episode, which opens it, and a chart with all episodes as CSV', async () => {
    const { id, grid } = await series();
    await page.goto(`/title/${id}`);
    const cells = page.locator('.episode-grid .grid-row a.cell');
    await cells.first().waitFor();
    const episodes = grid.seasons.flatMap((season) => season.episodes);
    expect(await hrefsOf(cells)).toEqual(episodes.map(({ tconst }) => `/title/${tconst}`));
    expect(await cells.allTextContents()).toEqual(
      episodes.map(({ averageRating }) => averageRating?.toFixed(1) ?? '–'),
    );
    const csv = decodeURIComponent(
      (await page
        .getByRole('link', { name: /^Ratings, season by season as CSV/u })
        .getAttribute('href')) ?? '',
    );
    expect(csv.split('\r\n')).toHaveLength(episodes.length + 1);
    await page.locator('.chart svg circle').first().waitFor();
    const rated = ratedEpisodes(grid);
    expect(await page.locator('.chart svg circle').count()).toBe(rated.length);
    const last = episodes.at(-1);
    await cells.last().click();
    await heading(last?.primaryTitle ?? last?.tconst ?? '').waitFor();
  });

  it('keeps the season in the URL, for Back and for sharing', async () => {
    const { id, grid } = await series();
    const seasons = grid.seasons.filter(({ seasonNumber }) => seasonNumber !== null);
    const chosen = seasons.at(-1);
    const number = String(chosen?.seasonNumber);
    const first = chosen?.episodes[0]?.tconst ?? '';
    const inList = page.locator('.season ol a').first();
    await page.goto(`/title/${id}`);
    await page.getByRole('combobox', { name: 'Season' }).selectOption(number);
    await page.waitForURL(`**/title/${id}?season=${number}`);
    expect(await inList.getAttribute('href')).toBe(`/title/${first}`);
    await inList.click();
    await page.waitForURL(`**/title/${first}`);
    await page.goBack();
    await expect.poll(async () => inList.getAttribute('href')).toBe(`/title/${first}`);
    expect(await page.getByRole('combobox', { name: 'Season' }).inputValue()).toBe(number);
    await page.goBack();
    await expect.poll(() => new URL(page.url()).search).toBe('');
    await page.goto(`/title/${id}?season=9876`);
    await page.getByText('This series has no season “9876”. Choose another one.').waitFor();
  });

  it('tells of each episode in a tooltip: for mouse, touch and keys', async () => {
    const { id, grid } = await series();
    await page.goto(`/title/${id}`);
    const chart = page.locator('.chart .tooltips');
    const dots = chart.locator('svg [data-tip]');
    await dots.first().waitFor();
    const rated = ratedEpisodes(grid);
    const says = (index: number) =>
      `★ ${rated[index]?.averageRating?.toFixed(1)}, ${rated[index]?.numVotes?.toLocaleString('en')} vote`;
    await dots.first().hover();
    expect(await tip().textContent()).toContain(says(0));
    await page.mouse.move(0, 0);
    await tip().waitFor({ state: 'detached' });
    // the arrow keys move the focus, which screen readers announce
    await chart.focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    expect(await tip().textContent()).toContain(says(1));
    expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).toContain(
      says(1),
    );
    expect(await violationsOf(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await tip().waitFor({ state: 'detached' });
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/title/${rated.at(-1)?.tconst ?? ''}`);
  });

  it(
    'shows a tooltip at the first touch, and opens the page at the second',
    { tags: ['long'] },
    async () => {
      const { id, grid } = await series();
      const touch = await page
        .context()
        .browser()
        ?.newPage({
          baseURL: system.apiUrl,
          viewport: { width: 390, height: 844 },
          hasTouch: true,
        });
      if (touch === undefined) throw new Error('The browser is gone.');
      await touch.goto(`/title/${id}`);
      const cell = touch.locator('.episode-grid .grid-row a.cell').nth(1);
      await cell.tap();
      const episode = grid.seasons.flatMap((season) => season.episodes)[1];
      await touch.locator('.tip').getByText('Tap again to open').waitFor();
      expect(new URL(touch.url()).pathname).toBe(`/title/${id}`);
      await cell.tap();
      await touch.waitForURL(`**/title/${episode?.tconst ?? ''}`);
      await touch.close();
    },
  );

  it('draws ten thousand episodes part by part, with all of them in its CSV', LONG, async () => {
    await system.database.pool.query(
      `insert into imdb.title_basics (tconst, title_type, primary_title) values ('tt9990000', 'tvSeries', 'A long one');
       insert into imdb.title_episode select 'tt99990' || n, 'tt9990000', n / 400, n from generate_series(10001, 20000) n;
       insert into imdb.title_episode values ('tt9999030001', 'tt9990000', 0, 1), ('tt9999030002', 'tt9990000', null, null);
       insert into imdb.title_ratings select 'tt99990' || n, 7.5, 10 from generate_series(10001, 20000) n`,
    );
    await page.goto('/title/tt9990000');
    const cells = page.locator('.episode-grid .grid-row a.cell');
    await cells.first().waitFor();
    expect(await cells.count()).toBe(600);
    await page.getByRole('button', { name: /^Show more seasons/u }).click();
    await expect.poll(async () => cells.count()).toBe(1200);
    await page.locator('.chart svg circle').first().waitFor();
    const circles = await page.locator('.chart svg circle').count();
    expect(circles).toBeGreaterThan(1900);
    expect(circles).toBeLessThan(2100);
    const csv = await page
      .getByRole('link', { name: /^Ratings, season by season as CSV/u })
      .getAttribute('href');
    expect(csv?.split('%0D%0A')).toHaveLength(10_003);
    expect(await page.getByRole('combobox', { name: 'Season' }).inputValue()).toBe('25');
    await page.getByRole('combobox', { name: 'Season' }).selectOption('Specials');
    await expect.poll(async () => page.locator('.season ol li').count()).toBe(1);
    await page.getByRole('combobox', { name: 'Season' }).selectOption('Unknown season');
    await page.locator('.season ol a[href="/title/tt9999030002"]').waitFor();
    await system.database.pool.query(
      `delete from imdb.title_basics where tconst = 'tt9990000'; delete from imdb.title_episode where parent_tconst = 'tt9990000'; delete from imdb.title_ratings where tconst like 'tt99990_____'`,
    );
  });

  it("shows the reader's titles first, and the regions in words", async () => {
    await system.database.pool.query(
      `insert into imdb.title_basics (tconst, title_type, primary_title) values ('tt9980000', 'movie', 'Winter');
       insert into imdb.title_akas (title_id, ordering, title, region, types, is_original_title) values
         ('tt9980000', 1, 'Vinter', null, '{original}', true), ('tt9980000', 2, 'Winter', 'US', '{imdbDisplay}', false),
         ('tt9980000', 3, 'Winter', 'US', null, false), ('tt9980000', 4, 'Зима', 'SUHH', null, false), ('tt9980000', 5, 'Winter', 'XWW', '{dvd}', false),
         ('tt9980000', 6, 'Der Winter', 'DE', null, false), ('tt9980000', 7, 'Hiver', 'FR', null, false), ('tt9980000', 8, 'The Winter', null, null, false)`,
    );
    await page.goto('/title/tt9980000');
    const groups = page.locator('.akas > div');
    await groups.first().waitFor();
    // Chromium's language is American English
    expect(await groups.filter({ visible: true }).allInnerTexts()).toEqual([
      'Original title\nVinter',
      'United States\nWinter',
    ]);
    await page.getByText('All 7 titles, by region').click();
    expect(await page.locator('details .akas > div').allInnerTexts()).toEqual([
      'Original title\nVinter',
      'France\nHiver',
      'Germany\nDer Winter',
      'Soviet Union\nЗима',
      'United States\nWinter',
      'Worldwide\nWinter DVD title',
      'Unknown\nThe Winter',
    ]);
    await system.database.pool.query(
      `delete from imdb.title_basics where tconst = 'tt9980000'; delete from imdb.title_akas where title_id = 'tt9980000'`,
    );
  });

  it('costs readers of IMDb alone no request for movies, which have no page', async () => {
    const { page, settled, mostVoted, heading } = site;
    const film = await mostVoted('&titleType=movie');
    const asked: string[] = [];
    page.on('request', (request) => {
      const { pathname } = new URL(request.url());
      if (/^\/(?:movies|sources|names\/[^/]*\/pictures)/u.test(pathname)) asked.push(pathname);
    });
    await page.goto('/find?titleType=movie');
    await page.locator(`a[href="/title/${film.id}"]`).first().click();
    await heading(film.text).waitFor();
    await settled();
    expect(
      await page.getByRole('navigation', { name: 'Pages' }).getByRole('link').allTextContents(),
    ).toEqual(['Find', 'Explore', 'Data']);
    await page.getByRole('heading', { name: 'Also known as' }).waitFor();
    await page
      .getByRole('main')
      .getByRole('link', { name: /./u })
      .and(page.locator('[href^="/name/"]'))
      .first()
      .click();
    await page.getByRole('heading', { name: 'Filmography' }).waitFor();
    expect(asked).toEqual([]);
    expect(await page.getByRole('heading', { name: 'Where this comes from' }).count()).toBe(0);
  });

  it('shows how the rating has changed, once it has', async () => {
    const { id } = await mostVoted('&titleType=movie');
    const chart = page.getByRole('heading', { name: 'Rating since it is recorded' });
    await page.goto(`/title/${id}`);
    await page.getByRole('heading', { name: 'Also known as' }).waitFor();
    expect(await chart.count()).toBe(0);
    await page.route('**/rating-history', async (route) =>
      route.fulfill({
        json: {
          since: '2026-08-01T00:00:00Z',
          items: [
            { at: '2026-08-01T00:00:00Z', averageRating: 7, numVotes: 1200 },
            { at: '2026-08-02T00:00:00Z', averageRating: 7.2, numVotes: 1300 },
          ],
        },
      }),
    );
    await page.reload();
    await chart.waitFor();
    await page.locator('.rating-history circle').nth(1).hover();
    expect(await tip().textContent()).toMatch(/^★ 7\.2, 1,300 votessince Aug 2, 2026/u);
  });

  it.each([390, 1280, 1920])(
    'moves nothing while it loads, %s pixels wide',
    LONG,
    async (width) => {
      const { id } = await series();
      const film = await mostVoted('&titleType=movie');
      await page.setViewportSize({ width, height: 900 });
      await recordShifts(page);
      for (const path of [`/title/${id}`, `/title/${film.id}`]) {
        await page.goto(path);
        await page.getByRole('heading', { level: 1 }).waitFor();
        await settled();
        expect(await shiftOf(page), path).toBeLessThan(0.1);
        expect(await page.evaluate('document.documentElement.scrollWidth'), path).toBe(width);
      }
    },
  );
});
