import { gzipSync } from 'node:zlib';
import { FoundTitlePage, Suggestions, Title } from '@marquee/contract';
import type { Page } from 'playwright-core';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { missing, useSite } from './site.ts';
import type { System } from './system.ts';

describe.skipIf(missing !== null)(missing === null ? 'the site' : `the site is not tested, as ${missing}`, () => {
  const site = useSite(1500);
  const { answer, mostVoted } = site;
  let system: System;
  let page: Page;
  beforeAll(async () => {
    expect(await site.system.run('/updatedata')).toMatchObject({ state: 'succeeded', error: null });
  });
  beforeEach(() => {
    ({ system, page } = site);
  });

  it('tells of an episode its series and place, in every list', async () => {
    const { items } = FoundTitlePage.parse(await answer('/titles?titleType=tvEpisode&limit=30'));
    const known = items.flatMap(({ tconst = '', primaryTitle, episodeOf }) => (episodeOf?.primaryTitle && episodeOf.seasonNumber !== null && episodeOf.episodeNumber !== null ? [{ tconst, text: String(primaryTitle), episodeOf }] : []));
    const [{ tconst, text, episodeOf } = expect.fail('no episode has a place')] = known;
    const place = `${episodeOf.primaryTitle} · Season ${episodeOf.seasonNumber}, episode ${episodeOf.episodeNumber}`;
    const row = page.locator('.rows li').filter({ has: page.locator(`a[href="/title/${tconst}"]`) }).first();
    await page.goto('/find?titleType=tvEpisode,movie');
    await row.getByText(place, { exact: true }).waitFor();
    const film = (await mostVoted('&titleType=movie')).id;
    expect(await page.locator('.rows li').filter({ has: page.locator(`a[href="/title/${film}"]`) }).locator('.series').count()).toBe(0);
    const suggested = Suggestions.parse(await answer(`/suggest?limit=8&q=${encodeURIComponent(text)}`)).items.map(({ id }) => id);
    expect(suggested).toContain(tconst);
    await page.getByRole('combobox', { name: 'Search titles and people' }).fill(text);
    await page.getByRole('option').nth(suggested.indexOf(tconst)).getByText(place, { exact: true }).waitFor();
    const { principals } = Title.parse(await answer(`/titles/${tconst}?include=principals`));
    await page.goto(`/name/${principals?.items[0]?.nconst ?? ''}`);
    await row.getByText(place, { exact: true }).waitFor();
  });

  it('asks for less than 150 kB of script at first, gzipped', async () => {
    await page.goto('/');
    await page.getByRole('link', { name: 'All of them: Best rated films' }).waitFor();
    await page.waitForLoadState('networkidle');
    const scripts: string[] = await page.evaluate(`performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => name.endsWith('.js'))`);
    const sizes = await Promise.all(scripts.map(async (url) => gzipSync(await (await fetch(url)).bytes()).length));
    expect(sizes.length).toBeGreaterThan(0);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(150_000);
  });

  it('names each year once below the ratings of a few years', async () => {
    const { rows } = await system.database.pool.query<{ nconst: string }>(
      `select nconst from imdb.title_principals join imdb.title_basics using (tconst) join imdb.title_ratings using (tconst) group by 1 having max(start_year) - min(start_year) between 1 and 4 order by count(*) desc, 1 limit 1`,
    );
    await page.goto(`/name/${rows[0]?.nconst ?? ''}`);
    await page.locator('.chart svg').waitFor();
    const years = (await page.locator('.chart svg g:not([text-anchor]) > text').allTextContents()).filter((text) => text !== '');
    expect(years.length).toBeGreaterThan(1);
    expect(years).toEqual([...new Set(years)]);
  });

  it('reads a run\'s rejects', async () => {
    const { items } = (await answer('/runs')) as { items: { id: string }[] };
    await system.database.pool.query(
      `insert into ingest.reject (run_id, dataset, snapshot_id, line, raw, raw_text, reason) select $1, 'title.basics', 's', n, 'x', 'line ' || n, 'expected 9 fields' from generate_series(1, 25) n`,
      [items[0]?.id],
    );
    await system.database.pool.query(`update ingest.run_step set rejects = 25 where run_id = $1 and dataset = 'title.basics' and job = 'load'`, [items[0]?.id]);
    await page.goto('/data');
    await page.getByText('Steps, changes and 25 rejects').click();
    await page.getByLabel('Line 20', { exact: true }).waitFor();
    expect(await page.locator('.rejects li').count()).toBe(20);
    await page.locator('section').filter({ has: page.getByRole('heading', { name: 'Rejects' }) }).last().getByRole('button', { name: 'Show more' }).click();
    await page.getByLabel('Line 25', { exact: true }).waitFor();
    expect(await page.locator('.rejects li').allTextContents()).toEqual(Array.from({ length: 25 }, (_, i) => `title.basics line ${i + 1}: expected 9 fieldsline ${i + 1}`));
  });
});
