import { z } from 'zod';
import { batchResponse, batchRequest } from './batch.ts';
import { TitleBasic } from './catalogue.ts';
import { keysOf, listPage, listParameters } from './lists.ts';
import { subsetOf, wholeNumber } from './parameter.ts';
import { NameId, rowSchema, TitleId, RequestedTitleId } from './row.ts';
import { wordsOf } from './vocabularies.ts';

const { averageRating, numVotes } = rowSchema('title.ratings').shape;
const { seasonNumber, episodeNumber } = rowSchema('title.episode').shape;
const { primaryName } = rowSchema('name.basics').shape;

/**
 * A title with its rating. If another dataset refers to a title that title.basics lacks, all fields
 * but the id are null.
 */
export const RatedTitle = z
  .object({ ...TitleBasic.shape, averageRating, numVotes })
  .meta({ id: 'RatedTitle' });
export type RatedTitle = z.infer<typeof RatedTitle>;

/** The series of an episode, and the episode's position in it. */
export const EpisodeOf = z
  .object({
    tconst: TitleId.meta({ description: 'Id of the series', example: 'tt0000001' }),
    primaryTitle: TitleBasic.shape.primaryTitle.meta({
      description: 'Title of the series; null if title.basics lacks it',
      example: 'The Long Winter',
    }),
    seasonNumber,
    episodeNumber,
  })
  .meta({ id: 'EpisodeOf' });
export type EpisodeOf = z.infer<typeof EpisodeOf>;

/** The series of an episode; null for other titles. */
export const episodeOf = EpisodeOf.nullable().meta({
  description: 'For an episode: its series and its position in it; otherwise null',
});

/** A title in a list. The title of an episode says little without its series. */
export const ListedTitle = RatedTitle.extend({ episodeOf }).meta({ id: 'ListedTitle' });
export type ListedTitle = z.infer<typeof ListedTitle>;

/** The rating of a title by IMDb's users. */
export const Rating = z.object({ averageRating, numVotes }).meta({ id: 'Rating' });
export type Rating = z.infer<typeof Rating>;

/** Response of `GET /titles/{tconst}/rating-history`. */
export const RatingHistory = z
  .object({
    items: z
      .array(
        Rating.extend({
          at: z.iso.datetime().meta({
            description: 'When this rating was published',
            example: '2026-08-15T06:15:00Z',
          }),
        }).meta({ id: 'PublishedRating', description: 'Null values: no longer rated' }),
      )
      .meta({
        description: 'Each rating that was published, oldest first; the last one is in use',
      }),
    since: z.iso.datetime().nullable().meta({
      description:
        'Ratings are recorded since then: the first one may be older. Null before the first publish',
      example: '2026-08-15T06:15:00Z',
    }),
  })
  .meta({ id: 'RatingHistory' });
export type RatingHistory = z.infer<typeof RatingHistory>;

/** An alternative name of a title: a row of title.akas. */
export const Aka = rowSchema('title.akas').meta({ id: 'Aka' });

/** A credit of a title: a row of title.principals with the person's name. */
export const Credit = rowSchema('title.principals')
  .omit({ tconst: true })
  .extend({ primaryName })
  .meta({ id: 'Credit' });

/** A person by id and name; the name is null if name.basics lacks it. */
const Person = z.object({ nconst: NameId, primaryName }).meta({ id: 'Person' });

/** Directors and writers of a title, in the order of title.crew. */
export const Crew = z
  .object({
    directors: z.array(Person).meta({ description: 'In the order of title.crew' }),
    writers: z.array(Person).meta({ description: 'In the order of title.crew' }),
  })
  .meta({ id: 'Crew' });
export type Crew = z.infer<typeof Crew>;

/** An episode: its title and rating, with its position in the series. */
export const Episode = RatedTitle.extend({
  titleType: TitleBasic.shape.titleType.meta({
    description: 'Title type',
    example: 'tvEpisode',
  }),
  seasonNumber,
  episodeNumber,
}).meta({ id: 'Episode' });
export type Episode = z.infer<typeof Episode>;

/** A season of a series. */
export const Season = z
  .object({
    seasonNumber: seasonNumber.meta({
      description: 'Season number; null for the episodes of unknown season',
      example: 1,
    }),
    episodes: z.int().meta({ description: 'Number of episodes', example: 10 }),
    ratedEpisodes: z.int().meta({ description: 'Number of rated episodes', example: 8 }),
    averageRating: z.number().nullable().meta({
      description: 'Unweighted mean of the ratings of its episodes, to two decimals',
      example: 7.85,
    }),
    numVotes: z.int().meta({ description: 'Number of votes for all its episodes', example: 12345 }),
  })
  .meta({ id: 'Season' });

/** Maximum number of episodes in a grid. Few series have more than 10,000. */
export const MAX_GRID_EPISODES = 20_000;

const GridEpisode = z
  .object({
    tconst: TitleId,
    episodeNumber,
    primaryTitle: TitleBasic.shape.primaryTitle,
    startYear: TitleBasic.shape.startYear,
    averageRating,
    numVotes,
  })
  .meta({ id: 'GridEpisode', description: 'An episode in a grid' });

/** Response of `GET /titles/{tconst}/episode-grid`: all episodes of a series by season. */
export const EpisodeGrid = z
  .object({
    seasons: z
      .array(
        z
          .object({
            seasonNumber: seasonNumber.meta({
              description: 'Season number; null for the episodes of unknown season',
              example: 1,
            }),
            episodes: z.array(GridEpisode).meta({
              description: 'By number and id; episodes without a number come last',
            }),
          })
          .meta({ id: 'GridSeason' }),
      )
      .meta({ description: 'By season number; the unknown season comes last' }),
    episodes: z.int().meta({ description: 'Number of episodes of the series', example: 62 }),
    complete: z.boolean().meta({
      description: `Whether all of them are here. Only the first ${MAX_GRID_EPISODES} are; GET /titles/{tconst}/episodes lists the others`,
      example: true,
    }),
  })
  .meta({ id: 'EpisodeGrid' });
export type EpisodeGrid = z.infer<typeof EpisodeGrid>;

/**
 * Position of an episode: its series, and the episodes before and after it by season, number and
 * id.
 */
export const EpisodePosition = z
  .object({
    series: RatedTitle.nullable().meta({
      description: 'The series; null if the files do not name it',
    }),
    seasonNumber,
    episodeNumber,
    previous: Episode.nullable().meta({
      description: 'Previous episode; null for the first one, and if season or number are unknown',
    }),
    next: Episode.nullable().meta({
      description: 'Next episode; null for the last one, and if season or number are unknown',
    }),
  })
  .meta({ id: 'EpisodePosition' });
export type EpisodePosition = z.infer<typeof EpisodePosition>;

/** A title similar to another one. */
export const SimilarTitle = ListedTitle.extend({
  score: z.number().meta({
    description: '(shared people + half of shared genres) × ln(10 + votes)',
    example: 21.5,
  }),
  sharedPeople: z.int().meta({ description: 'Number of people credited for both', example: 3 }),
  sharedGenres: z.int().meta({ description: 'Number of genres in common', example: 2 }),
}).meta({ id: 'SimilarTitle' });

/** Pages of the lists below a title. */
export const AkaPage = listPage(Aka).meta({ id: 'AkaPage' });
export const CreditPage = listPage(Credit).meta({ id: 'CreditPage' });
export const EpisodePage = listPage(Episode).meta({ id: 'EpisodePage' });
export const SeasonPage = listPage(Season).meta({ id: 'SeasonPage' });
export const SimilarPage = listPage(SimilarTitle).meta({ id: 'SimilarPage' });

export const TITLE_INCLUDES = [
  'ratings',
  'akas',
  'principals',
  'crew',
  'episodes',
  'series',
] as const;
export type TitleInclude = (typeof TITLE_INCLUDES)[number];

/** Parameters of `GET /titles/{tconst}`; unknown ones are rejected. */
export const TitleOptions = z.strictObject({
  include: subsetOf(TITLE_INCLUDES, 'part')
    .default([])
    .meta({
      description: `Parts to include with the title, comma-separated: ${TITLE_INCLUDES.join(', ')}. Of a list, the first page of up to 200 items is included; its \`next\` is valid at the list's own URL`,
      example: 'ratings,principals',
    }),
});
export type TitleOptions = z.infer<typeof TitleOptions>;

/** Response of `GET /titles/{tconst}`: the title and the parts listed in `include`. */
export const Title = z
  .object({
    ...TitleBasic.shape,
    ratings: Rating.nullable().optional().meta({ description: 'Null for a title without votes' }),
    akas: AkaPage.optional().meta({ description: 'Its names by region and language' }),
    principals: CreditPage.optional().meta({ description: 'Its credits, in the order of billing' }),
    crew: Crew.optional().meta({ description: 'Its directors and writers' }),
    episodes: EpisodePage.optional().meta({ description: 'The episodes of a series' }),
    series: EpisodePosition.nullable()
      .optional()
      .meta({ description: 'Position of an episode; null for other titles' }),
  })
  .meta({ id: 'Title' });

/** Parameters of `GET /titles/{tconst}/akas`. */
export const AkaQuery = z.strictObject({
  region: wordsOf('region')
    .optional()
    .meta({ description: 'Only names for these regions, comma-separated', example: 'DE,AT' }),
  language: wordsOf('language')
    .optional()
    .meta({ description: 'Only names in these languages, comma-separated', example: 'de' }),
  ...listParameters(keysOf(Aka)),
});
export type AkaQuery = z.infer<typeof AkaQuery>;

/** Parameters of `GET /titles/{tconst}/credits`. */
export const CreditQuery = z.strictObject({
  category: wordsOf('category')
    .optional()
    .meta({ description: 'Only these categories, comma-separated', example: 'actor,actress' }),
  ...listParameters(keysOf(Credit)),
});
export type CreditQuery = z.infer<typeof CreditQuery>;

/** Parameters of `GET /titles/{tconst}/episodes`. */
export const EpisodeQuery = z.strictObject({
  season: z
    .union(
      [z.literal('unknown'), wholeNumber(0, 99_999)],
      'expected a whole number from 0 to 99999, or unknown',
    )
    .optional()
    .meta({
      description: 'Only the episodes of this season; unknown: only those of unknown season',
      example: 1,
    }),
  ...listParameters(keysOf(Episode)),
});
export type EpisodeQuery = z.infer<typeof EpisodeQuery>;

/** Parameters of `GET /titles/{tconst}/seasons`. */
export const SeasonQuery = z.strictObject(listParameters(keysOf(Season)));
export type SeasonQuery = z.infer<typeof SeasonQuery>;

/** Parameters of `GET /titles/{tconst}/similar`. */
export const SimilarQuery = z.strictObject(listParameters(keysOf(SimilarTitle)));
export type SimilarQuery = z.infer<typeof SimilarQuery>;

/** Body of `POST /titles/batch`. */
export const TitleBatchRequest = batchRequest(RequestedTitleId, ['tt0000001', 'tt0000002']).meta({
  id: 'TitleBatchRequest',
});
export type TitleBatchRequest = z.infer<typeof TitleBatchRequest>;

/** Response of `POST /titles/batch`. */
export const TitleBatch = batchResponse(TitleId, RatedTitle, 'title').meta({ id: 'TitleBatch' });
export type TitleBatch = z.infer<typeof TitleBatch>;
