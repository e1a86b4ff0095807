import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HashRandom } from '../hash-random.ts';
import { BOX_OFFICE, boxOffice } from './box-office.ts';
import { CRITICS, critics } from './critics.ts';
import { type Film, readFilms } from './films.ts';
import { library } from './library.ts';
import { MY_RATINGS, myRatings } from './my-ratings.ts';

/** Numbers of films that each source tells of; the best-known ones are in all. */
const FILMS = { critics: 1200, boxOffice: 800, mine: 150, library: 30 };

export interface SourcesOptions {
  /** Folder of the files of a sample. */
  readonly sample: string;
  /** Seed of the sample. */
  readonly seed: number;
  /** Folder of definitions; created if missing. */
  readonly folder: string;
}

/**
 * Writes made-up sources that tell of the films of a sample, as the real ones would: a definition
 * for each, and its file in the folder of its name. One is a library of .nfo files in the folder nfo,
 * whose definition comes with the program. The same sample gives the same bytes.
 */
export async function generateSources({ sample, seed, folder }: SourcesOptions): Promise<void> {
  const films = await readFilms(sample, Math.max(...Object.values(FILMS)));
  const random = new HashRandom(seed);
  const first = (count: number): readonly Film[] => films.slice(0, count);
  for (const [definition, file, content] of [
    [CRITICS, 'reviews.tsv', critics(random, first(FILMS.critics))],
    [BOX_OFFICE, 'films.csv', boxOffice(random, first(FILMS.boxOffice))],
    [MY_RATINGS, 'ratings.csv', myRatings(random, first(FILMS.mine))],
  ] as const) {
    await write(join(folder, definition.id, file), content);
    await write(join(folder, `${definition.id}.json`), `${JSON.stringify(definition, null, 2)}\n`);
  }
  for (const [path, content] of library(random, first(FILMS.library)))
    await write(join(folder, 'nfo', path), content);
}

/** Of no file does the time depend on when it was made: who watches a folder waits for new ones. */
const MADE_AT = new Date('2026-01-01T00:00:00Z');

async function write(path: string, content: string | Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  await utimes(path, MADE_AT, MADE_AT);
}
