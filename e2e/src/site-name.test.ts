import { FoundTitlePage, Name, NameSummary, Title, WorkPage } from '@marquee/contract';
import { lacks } from '@marquee/process/testing';
import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { recordShifts, shiftOf } from './page-quality.ts';
import { useDays } from './sample-days.ts';
import { hrefsOf, useSite } from './site.ts';
import type { System } from './system.ts';

const days = useDays({ titles: 3000, days: 1 });

describe('the page of a person', { skip: lacks('chromium') }, () => {
  const site = useSite(() => ({ published: days, workers: false }));
  const { answer, mostVoted, heading, settled } = site;
  let system: System;
  let page: Page;
  beforeEach(() => {
    ({ system, page } = site);
  });

  /** The person with most credits for episodes. */
  const busiest = async () => {
    const { rows } = await system.database.pool.query<{ nconst: string }>(
      `select nconst from imdb.title_principals join imdb.title_episode using (tconst) join imdb.name_basics using (nconst) group by 1 order by count(*) desc, 1 limit 1`,
    );
    return rows[0]?.nconst ?? '';
  };
  const hrefs = async () => hrefsOf(page.getByRole('list', { name: 'Works' }).locator('a.name'));
  const pathsOf = (works: unknown) =>
    WorkPage.parse(works).items.map(({ tconst }) => `/title/${tconst ?? ''}`);

  it('shows the person as the API returns it', async () => {
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

  it('lists each work once, a series with its episodes, and figures over all credits', async () => {
    const nconst = await busiest();
    const summary = NameSummary.parse(await answer(`/names/${nconst}/summary`));
    const works = WorkPage.parse(await answer(`/names/${nconst}/works?limit=50`));
    expect(summary.episodes).toBeGreaterThan(10);
    await page.goto(`/name/${nconst}`);
    await page.getByRole('list', { name: 'Works' }).waitFor();
    expect(await hrefs()).toEqual(pathsOf(works));
    const series = works.items.find(({ episodes }) => (episodes?.count ?? 0) > 10);
    const row = page
      .getByRole('list', { name: 'Works' })
      .getByRole('listitem')
      .filter({ has: page.locator(`a[href="/title/${series?.tconst ?? ''}"]`) });
    expect(await row.textContent()).toContain(
      `${series?.episodes?.count.toLocaleString('en')} episodes`,
    );
    expect(await page.locator('.figures').textContent()).toContain(
      `Episodes${summary.episodes.toLocaleString('en')}`,
    );
  });

  it('keeps sort and role in the URL', async () => {
    const { rows } = await system.database.pool.query<{ nconst: string }>(
      `select nconst from imdb.title_principals join imdb.name_basics using (nconst) group by 1 having count(distinct category) > 1 order by count(distinct tconst) desc, 1 limit 1`,
    );
    const nconst = rows[0]?.nconst ?? '';
    const { roles } = NameSummary.parse(await answer(`/names/${nconst}/summary`));
    const role = roles.at(-1)?.role ?? '';
    await page.goto(`/name/${nconst}`);
    await page.getByRole('combobox', { name: 'Sort' }).selectOption('Best known first');
    await page.waitForURL(/\?sort=votes$/u);
    await expect
      .poll(hrefs)
      .toEqual(pathsOf(await answer(`/names/${nconst}/works?limit=50&sort=votes`)));
    await page.getByRole('combobox', { name: 'Role' }).selectOption(role);
    await page.waitForURL(/role=/u);
    const filtered = pathsOf(
      await answer(`/names/${nconst}/works?limit=50&sort=votes&role=${role}`),
    );
    await expect.poll(hrefs).toEqual(filtered);
    await page.reload();
    await expect.poll(hrefs).toEqual(filtered);
    await page.goBack();
    await page.goBack();
    await expect.poll(hrefs).toEqual(pathsOf(await answer(`/names/${nconst}/works?limit=50`)));
    expect(new URL(page.url()).search).toBe('');
  });

  it('has a dot for each rated work, which opens it, and all works as CSV', async () => {
    const { items } = FoundTitlePage.parse(await answer('/titles?titleType=movie&limit=1'));
    const { principals } = Title.parse(
      await answer(`/titles/${items[0]?.tconst ?? ''}?include=principals`),
    );
    const summaries = await Promise.all(
      (principals?.items ?? []).map(async ({ nconst }) => ({
        nconst: nconst ?? '',
        summary: NameSummary.parse(await answer(`/names/${nconst ?? ''}/summary`)),
      })),
    );
    const { nconst, summary } =
      summaries.find(({ summary: { rated } }) => rated.length > 1) ?? expect.fail('nobody fits');
    await page.goto(`/name/${nconst}`);
    const dots = page.locator('.chart svg [data-tip]');
    await dots.first().waitFor();
    const drawn = summary.rated.filter(({ startYear }) => startYear !== null);
    expect(await dots.count()).toBe(drawn.length);
    const csv = await page
      .getByRole('link', { name: 'Ratings over the years as CSV' })
      .getAttribute('href');
    const lines = (await (await fetch(system.apiUrl + (csv ?? ''))).text()).trim().split('\n');
    expect(lines).toHaveLength(summary.titles + 1);
    const first = drawn.toSorted((a, b) => (a.startYear ?? 0) - (b.startYear ?? 0))[0];
    await page.locator('.chart .tooltips').focus();
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('.tip').textContent()).toContain(
      `★ ${first?.averageRating?.toFixed(1)}, ${first?.numVotes?.toLocaleString('en')} vote`,
    );
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/title/${first?.tconst ?? ''}`);
  });

  it('labels each year once below ratings of few years', async () => {
    const { rows } = await system.database.pool.query<{ nconst: string }>(
      `select nconst from imdb.title_principals join imdb.title_basics using (tconst) join imdb.title_ratings using (tconst) where title_type <> 'tvEpisode' group by 1 having max(start_year) - min(start_year) between 1 and 4 order by count(*) desc, 1 limit 1`,
    );
    await page.goto(`/name/${rows[0]?.nconst ?? ''}`);
    await page.locator('.chart svg').waitFor();
    const years = (
      await page.locator('.chart svg g:not([text-anchor]) > text').allTextContents()
    ).filter((text) => text !== '');
    expect(years.length).toBeGreaterThan(1);
    expect(years).toEqual([...new Set(years)]);
  });

  it('has a title for the tab, also of a person without a name', async () => {
    await system.database.pool.query(`insert into imdb.name_basics (nconst) values ('nm9999902')`);
    await page.goto('/name/nm9999902');
    await heading('nm9999902').waitFor();
    await page.getByText('No title names this person in its credits.').waitFor();
    await expect.poll(async () => page.title()).toMatch(/^nm9999902/u);
    await system.database.pool.query(`delete from imdb.name_basics where nconst = 'nm9999902'`);
  });

  it.each([390, 1280, 1920])(
    'moves nothing while it loads, %s pixels wide',
    { tags: ['long'] },
    async (width) => {
      const nconst = await busiest();
      await page.setViewportSize({ width, height: 900 });
      await recordShifts(page);
      await page.goto(`/name/${nconst}`);
      await page.getByRole('list', { name: 'Works' }).waitFor();
      await settled();
      expect(await shiftOf(page)).toBeLessThan(0.1);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    },
  );
});
