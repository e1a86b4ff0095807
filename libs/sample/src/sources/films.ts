import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { fileNameOf, type DatasetName } from '@marquee/datasets';

/** A film of a sample, as its files have it. */
export interface Film {
  readonly tconst: string;
  readonly title: string;
  readonly year: number;
  readonly minutes: number | null;
  readonly genres: readonly string[];
  readonly votes: number;
  /** Average rating, 1 to 10. */
  readonly rating: number;
  /** Titles in other countries that differ from its own. */
  readonly otherTitles: readonly string[];
  readonly directors: readonly string[];
}

/**
 * The films of a sample that most people have rated, by their number of votes. Adult films and
 * those without a year are left out.
 *
 * @param folder of the files of the sample
 * @param count the largest number of films
 */
export async function readFilms(folder: string, count: number): Promise<Film[]> {
  const ratings = new Map<string, { rating: number; votes: number }>();
  for await (const [tconst = '', rating, votes] of rowsOf(folder, 'title.ratings'))
    ratings.set(tconst, { rating: Number(rating), votes: Number(votes) });
  const found: Omit<Film, 'otherTitles' | 'directors'>[] = [];
  for await (const [tconst = '', type, title = '', , adult, year, , minutes, genres] of rowsOf(
    folder,
    'title.basics',
  )) {
    const rated = ratings.get(tconst);
    if (type !== 'movie' || adult !== '0' || year === '\\N' || rated === undefined) continue;
    found.push({
      tconst,
      title,
      year: Number(year),
      minutes: minutes === '\\N' ? null : Number(minutes),
      genres: genres === undefined || genres === '\\N' ? [] : genres.split(','),
      ...rated,
    });
  }
  found.sort((a, b) => b.votes - a.votes || (a.tconst < b.tconst ? -1 : 1));
  const films = found.slice(0, count);
  const [otherTitles, directors] = [
    await otherTitlesOf(folder, films),
    await directorsOf(folder, films),
  ];
  return films.map((film) => ({
    ...film,
    otherTitles: otherTitles.get(film.tconst) ?? [],
    directors: directors.get(film.tconst) ?? [],
  }));
}

async function otherTitlesOf(
  folder: string,
  films: readonly Pick<Film, 'tconst' | 'title'>[],
): Promise<Map<string, string[]>> {
  const titles = new Map(films.map(({ tconst, title }) => [tconst, title]));
  const others = new Map<string, string[]>();
  for await (const [tconst = '', , title = ''] of rowsOf(folder, 'title.akas')) {
    if (!titles.has(tconst) || titles.get(tconst) === title) continue;
    others.set(tconst, [...(others.get(tconst) ?? []), title]);
  }
  return others;
}

async function directorsOf(
  folder: string,
  films: readonly Pick<Film, 'tconst'>[],
): Promise<Map<string, string[]>> {
  const wanted = new Set(films.map(({ tconst }) => tconst));
  const ids = new Map<string, string[]>();
  for await (const [tconst = '', directors = '\\N'] of rowsOf(folder, 'title.crew'))
    if (wanted.has(tconst) && directors !== '\\N') ids.set(tconst, directors.split(','));
  const people = new Set([...ids.values()].flat());
  const names = new Map<string, string>();
  for await (const [nconst = '', name = ''] of rowsOf(folder, 'name.basics'))
    if (people.has(nconst)) names.set(nconst, name);
  return new Map(
    [...ids].map(([tconst, directors]) => [
      tconst,
      directors.flatMap((nconst) => names.get(nconst) ?? []),
    ]),
  );
}

/** The rows of a file, without its header, as their columns. */
async function* rowsOf(folder: string, dataset: DatasetName): AsyncGenerator<string[]> {
  const input = createReadStream(join(folder, fileNameOf(dataset))).pipe(createGunzip());
  let isHeader = true;
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    if (!isHeader) yield line.split('\t');
    isHeader = false;
  }
}
