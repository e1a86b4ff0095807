import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Real files to test against, beside the repository; they may not be in it (IMDb's terms). */
const FOLDER = join(import.meta.dirname, '../../../shared/data/imdb');

/** Whether the real files are there. Tests on them say so when they are not. */
export const HAS_REAL_DATA = existsSync(FOLDER);

/** The folder of a set of real files, such as `titles-75`. */
export function realData(set: string): string {
  return join(FOLDER, set);
}

/** For the names of tests that skip without real files. */
export const WHY_SKIPPED = HAS_REAL_DATA
  ? ''
  : ' (skipped: there is no ../shared/data/imdb beside the repository)';
