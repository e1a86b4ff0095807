import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { FoundTitlePage } from '@marquee/contract';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { hasChromium, launchChromium } from './chromium.ts';
import { generateDays, type SampleDays } from './sample-days.ts';
import { startSystem, type System } from './system.ts';

const SITE = fileURLToPath(new URL('../../apps/web/dist/index.html', import.meta.url));

/** Why the site cannot be tested here; null where it can. */
export const missing = !hasChromium
  ? 'no Chromium is installed here'
  : existsSync(SITE)
    ? null
    : 'the site has not been built: npx nx build @marquee/web';

/**
 * Beside other tests the machine can be too slow for a request, which is refused then. The site
 * asks again, and what it shows at last is what tests look at.
 */
function isOfSlowness(complaint: string): boolean {
  return complaint.startsWith('Failed to load resource') && complaint.includes('status of 503');
}

/**
 * A system with nothing published yet, and for each test a page of a browser on it, of which
 * nothing may be complained at its end.
 */
export function useSite(titles: number) {
  let days: SampleDays;
  let system: System;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    days = await generateDays({ titles, days: 1 });
    system = await startSystem({ files: days.day(0) });
    browser = await launchChromium();
  });
  beforeEach(async () => {
    complaints.length = 0;
    page = await browser.newPage({
      baseURL: system.apiUrl,
      viewport: { width: 1200, height: 900 },
    });
    page.setDefaultTimeout(60_000);
    page.on(
      'console',
      (message) =>
        message.type() === 'error' &&
        !isOfSlowness(message.text()) &&
        complaints.push(message.text()),
    );
    page.on('pageerror', (error) => complaints.push(error.message));
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail')
      console.error(
        `what ${page.url()} showed:\n${await page.locator('body').innerText({ timeout: 5000 })}`,
      );
    await page.close();
    expect(complaints).toEqual([]);
  });
  afterAll(async () => {
    await browser.close();
    await system.stop();
    await days.remove();
  });

  // as the site does: see isOfSlowness
  const answer = async (path: string) => {
    for (let tries = 1; ; tries++) {
      const { status, body } = await system.ask('GET', path);
      if (status !== 503 || tries === 5) return body;
    }
  };
  return {
    get system() {
      return system;
    },
    get page() {
      return page;
    },
    /** What the browser has said on its console, and pages have thrown. */
    complaints,
    answer,
    mostVoted: async (filters = '') => {
      const [title] = FoundTitlePage.parse(await answer(`/titles?limit=1${filters}`)).items;
      return { id: title?.tconst ?? '', text: title?.primaryTitle ?? '' };
    },
    heading: (name: string) => page.getByRole('heading', { level: 1, name, exact: true }),
  };
}
