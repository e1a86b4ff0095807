import { z } from 'zod';

/** OMDb's value for missing data. */
export const NOT_AVAILABLE = 'N/A';

const text = z.string().meta({ example: NOT_AVAILABLE });
const yes = z.literal('True').meta({ description: 'Whether there is a result', example: 'True' });

/** A title in OMDb's shape: all values are strings. */
export const OmdbTitle = z
  .object({
    Title: z.string().meta({ description: 'Primary title', example: 'The Long Winter' }),
    Year: z.string().meta({
      description: 'Two years for a series, or one and a dash while it runs',
      example: '1977',
    }),
    Rated: text.meta({ description: 'Not in the datasets' }),
    Released: text.meta({ description: 'Not in the datasets' }),
    Season: text.optional().meta({ description: 'Of an episode' }),
    Episode: text.optional().meta({ description: 'Of an episode' }),
    Runtime: z.string().meta({ description: 'Runtime in minutes', example: '104 min' }),
    Genre: z
      .string()
      .meta({ description: 'Genres, separated by commas', example: 'Drama, History' }),
    Director: text.meta({ description: 'Directors, separated by commas' }),
    Writer: text.meta({ description: 'Writers, separated by commas' }),
    Actors: text.meta({ description: 'The first four' }),
    Plot: text.meta({ description: 'Not in the datasets' }),
    Language: text.meta({ description: 'Not in the datasets' }),
    Country: text.meta({ description: 'Not in the datasets' }),
    Awards: text.meta({ description: 'Not in the datasets' }),
    Poster: text.meta({ description: 'Not in the datasets' }),
    Ratings: z
      .array(
        z.object({
          Source: z.string().meta({ description: 'Who rates', example: 'Internet Movie Database' }),
          Value: z.string().meta({ description: 'The rating', example: '7.8/10' }),
        }),
      )
      .meta({ description: 'The rating of IMDb, if there is one' }),
    Metascore: text.meta({ description: 'Not in the datasets' }),
    imdbRating: z.string().meta({ description: 'Average rating', example: '7.8' }),
    imdbVotes: z.string().meta({ description: 'Number of votes', example: '12,345' }),
    imdbID: z.string().meta({ description: 'Id of the title', example: 'tt0000001' }),
    seriesID: text.optional().meta({ description: 'Of an episode' }),
    Type: z
      .enum(['movie', 'series', 'episode', 'game'])
      .meta({ description: "OMDb's type", example: 'movie' }),
    totalSeasons: text.optional().meta({ description: 'Of a series' }),
    DVD: text.optional().meta({ description: 'This and the following: of a movie' }),
    BoxOffice: text.optional().meta({ description: 'Not in the datasets' }),
    Production: text.optional().meta({ description: 'Not in the datasets' }),
    Website: text.optional().meta({ description: 'Not in the datasets' }),
    Response: yes,
  })
  .meta({ id: 'OmdbTitle' });
export type OmdbTitle = z.infer<typeof OmdbTitle>;

/** The response to `s=`: ten titles a page. */
export const OmdbSearch = z
  .object({
    Search: z
      .array(OmdbTitle.pick({ Title: true, Year: true, imdbID: true, Type: true, Poster: true }))
      .meta({ description: 'The titles of the page, the best first' }),
    totalResults: z.string().meta({ description: 'Number of titles found', example: '42' }),
    Response: yes,
  })
  .meta({ id: 'OmdbSearch' });
export type OmdbSearch = z.infer<typeof OmdbSearch>;

/** The response to `Season=`. */
export const OmdbSeason = z
  .object({
    Title: z.string().meta({ description: 'Title of the series', example: 'The Harbour' }),
    Season: z.string().meta({ description: 'Number of the season', example: '1' }),
    totalSeasons: z.string().meta({ description: 'Number of the last season', example: '3' }),
    Episodes: z
      .array(
        z.object({
          Title: z.string().meta({ description: 'Title of the episode', example: 'Low Tide' }),
          Released: text.meta({ description: 'Not in the datasets' }),
          Episode: z.string().meta({ description: 'Its number', example: '1' }),
          imdbRating: z.string().meta({ description: 'Average rating', example: '7.8' }),
          imdbID: z.string().meta({ description: 'Id of the episode', example: 'tt0000002' }),
        }),
      )
      .meta({ description: 'The episodes, by number' }),
    Response: yes,
  })
  .meta({ id: 'OmdbSeason' });
export type OmdbSeason = z.infer<typeof OmdbSeason>;

/** OMDb's error, with the status 200. */
export const OmdbError = z
  .object({
    Response: z
      .literal('False')
      .meta({ description: 'Whether there is a result', example: 'False' }),
    Error: z.string().meta({ description: 'What is wrong', example: 'Movie not found!' }),
  })
  .meta({ id: 'OmdbError' });
export type OmdbError = z.infer<typeof OmdbError>;

/** Any response of `GET /omdb`. */
export const OmdbAnswer = z
  .union([OmdbTitle, OmdbSearch, OmdbSeason, OmdbError])
  .meta({ id: 'OmdbAnswer' });
export type OmdbAnswer = z.infer<typeof OmdbAnswer>;
