import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Disk, Published, RunChanges } from '@marquee/contract';
import { DATASET_NAMES, fileNameOf, headerOf } from '@marquee/datasets';
import { lacks } from '@marquee/process/testing';
import type { Page } from 'playwright-core';
import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { recordShifts, shiftOf, violationsOf } from './page-quality.ts';
import { startPausedOrigin, type PausedOrigin } from './paused-origin.ts';
import { useDays } from './sample-days.ts';
import { useSite } from './site.ts';
import type { System } from './system.ts';

const days = useDays({ titles: 3000, days: 2 });

describe('the start page of an empty database', { skip: lacks('chromium') }, () => {
  const site = useSite(() => ({ workers: false }));
  let origin: PausedOrigin;
  beforeAll(async () => {
    origin = await startPausedOrigin(days.day(0));
    await site.system.startWorkers({ datasetsUrl: origin.url });
    return async () => {
      await site.system.stopWorkers();
      await origin.close();
    };
  });

  it(
    'says what the first load takes, leads through it, and gives way to the search',
    { tags: ['long'] },
    async () => {
      const { page, heading, settled } = site;
      await page.goto('/');
      await heading('No data yet').waitFor();
      // late content would move the button away from the click
      await settled();
      expect(await page.locator('.expectation').textContent()).toMatch(
        /2 GB.*minutes.*GB are free/u,
      );
      expect(await violationsOf(page)).toEqual([]);
      await page.getByRole('button', { name: 'Download the data' }).click();
      await heading('Getting the data').waitFor();
      const bar = page.getByRole('progressbar', { name: 'Progress of the run' });
      await bar.waitFor();
      expect(Number(await bar.getAttribute('value'))).toBeLessThan(1);
      await page.getByText(/^\d+ %/u).waitFor();
      expect(await page.getByRole('progressbar', { name: 'Download cast and crew' }).count()).toBe(
        0,
      );
      await page.getByText('Steps', { exact: true }).click();
      await page.getByRole('progressbar', { name: 'Download cast and crew' }).waitFor();
      expect(await violationsOf(page)).toEqual([]);
      origin.finish();
      await page.getByRole('combobox', { name: 'Search titles and people' }).waitFor();
      await heading('Getting the data').waitFor({ state: 'detached' });
    },
  );
});

describe('the page of the data', { skip: lacks('chromium') }, () => {
  const site = useSite(() => ({ published: days }));
  const { errors, answer, settled } = site;
  let system: System;
  let page: Page;
  beforeEach(() => {
    ({ system, page } = site);
  });
  const newestRun = () => page.locator('article.run').first();

  async function expectDataShown(width: number): Promise<void> {
    const { datasets } = Published.parse(await answer('/published'));
    await page.setViewportSize({ width, height: 900 });
    await recordShifts(page);
    await page.goto('/data');
    await page.getByRole('row', { name: /title\.basics/u }).waitFor();
    for (const { dataset, rows } of datasets)
      expect(await page.getByRole('row', { name: dataset }).textContent()).toContain(
        rows.toLocaleString('en'),
      );
    await settled();
    expect(await shiftOf(page)).toBeLessThan(0.1);
    for (const summary of await page.locator('summary').all()) await summary.click();
    await settled();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    expect(await violationsOf(page)).toEqual([]);
  }

  it('shows what is in use', async () => expectDataShown(1280));

  it.each([390, 1920])('shows what is in use, %s pixels wide', { tags: ['long'] }, expectDataShown);

  it('shows the disk usage', async () => {
    const { freeBytes } = Disk.parse(await answer('/disk'));
    await page.goto('/data');
    const disk = page.getByRole('region', { name: 'Disk', exact: true });
    await disk.getByText(/^The database takes/u).waitFor();
    expect(await disk.getByText(/^The database takes/u).textContent()).toMatch(
      /^The database takes [\d.]+ MB, the downloaded files [\d.]+ [km]B\. [\d.]+ [GT]B are free on the disk of the database\.$/iu,
    );
    expect(freeBytes).toBeGreaterThan(0);
    await disk.getByText('By dataset').click();
    for (const dataset of DATASET_NAMES)
      expect(await disk.getByRole('row', { name: dataset }).textContent()).toMatch(
        /[km]B1: [\d.]+ [km]B$/iu,
      );
    // as if the database role may not run programs
    await page.route('**/disk', async (route) =>
      route.fulfill({ json: { ...Disk.parse(await answer('/disk')), freeBytes: null } }),
    );
    await page.reload();
    await disk.getByText('The free space on the disk of the database is unknown.').waitFor();
  });

  it("reports that today's update is done, and forces another one", async () => {
    await page.goto('/data');
    await page.getByRole('button', { name: 'Update now' }).click();
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toBe('Already updated today.');
    expect(await page.getByLabel('Key').count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Update now' }).count()).toBe(0);
    // a real run would disturb the following tests
    const asked: unknown[] = [];
    await page.route('**/updatedata', async (route) => {
      asked.push(route.request().postDataJSON());
      await route.fulfill({ status: 202, json: {} });
    });
    await page.getByRole('button', { name: 'Update again today' }).click();
    await page.getByRole('button', { name: 'Update now' }).waitFor();
    expect(asked).toEqual([{ force: true }]);
    expect(await page.getByRole('alert').count()).toBe(0);
    // the browser logs the status 409
    errors.splice(0, 1);
  });

  it('shows what an update changed, by dataset, with titles and people', async () => {
    await page.goto('/data');
    await newestRun().getByText('Show changes and steps').click();
    await newestRun()
      .getByText(/all [\d,]+ rows loaded anew/u)
      .first()
      .waitFor();
    const run = await system.update(days.day(1));
    const changes = RunChanges.parse(await answer(`/runs/${run.id}/changes?dataset=title.ratings`));
    const ratings = changes.datasets.find(({ dataset }) => dataset === 'title.ratings');
    expect(ratings?.changed).toBeGreaterThan(0);
    await page.reload();
    await newestRun().getByText('Show changes and steps').click();
    const button = newestRun().getByRole('button', { name: /^Ratings/u });
    expect(await button.textContent()).toContain(`${ratings?.changed} changed`);
    await button.click();
    const [first] = changes.items;
    const row = newestRun().locator('.changes li').first();
    await expect
      .poll(async () => row.getByRole('link').first().textContent())
      .toBe(first?.name ?? first?.id);
    expect(await button.getAttribute('aria-pressed')).toBe('true');
    await row.getByRole('link').first().click();
    await page.waitForURL(`**/title/${first?.id ?? ''}`);
  });

  it('shows the lines that an update left out', async () => {
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
    await newestRun().getByText('Show changes, 25 lines left out, and steps').click();
    await page.getByLabel('Line 20', { exact: true }).waitFor();
    expect(await page.locator('.rejects li').count()).toBe(20);
    await page
      .locator('section')
      .filter({ has: page.getByRole('heading', { name: 'Lines left out' }) })
      .last()
      .getByRole('button', { name: 'Show more' })
      .click();
    await page.getByLabel('Line 25', { exact: true }).waitFor();
    expect(await page.locator('.rejects li').allTextContents()).toEqual(
      Array.from({ length: 25 }, (_, i) => `Titles, line ${i + 1}: expected 9 fieldsline ${i + 1}`),
    );
  });

  it(
    'shows the lines that made a load fail, and the step that failed',
    { tags: ['long'] },
    async () => {
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
      await newestRun().getByText('Show 30 lines left out and steps').click();
      const step = (name: string) =>
        newestRun().locator('.steps li').filter({ hasText: name }).locator('small').first();
      await newestRun().getByLabel('Line 2', { exact: true }).waitFor();
      expect(await step('Load cast and crew').textContent()).toMatch(
        /^failed · .* · 30 lines left out$/u,
      );
      expect(await step('Load ratings').textContent()).toMatch(
        /^Skipped: the load of title\.principals has failed\./u,
      );
      // once for the run, not for each skipped step
      expect(
        await newestRun()
          .getByText(run.error?.message ?? '')
          .count(),
      ).toBe(1);
      expect(await newestRun().locator('.rejects li').count()).toBe(20);
    },
  );
});
