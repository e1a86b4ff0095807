import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Accessibility violations of the page as it is now, each with its first element. */
export async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(
    // every rule is run, but what passes is not listed, element by element
    "axe.run({ resultTypes: ['violations'], selectors: false }).then(({ violations }) => violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`))",
  );
}

/** Records layout shifts from the next navigation on, as Chromium counts them. */
export async function recordShifts(page: Page): Promise<void> {
  await page.addInitScript(
    `globalThis.shift = 0;
     new PerformanceObserver((list) => {
       for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) globalThis.shift += value;
     }).observe({ type: 'layout-shift', buffered: true });`,
  );
}

/** The cumulative layout shift of the page so far; below 0.1 is good. */
export async function shiftOf(page: Page): Promise<number> {
  return page.evaluate('globalThis.shift');
}
