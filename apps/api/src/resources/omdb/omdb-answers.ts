import type { ProblemFields } from '../../problems/problem-exception.ts';
import type { OmdbType } from './parameters.ts';
import {
  NOT_AVAILABLE,
  type OmdbError,
  type OmdbSearch,
  type OmdbSeason,
  type OmdbTitle,
} from './shapes.ts';
import { FIRST_YEAR, type BriefRow, type EpisodeRow, type TitleRow } from './title-statements.ts';

/** IMDb's types by OMDb's; an unknown type is a movie. */
const TYPES: Readonly<Record<Exclude<OmdbType, 'movie'>, readonly string[]>> = {
  series: ['tvSeries', 'tvMiniSeries'],
  episode: ['tvEpisode'],
  game: ['videoGame'],
};
const MOVIES = [
  'movie',
  'short',
  'tvMovie',
  'tvShort',
  'tvSpecial',
  'tvPilot',
  'video',
  'musicVideo',
];

/**
 * IMDb's types for one of OMDb's. Without a type: all but episodes, as OMDb does; for an unknown
 * one: none.
 */
export function imdbTypesOf(type: string | null): readonly string[] {
  const { series, game } = TYPES;
  if (type === null) return [...MOVIES, ...series, ...game];
  return type === 'movie'
    ? MOVIES
    : Object.hasOwn(TYPES, type)
      ? TYPES[type as keyof typeof TYPES]
      : [];
}

function omdbTypeOf(titleType: string | null): OmdbType {
  const found = Object.entries(TYPES).find(
    ([, types]) => titleType !== null && types.includes(titleType),
  );
  return (found?.[0] as OmdbType | undefined) ?? 'movie';
}

/** An error in OMDb's shape. */
export function omdbError(message: string): OmdbError {
  return { Response: 'False', Error: message };
}

/** OMDb's own messages, which its clients may compare with. */
const MESSAGES: Readonly<Record<string, string>> = {
  'key-needed': 'No API key provided.',
  'key-unknown': 'Invalid API key!',
  'key-revoked': 'Invalid API key!',
  'key-expired': 'Invalid API key!',
  'too-many-requests': 'Request limit reached!',
};

/** The body of an error that the API answers before the controller runs, in OMDb's shape. */
export function omdbProblem({ code, detail }: ProblemFields): OmdbError {
  return omdbError(MESSAGES[code] ?? detail);
}

/** A title with all its fields. */
export function omdbTitle(row: TitleRow): OmdbTitle {
  const {
    tconst,
    primaryTitle,
    runtimeMinutes,
    genres,
    averageRating,
    numVotes,
    directors,
    writers,
    actors,
    regions,
    languages,
  } = row;
  const type = omdbTypeOf(row.titleType);
  const none = NOT_AVAILABLE;
  return {
    Title: primaryTitle ?? none,
    Year: yearOf(row, type),
    Rated: none,
    Released: none,
    ...(type === 'episode'
      ? { Season: orNone(row.seasonNumber), Episode: orNone(row.episodeNumber) }
      : {}),
    Runtime: runtimeMinutes === null ? none : `${runtimeMinutes} min`,
    Genre: listed(genres ?? []),
    Director: listed(directors),
    Writer: listed(writers),
    Actors: listed(actors),
    Plot: none,
    Language: listed(languages.map((code) => nameOf(LANGUAGES, /^[a-z]{2,3}$/u, code))),
    Country: listed(regions.map((code) => nameOf(REGIONS, /^[A-Z]{2}$/u, code))),
    Awards: none,
    Poster: none,
    Ratings:
      averageRating === null
        ? []
        : [{ Source: 'Internet Movie Database', Value: `${averageRating.toFixed(1)}/10` }],
    Metascore: none,
    imdbRating: ratingOf(averageRating),
    imdbVotes: numVotes?.toLocaleString('en-US') ?? none,
    imdbID: tconst,
    ...(type === 'episode' ? { seriesID: row.parentTconst ?? none } : {}),
    Type: type,
    ...(type === 'series' ? { totalSeasons: orNone(totalSeasonsOf(row) || null) } : {}),
    ...(type === 'movie' ? { DVD: none, BoxOffice: none, Production: none, Website: none } : {}),
    Response: 'True',
  };
}

/** A page of search results. */
export function omdbSearch(rows: readonly BriefRow[], total: number): OmdbSearch {
  const found = rows.map((row) => {
    const type = omdbTypeOf(row.titleType);
    return {
      Title: row.primaryTitle ?? NOT_AVAILABLE,
      Year: yearOf(row, type),
      imdbID: row.tconst,
      Type: type,
      Poster: NOT_AVAILABLE,
    };
  });
  return { Search: found, totalResults: String(total), Response: 'True' };
}

type Seasons = Pick<TitleRow, 'lastSeason' | 'yearSeasons'>;

/** How many seasons a client requests: all from 1 to this. */
export function totalSeasonsOf({ lastSeason, yearSeasons }: Seasons): number {
  return lastSeason + yearSeasons.length;
}

/**
 * The season that a client means: seasons numbered as years follow the others in order, so that
 * clients that count reach each of them without requests for 1995 others. Their own numbers work
 * too.
 */
export function seasonOf({ lastSeason, yearSeasons }: Seasons, asked: number): number {
  return asked >= FIRST_YEAR ? asked : (yearSeasons[asked - lastSeason - 1] ?? asked);
}

/** A season of a series. */
export function omdbSeason(
  series: TitleRow,
  season: number,
  episodes: readonly EpisodeRow[],
): OmdbSeason {
  return {
    Title: series.primaryTitle ?? NOT_AVAILABLE,
    Season: String(season),
    totalSeasons: String(totalSeasonsOf(series)),
    Episodes: episodes.map(({ tconst, primaryTitle, episodeNumber, averageRating }) => ({
      Title: primaryTitle ?? NOT_AVAILABLE,
      Released: NOT_AVAILABLE,
      Episode: String(episodeNumber),
      imdbRating: ratingOf(averageRating),
      imdbID: tconst,
    })),
    Response: 'True',
  };
}

/** `1999`; for a series `2008–2013`, `2019` for a single year, `2011–` while it runs. */
function yearOf({ startYear, endYear }: BriefRow, type: OmdbType): string {
  if (startYear === null) return NOT_AVAILABLE;
  if (type !== 'series' || startYear === endYear) return String(startYear);
  return `${startYear}–${endYear ?? ''}`;
}

function ratingOf(rating: number | null): string {
  return rating?.toFixed(1) ?? NOT_AVAILABLE;
}

function orNone(value: number | null): string {
  return value === null ? NOT_AVAILABLE : String(value);
}

function listed(values: readonly string[]): string {
  return values.length === 0 ? NOT_AVAILABLE : values.join(', ');
}

const REGIONS = new Intl.DisplayNames('en', { type: 'region' });
const LANGUAGES = new Intl.DisplayNames('en', { type: 'language' });

/** The English name of a standard code; IMDb's own codes are returned as they are. */
function nameOf(names: Intl.DisplayNames, form: RegExp, code: string): string {
  return form.test(code) ? (names.of(code) ?? code) : code;
}
