import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { DATASET_NAMES, fileNameOf, headerOf, type DatasetName } from '@marquee/datasets';
import { BENCH_FOLDER } from './folders.ts';

/** Sets of real files. Of rows with the same key, that of the first set is taken. */
const SETS = ['titles-500', 'titles-75', 'movies-2022'] as const;
/** The complete ratings of a day. */
const RATINGS = 'imdb/ratings-2017-11/title.ratings.tsv.gz';

/**
 * Writes well-known films as files in IMDb's format: those of MovieLens with the votes of a day, and
 * the titles and people of some sets of real files. Like IMDb's own files, they have unknown
 * namesakes: for each film of MovieLens, episodes without votes that are named by its first word, by
 * its first two words, and by all its words joined.
 *
 * @param real folder with `imdb` and `sources`
 * @returns the folder of the files
 */
export async function filmFolder(real: string): Promise<string> {
  const folder = join(BENCH_FOLDER, 'films');
  await mkdir(folder, { recursive: true });
  for (const dataset of DATASET_NAMES) {
    const lines = await linesOf(real, dataset);
    const text = [headerOf(dataset), ...lines, ''].join('\n');
    await writeFile(join(folder, fileNameOf(dataset)), gzipSync(text, { level: 1 }));
  }
  return folder;
}

async function linesOf(real: string, dataset: DatasetName): Promise<string[]> {
  if (dataset === 'title.ratings') return (await readLines(join(real, RATINGS))).sort();
  const width = dataset === 'title.akas' || dataset === 'title.principals' ? 2 : 1;
  const byKey = new Map<string, string>();
  const add = (line: string): void => {
    const key = line.split('\t', width).join('\t');
    if (!byKey.has(key)) byKey.set(key, line);
  };
  for (const set of SETS) {
    const path = join(real, 'imdb', set, fileNameOf(dataset));
    for (const line of await readLines(path).catch(() => [])) add(line);
  }
  const films = await readFilms(join(real, 'sources/movielens'));
  if (dataset === 'title.basics') for (const line of films.flatMap(basicsOf)) add(line);
  if (dataset === 'title.akas') for (const line of films.flatMap(akasOf)) add(line);
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, line]) => line);
}

/** A film of MovieLens. */
interface Film {
  readonly id: string;
  readonly title: string;
  readonly others: readonly string[];
  readonly year: string;
}

async function readFilms(folder: string): Promise<Film[]> {
  const ids = new Map(
    (await readLines(join(folder, 'links.csv.gz'))).map((line) => {
      const [movie = '', imdb = ''] = line.split(',');
      return [movie, `tt${imdb}`];
    }),
  );
  return (await readLines(join(folder, 'movies.csv.gz'))).flatMap((line) => {
    const [, movie = '', quoted, plain = ''] =
      /^(\d+),(?:"((?:[^"]|"")*)"|([^,]*)),/u.exec(line) ?? [];
    const [, names = '', year = '\\N'] =
      /^(.*?)(?: \((\d{4})\))?\s*$/u.exec(quoted?.replaceAll('""', '"') ?? plain) ?? [];
    const id = ids.get(movie);
    const [title = ''] = names.split(' (');
    const others = [...names.matchAll(/ \((?:a\.k\.a\. )?([^()]*)\)/gu)].map(([, name = '']) =>
      withArticleFirst(name),
    );
    return id === undefined ? [] : [{ id, title: withArticleFirst(title), others, year }];
  });
}

/** `Matrix, The` → `The Matrix`. */
function withArticleFirst(title: string): string {
  return title.replace(/^(.*), (The|A|An|Le|La|Les|Il|El|Das|Der|Die)$/u, '$2 $1');
}

function basicsOf({ id, title, year }: Film): string[] {
  const words = title.split(' ');
  const namesakes = new Set(
    words.length === 1 ? [] : [words[0], words.slice(0, 2).join(' '), words.join('')],
  );
  return [
    [id, 'movie', title, title, '0', year, '\\N', '\\N', '\\N'],
    ...[...namesakes].map((name, i) => [
      `tt9${i}${id.slice(2).padStart(8, '0')}`,
      'tvEpisode',
      name,
      name,
      '0',
      '2019',
      '\\N',
      '\\N',
      '\\N',
    ]),
  ].map((columns) => columns.join('\t'));
}

function akasOf({ id, others }: Film): string[] {
  return others.map((name, i) =>
    [id, String(i + 1), name, '\\N', '\\N', '\\N', '\\N', '0'].join('\t'),
  );
}

/** The lines of a gzip file, without the first, which names the columns. */
async function readLines(path: string): Promise<string[]> {
  const text = gunzipSync(await readFile(path)).toString();
  return text
    .split(/\r?\n/u)
    .slice(1)
    .filter((line) => line !== '');
}
