import { FoundTitlePage } from '@marquee/contract';
import type { Browser, Page, Request } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { launchChromium } from './chromium.ts';
import { useSharedSystem, type System, type SystemOptions } from './system.ts';

/**
 * Beside other tests the machine can be too slow for a request, which is refused then. The site
 * asks again, and what it shows at last is what tests look at.
 */
function isOfSlowness(complaint: string): boolean {
  return complaint.startsWith('Failed to load resource') && complaint.includes('status of 503');
}

/** What is there is drawn by then, and what that asks for has been asked. */
const TWO_FRAMES =
  'new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))';

/** The built site on a system, and for each test a page of a browser on it. */
export interface Site {
  readonly system: System;
  readonly page: Page;
  /** What the browser has said on its console, and pages have thrown: a test ends without any. */
  readonly complaints: string[];
  readonly answer: (path: string) => Promise<unknown>;
  readonly mostVoted: (filters?: string) => Promise<{ id: string; text: string }>;
  readonly heading: (name: string) => ReturnType<Page['getByRole']>;
  /** Waits until the page has shown all that it has asked for. */
  readonly settled: () => Promise<void>;
}

/** One system and one browser for all tests of this block. Tests on it need `chromium`. */
export function useSite(options: () => SystemOptions): Site {
  const system = useSharedSystem(options);
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];
  const asked = new Set<Request>();

  beforeAll(async () => {
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
    asked.clear();
    page.on('request', (request) => asked.add(request));
    page.on('requestfinished', (request) => asked.delete(request));
    page.on('requestfailed', (request) => asked.delete(request));
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
  });

  // as the site does: see isOfSlowness
  const answer = async (path: string) => {
    for (let tries = 1; ; tries++) {
      const { status, body } = await system.ask('GET', path);
      if (status !== 503 || tries === 5) return body;
    }
  };
  return {
    system,
    get page() {
      return page;
    },
    complaints,
    answer,
    mostVoted: async (filters = '') => {
      const [title] = FoundTitlePage.parse(await answer(`/titles?limit=1${filters}`)).items;
      return { id: title?.tconst ?? '', text: title?.primaryTitle ?? '' };
    },
    // 'networkidle' waits for half a second more
    async settled() {
      await page.waitForLoadState();
      for (let quiet = 0; quiet < 2; quiet = asked.size === 0 ? quiet + 1 : 0)
        await page.evaluate(TWO_FRAMES);
    },
    heading: (name) => page.getByRole('heading', { level: 1, name, exact: true }),
  };
}
