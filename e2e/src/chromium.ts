import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => existsSync(path),
);
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts this machine's own Chromium: none is fetched. */
export async function launchChromium(): Promise<Browser> {
  if (CHROMIUM === undefined) throw new Error('No Chromium is installed here.');
  return chromium.launch({ executablePath: CHROMIUM, headless: true, args: FLAGS });
}
