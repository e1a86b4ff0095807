import { type HashRandom, Purpose } from '../hash-random.ts';
import type { Film } from './films.ts';
import { drawPoster } from './poster.ts';
import { unknownTitle } from './told-title.ts';

/** One film in so many has no id, and one has not been watched. */
const WITHOUT_ID_EACH = 6;
const NOT_WATCHED_EACH = 4;

/**
 * The files of a library as Kodi and Jellyfin keep one, by their paths: a folder for each film, with
 * its .nfo file and its poster. Its last film is one that IMDb does not know.
 */
export function library(
  random: HashRandom,
  films: readonly Film[],
): readonly [path: string, content: string | Buffer][] {
  const own = {
    title: unknownTitle(40),
    year: 2019,
    minutes: 24,
    genres: ['Family'],
    tconst: null,
    directors: [],
  };
  return [...films, own].flatMap((film, row) => {
    // what file systems do not allow in names
    const name = `${film.title.replaceAll(/[/\\:*?"<>|]/gu, '')} (${film.year})`;
    return [
      [`Films/${name}/${name}.nfo`, nfo(random, film, row)],
      [`Films/${name}/poster.png`, drawPoster(row)],
    ];
  });
}

type LibraryFilm = Pick<Film, 'title' | 'year' | 'minutes' | 'genres' | 'directors'> & {
  readonly tconst: string | null;
};

function nfo(random: HashRandom, film: LibraryFilm, row: number): string {
  const isWatched = row % NOT_WATCHED_EACH !== 1;
  const hasId = film.tconst !== null && row % WITHOUT_ID_EACH !== 5;
  const lines = [
    element('title', film.title),
    element('year', film.year),
    ...(film.minutes === null ? [] : [element('runtime', film.minutes)]),
    ...(isWatched ? [element('userrating', 5 + random.integer(Purpose.toldScore, row, 6))] : []),
    element('playcount', isWatched ? 1 : 0),
    element('plot', `Made up for the demo: what happens in film ${row + 1} of the library.`),
    ...(hasId ? [`  <uniqueid type="imdb" default="true">${film.tconst}</uniqueid>`] : []),
    ...film.genres.map((genre) => element('genre', genre)),
    ...film.directors.map((director) => element('director', director)),
  ];
  return `<?xml version="1.0" encoding="UTF-8" standalone="yes" ?>\n<movie>\n${lines.join('\n')}\n</movie>\n`;
}

function element(name: string, value: string | number): string {
  const text = String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `  <${name}>${text}</${name}>`;
}
