import { z } from 'zod';

/** OMDb's value for missing data. */
export const NOT_AVAILABLE = 'N/A';

const text = z.string().meta({ example: NOT_AVAILABLE });
const yes = z.literal('True');

/** A title in OMDb's shape: all values are strings. */
export const OmdbTitle = z
  .object({
    Title: z.string().meta({ example: 'The Long Winter' }),
    Year: z.string().meta({
      description: 'Two years for a series, or one and a dash while it runs',
      example: '1977',
    }),
    Rated: text,
    Released: text,
    Season: text.optional().meta({ description: 'Of an episode' }),
    Episode: text.optional(),
    Runtime: z.string().meta({ example: '104 min' }),
    Genre: z.string().meta({ example: 'Drama, History' }),
    Director: text,
    Writer: text,
    Actors: text.meta({ description: 'The first four' }),
    Plot: text,
    Language: text,
    Country: text,
    Awards: text,
    Poster: text,
    Ratings: z.array(
      z.object({ Source: z.string(), Value: z.string().meta({ example: '7.8/10' }) }),
    ),
    Metascore: text,
    imdbRating: z.string().meta({ example: '7.8' }),
    imdbVotes: z.string().meta({ example: '12,345' }),
    imdbID: z.string().meta({ example: 'tt0000001' }),
    seriesID: text.optional().meta({ description: 'Of an episode' }),
    Type: z.enum(['movie', 'series', 'episode', 'game']),
    totalSeasons: text.optional().meta({ description: 'Of a series' }),
    DVD: text.optional().meta({ description: 'This and the following: of a movie' }),
    BoxOffice: text.optional(),
    Production: text.optional(),
    Website: text.optional(),
    Response: yes,
  })
  .meta({ id: 'OmdbTitle' });
export type OmdbTitle = z.infer<typeof OmdbTitle>;

/** The response to `s=`: ten titles a page. */
export const OmdbSearch = z
  .object({
    Search: z.array(
      OmdbTitle.pick({ Title: true, Year: true, imdbID: true, Type: true, Poster: true }),
    ),
    totalResults: z.string().meta({ example: '42' }),
    Response: yes,
  })
  .meta({ id: 'OmdbSearch' });
export type OmdbSearch = z.infer<typeof OmdbSearch>;

/** The response to `Season=`. */
export const OmdbSeason = z
  .object({
    Title: z.string(),
    Season: z.string().meta({ example: '1' }),
    totalSeasons: z.string().meta({ example: '3' }),
    Episodes: z.array(
      z.object({
        Title: z.string(),
        Released: text,
        Episode: z.string(),
        imdbRating: z.string(),
        imdbID: z.string(),
      }),
    ),
    Response: yes,
  })
  .meta({ id: 'OmdbSeason' });
export type OmdbSeason = z.infer<typeof OmdbSeason>;

/** OMDb's error, with the status 200. */
export const OmdbError = z
  .object({ Response: z.literal('False'), Error: z.string().meta({ example: 'Movie not found!' }) })
  .meta({ id: 'OmdbError' });
export type OmdbError = z.infer<typeof OmdbError>;

/** Any response of `GET /omdb`. */
export const OmdbAnswer = z
  .union([OmdbTitle, OmdbSearch, OmdbSeason, OmdbError])
  .meta({ id: 'OmdbAnswer' });
export type OmdbAnswer = z.infer<typeof OmdbAnswer>;
