import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { FoundTitlePage, SearchPage, Suggestions, Title } from '@marquee/contract';
import { fileNameOf, headerOf } from '@marquee/datasets';
import { lacks } from '@marquee/process/testing';
import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { useDays } from './sample-days.ts';
import { useSite } from './site.ts';
import type { System } from './system.ts';

const days = useDays({ titles: 3000, days: 1 });

describe('the site', { skip: lacks('chromium') }, () => {
  const site = useSite(() => ({ published: days }));
  const { answer, mostVoted, settled } = site;
  let system: System;
  let page: Page;
  beforeEach(() => {
    ({ system, page } = site);
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
    const { principals } = Title.parse(await answer(`/titles/${tconst}?include=principals`));
    await page.goto(`/name/${principals?.items[0]?.nconst ?? ''}`);
    await row.getByText(position, { exact: true }).waitFor();
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

  it('draws all episodes of a series with more than a thousand, and has all of them in its CSV', async () => {
    await system.database.pool.query(
      `insert into imdb.title_basics (tconst, title_type, primary_title) values ('tt9990000', 'tvSeries', 'A long one');
       insert into imdb.title_episode select 'tt999' || n, 'tt9990000', 1 + n / 400, n from generate_series(1001, 2700) n;
       insert into imdb.title_ratings select 'tt999' || n, 7.5, 10 from generate_series(1001, 2700) n`,
    );
    await page.goto('/title/tt9990000');
    await page.locator('.chart svg circle').nth(1699).waitFor({ state: 'attached' });
    const csv = decodeURIComponent(
      (await page
        .getByRole('link', { name: /^Ratings, season by season as CSV/u })
        .getAttribute('href')) ?? '',
    );
    expect(csv.split('\r\n').slice(1)).toEqual(
      Array.from(
        { length: 1700 },
        (_, i) => `tt999${i + 1001},${1 + Math.floor((i + 1001) / 400)},${i + 1001},7.5,10`,
      ),
    );
    await system.database.pool.query(
      `delete from imdb.title_basics where tconst = 'tt9990000'; delete from imdb.title_episode where parent_tconst = 'tt9990000'; delete from imdb.title_ratings where tconst like 'tt999____'`,
    );
  });

  it('labels alternative titles, and shows identical ones once', async () => {
    await system.database.pool.query(
      `insert into imdb.title_basics (tconst, title_type, primary_title) values ('tt9980000', 'movie', 'Winter');
       insert into imdb.title_akas (title_id, ordering, title, region, types) values ('tt9980000', 1, 'Winter', 'GB', '{imdbDisplay}'), ('tt9980000', 2, 'Winter', 'GB', null),
         ('tt9980000', 3, 'Winter', 'GB', '{imdbDisplay,working}'), ('tt9980000', 4, 'Winter', 'GB', '{dvd}'), ('tt9980000', 5, 'Winter', 'IE', '{imdbDisplay}')`,
    );
    await page.goto('/title/tt9980000');
    await page.getByRole('heading', { name: 'Also known as' }).waitFor();
    expect(await page.locator('.akas > div').allInnerTexts()).toEqual([
      'Ireland\nWinter',
      'United Kingdom\nWinter\nWinter working title\nWinter DVD title',
    ]);
    await system.database.pool.query(
      `delete from imdb.title_basics where tconst = 'tt9980000'; delete from imdb.title_akas where title_id = 'tt9980000'`,
    );
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

  it('labels each year once below ratings of few years', async () => {
    const { rows } = await system.database.pool.query<{ nconst: string }>(
      `select nconst from imdb.title_principals join imdb.title_basics using (tconst) join imdb.title_ratings using (tconst) group by 1 having max(start_year) - min(start_year) between 1 and 4 order by count(*) desc, 1 limit 1`,
    );
    await page.goto(`/name/${rows[0]?.nconst ?? ''}`);
    await page.locator('.chart svg').waitFor();
    const years = (
      await page.locator('.chart svg g:not([text-anchor]) > text').allTextContents()
    ).filter((text) => text !== '');
    expect(years.length).toBeGreaterThan(1);
    expect(years).toEqual([...new Set(years)]);
  });

  it("shows a run's rejects", async () => {
    const { items } = (await answer('/runs')) as { items: { id: string }[] };
    await system.database.pool.query(
      `insert into ingest.reject (run_id, dataset, snapshot_id, line, raw, raw_text, reason) select $1, 'title.basics', 's', n, 'x', 'line ' || n, 'expected 9 fields' from generate_series(1, 25) n`,
      [items[0]?.id],
    );
    await system.database.pool.query(
      `update ingest.run_step set rejects = 25 where run_id = $1 and dataset = 'title.basics' and job = 'load'`,
      [items[0]?.id],
    );
    await page.goto('/data');
    await page.getByText('Steps, changes and 25 rejects').click();
    await page.getByLabel('Line 20', { exact: true }).waitFor();
    expect(await page.locator('.rejects li').count()).toBe(20);
    await page
      .locator('section')
      .filter({ has: page.getByRole('heading', { name: 'Rejects' }) })
      .last()
      .getByRole('button', { name: 'Show more' })
      .click();
    await page.getByLabel('Line 25', { exact: true }).waitFor();
    expect(await page.locator('.rejects li').allTextContents()).toEqual(
      Array.from(
        { length: 25 },
        (_, i) => `title.basics line ${i + 1}: expected 9 fieldsline ${i + 1}`,
      ),
    );
  });

  it('shows the rejects of a failed run, and the step that failed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'marquee-site-rejects-'));
    onTestFinished(async () => rm(folder, { recursive: true }));
    await cp(days.day(0), folder, { recursive: true });
    const bad = Array.from({ length: 30 }, (_, i) => `bad ${i}`);
    await writeFile(
      join(folder, fileNameOf('title.principals')),
      gzipSync([headerOf('title.principals'), ...bad, ''].join('\n')),
    );
    await system.serve(folder);
    await system.run('/run-downloader');
    const run = await system.run('/run-loader', { force: 'full' });
    expect(run).toMatchObject({ state: 'failed', error: { code: 'gate-rejects' } });
    await page.goto('/data');
    const article = page.locator('article.run').first();
    await article.getByText('Steps, changes and 30 rejects').click();
    const step = (dataset: string) =>
      article
        .locator('.steps li')
        .filter({ hasText: `Load ${dataset}` })
        .locator('small')
        .first();
    await article.getByLabel('Line 2', { exact: true }).waitFor();
    expect(await step('title.principals').textContent()).toMatch(/^failed · .* · 30 rejects$/u);
    expect(await step('title.ratings').textContent()).toMatch(
      /^Skipped: the load of title\.principals has failed\./u,
    );
    // once for the run, not for each skipped step
    expect(await article.getByText(run.error?.message ?? '').count()).toBe(1);
    expect(await article.locator('.rejects li').count()).toBe(20);
  });
});
