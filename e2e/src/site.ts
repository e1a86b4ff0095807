import { FoundTitlePage } from '@marquee/contract';
import type { Browser, Locator, Page, Request } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { launchChromium } from './chromium.ts';
import { useSharedSystem, type System, type SystemOptions } from './system.ts';

/**
 * On a busy machine a request can be rejected with 503. The site retries it, and tests check the
 * final page.
 */
function isOverload(error: string): boolean {
  return error.startsWith('Failed to load resource') && error.includes('status of 503');
}

/** By then the page is rendered, and its requests are sent. */
const TWO_FRAMES =
  'new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))';

/**
 * The `href` of each link, read in one step. With `all()` a link that a new list has taken away is
 * waited for until the timeout.
 */
export async function hrefsOf(links: Locator): Promise<(string | null)[]> {
  return links.evaluateAll((all: { getAttribute(name: string): string | null }[]) =>
    all.map((link) => link.getAttribute('href')),
  );
}

/** The built site on a test system, with a new browser page for each test. */
export interface Site {
  readonly system: System;
  readonly page: Page;
  /** Console errors and exceptions of the page. A test must end without any. */
  readonly errors: string[];
  readonly answer: (path: string) => Promise<unknown>;
  readonly mostVoted: (filters?: string) => Promise<{ id: string; text: string }>;
  readonly heading: (name: string) => ReturnType<Page['getByRole']>;
  /** Waits until all requests of the page have ended and their results are rendered. */
  readonly settled: () => Promise<void>;
}

/** Starts one system and one browser for all tests of a block. Requires `chromium`. */
export function useSite(options: () => SystemOptions): Site {
  const system = useSharedSystem(options);
  let browser: Browser;
  let page: Page;
  const errors: string[] = [];
  const asked = new Set<Request>();

  beforeAll(async () => {
    browser = await launchChromium();
  });
  beforeEach(async () => {
    errors.length = 0;
    page = await browser.newPage({
      baseURL: system.apiUrl,
      viewport: { width: 1200, height: 900 },
    });
    page.setDefaultTimeout(60_000);
    page.on(
      'console',
      (message) =>
        message.type() === 'error' && !isOverload(message.text()) && errors.push(message.text()),
    );
    page.on('pageerror', (error) => errors.push(error.message));
    asked.clear();
    page.on('request', (request) => asked.add(request));
    page.on('requestfinished', (request) => asked.delete(request));
    page.on('requestfailed', (request) => asked.delete(request));
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail')
      console.error(
        `the page ${page.url()} showed:\n${await page.locator('body').innerText({ timeout: 5000 })}`,
      );
    await page.close();
    expect(errors).toEqual([]);
  });
  afterAll(async () => {
    await browser.close();
  });

  // as the site does: see isOverload
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
    errors,
    answer,
    mostVoted: async (filters = '') => {
      const [title] = FoundTitlePage.parse(await answer(`/titles?limit=1${filters}`)).items;
      return { id: title?.tconst ?? '', text: title?.primaryTitle ?? '' };
    },
    // 'networkidle' would wait another half second
    async settled() {
      await page.waitForLoadState();
      for (let quiet = 0; quiet < 2; quiet = asked.size === 0 ? quiet + 1 : 0)
        await page.evaluate(TWO_FRAMES);
    },
    heading: (name) => page.getByRole('heading', { level: 1, name, exact: true }),
  };
}
