import { readFileSync } from 'node:fs';

/** The version of this program: that of its package, which is also so if it is bundled. */
export const VERSION = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    readonly version: string;
  }
).version;
