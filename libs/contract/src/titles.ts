import { z } from 'zod';
import { batchResponse, batchRequest } from './batch.ts';
import { TitleBasic } from './catalogue.ts';
import { keysOf, listPage, listParameters } from './lists.ts';
import { upperCase, lowerCase, subsetOf, wholeNumber, words } from './parameter.ts';
import { NameId, rowSchema, TitleId } from './row.ts';

const { averageRating, numVotes } = rowSchema('title.ratings').shape;
const { seasonNumber, episodeNumber } = rowSchema('title.episode').shape;
const { primaryName } = rowSchema('name.basics').shape;

/**
 * A title and its rating; where another dataset names a title that is in no file, it is the id
 * alone.
 */
export const RatedTitle = z
  .object({ ...TitleBasic.shape, averageRating, numVotes })
  .meta({ id: 'RatedTitle' });
export type RatedTitle = z.infer<typeof RatedTitle>;

/** The series that an episode is of, and where it stands there. */
export const EpisodeOf = z
  .object({
    tconst: TitleId.meta({ description: 'Id of the series', example: 'tt0000001' }),
    primaryTitle: TitleBasic.shape.primaryTitle.meta({
      description: 'Title of the series; null where no file has it',
      example: 'The Long Winter',
    }),
    seasonNumber,
    episodeNumber,
  })
  .meta({ id: 'EpisodeOf' });
export type EpisodeOf = z.infer<typeof EpisodeOf>;

/** Of an episode, its series; null for what is none. */
export const episodeOf = EpisodeOf.nullable().meta({
  description: 'The series, where it is an episode, and its place there; else null',
});

/** A title as lists have it: what an episode is called says little without its series. */
export const ListedTitle = RatedTitle.extend({ episodeOf }).meta({ id: 'ListedTitle' });
export type ListedTitle = z.infer<typeof ListedTitle>;

/** What users think of a title. */
export const Rating = z.object({ averageRating, numVotes }).meta({ id: 'Rating' });
export type Rating = z.infer<typeof Rating>;

/** One of the names of a title, as title.akas has it. */
export const Aka = rowSchema('title.akas').meta({ id: 'Aka' });

/** Who did what for a title: a row of title.principals, with the name. */
export const Credit = rowSchema('title.principals')
  .omit({ tconst: true })
  .extend({ primaryName })
  .meta({ id: 'Credit' });

/** A person by id and name; the name is null where no file has one. */
const Person = z.object({ nconst: NameId, primaryName }).meta({ id: 'Person' });

/** Directors and writers of a title, in the order of title.crew. */
export const Crew = z
  .object({ directors: z.array(Person), writers: z.array(Person) })
  .meta({ id: 'Crew' });
export type Crew = z.infer<typeof Crew>;

/** An episode as a title, with its place in the series. */
export const Episode = RatedTitle.extend({ seasonNumber, episodeNumber }).meta({ id: 'Episode' });
export type Episode = z.infer<typeof Episode>;

/** A season of a series. */
export const Season = z
  .object({
    seasonNumber: seasonNumber.meta({
      description: 'The season; null for the episodes whose season is not known',
      example: 1,
    }),
    episodes: z.int().meta({ description: 'How many episodes it has', example: 10 }),
    ratedEpisodes: z.int().meta({ description: 'How many of them are rated', example: 8 }),
    averageRating: z.number().nullable().meta({
      description: "Mean of its episodes' ratings, each counting the same, to two decimals",
      example: 7.85,
    }),
    numVotes: z.int().meta({ description: 'Votes for all its episodes', example: 12345 }),
  })
  .meta({ id: 'Season' });

/**
 * Where an episode stands: its series, and the episodes before and after it by season, number and
 * id.
 */
export const EpisodePosition = z
  .object({
    series: RatedTitle.nullable(),
    seasonNumber,
    episodeNumber,
    previous: Episode.nullable().meta({
      description: 'Null for the first, and where season or number are not known',
    }),
    next: Episode.nullable().meta({
      description: 'Null for the last, and where season or number are not known',
    }),
  })
  .meta({ id: 'EpisodePosition' });
export type EpisodePosition = z.infer<typeof EpisodePosition>;

/** A title that is like another. */
export const SimilarTitle = ListedTitle.extend({
  score: z.number().meta({
    description: '(shared people + half of shared genres) × ln(10 + votes)',
    example: 21.5,
  }),
  sharedPeople: z
    .int()
    .meta({ description: 'How many of its people have worked on both', example: 3 }),
  sharedGenres: z.int().meta({ description: 'How many genres both have', example: 2 }),
}).meta({ id: 'SimilarTitle' });

/** A page of each list of titles and of what belongs to one. */
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

/** Parameters of `GET /titles/{tconst}`; unknown ones are refused. */
export const TitleOptions = z.strictObject({
  include: subsetOf(TITLE_INCLUDES, 'part')
    .default([])
    .meta({
      description: `What to answer along with the title, with commas between: ${TITLE_INCLUDES.join(', ')}. Lists come as their first page of up to 200 items; its \`next\` is good for the list's own address`,
      example: 'ratings,principals',
    }),
});
export type TitleOptions = z.infer<typeof TitleOptions>;

/** What `GET /titles/{tconst}` answers: the title, and what `include` asks for. */
export const Title = z
  .object({
    ...TitleBasic.shape,
    ratings: Rating.nullable().optional().meta({ description: 'Null for a title without votes' }),
    akas: AkaPage.optional(),
    principals: CreditPage.optional(),
    crew: Crew.optional(),
    episodes: EpisodePage.optional().meta({ description: 'The episodes of a series' }),
    series: EpisodePosition.nullable()
      .optional()
      .meta({ description: 'Where an episode stands; null for what is none' }),
  })
  .meta({ id: 'Title' });

/** Parameters of `GET /titles/{tconst}/akas`. */
export const AkaQuery = z.strictObject({
  region: words(upperCase)
    .optional()
    .meta({ description: 'Only names in these regions, with commas between', example: 'DE,AT' }),
  language: words(lowerCase)
    .optional()
    .meta({ description: 'Only names in these languages, with commas between', example: 'de' }),
  ...listParameters(keysOf(Aka)),
});
export type AkaQuery = z.infer<typeof AkaQuery>;

/** Parameters of `GET /titles/{tconst}/credits`. */
export const CreditQuery = z.strictObject({
  category: words(lowerCase)
    .optional()
    .meta({ description: 'Only these categories, with commas between', example: 'actor,actress' }),
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
      description: 'Only the episodes of this season; unknown for those whose season is not known',
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
export const TitleBatchRequest = batchRequest(TitleId, ['tt0000001', 'tt0000002']).meta({
  id: 'TitleBatchRequest',
});
export type TitleBatchRequest = z.infer<typeof TitleBatchRequest>;

/** What `POST /titles/batch` answers. */
export const TitleBatch = batchResponse(TitleId, RatedTitle, 'title').meta({ id: 'TitleBatch' });
export type TitleBatch = z.infer<typeof TitleBatch>;
