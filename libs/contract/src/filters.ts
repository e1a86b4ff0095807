import { z } from 'zod';
import { NameBasic } from './catalogue.ts';
import { feedFormat, MAX_FEED } from './feeds.ts';
import { keysOf, listPage, listParameters, ABOUT_FORMATS } from './lists.ts';
import { count, flag, inOrder, order, rating, searchText, text, year } from './parameter.ts';
import { RequestedNameId } from './row.ts';
import { MAX_SEARCH_RESULTS } from './search.ts';
import { ListedTitle } from './titles.ts';
import { wordsOf } from './vocabularies.ts';

/**
 * The weighted rating of a title with v votes and the rating R: (v·R + votes·mean) / (v + votes).
 * It adds `votes` votes of the rating `mean` to each title, so that a few votes weigh little. Fixed
 * numbers, so that the votes of one title do not move all the others.
 */
export const WEIGHTED_RATING = { votes: 1000, mean: 6.5 } as const;

export const WEIGHTED_FORMULA = `(v·R + ${WEIGHTED_RATING.votes}·${WEIGHTED_RATING.mean}) / (v + ${WEIGHTED_RATING.votes}), R being the rating and v the number of votes`;

const weightedRating = z
  .number()
  .nullable()
  .meta({
    description: `Weighted rating, to three decimals: ${WEIGHTED_FORMULA}; null without votes`,
    example: 7.746,
  });

/** A title in a list of titles. */
export const FoundTitle = ListedTitle.extend({ weightedRating }).meta({ id: 'FoundTitle' });
export type FoundTitle = z.infer<typeof FoundTitle>;

export const FoundTitlePage = listPage(FoundTitle).meta({ id: 'FoundTitlePage' });
export const FoundNamePage = listPage(NameBasic).meta({ id: 'FoundNamePage' });

/** Filters of title lists. A title must match all of them. */
export const TITLE_FILTERS = {
  titleType: wordsOf('titleType').optional().meta({
    description: 'Only titles of one of these types, comma-separated',
    example: 'movie,tvSeries',
  }),
  genre: wordsOf('genre').optional().meta({
    description: 'Only titles with all of these genres, comma-separated',
    example: 'Drama,History',
  }),
  genreAny: wordsOf('genre').optional().meta({
    description: 'Only titles with at least one of these genres, comma-separated',
    example: 'Comedy,Romance',
  }),
  genreNone: wordsOf('genre').optional().meta({
    description: 'Only titles with none of these genres, comma-separated',
    example: 'Horror',
  }),
  startYearFrom: year
    .optional()
    .meta({ description: 'Only titles that start in this year or later', example: 1970 }),
  startYearTo: year
    .optional()
    .meta({ description: 'Only titles that start in this year or earlier', example: 1979 }),
  runtimeMinutesFrom: count
    .optional()
    .meta({ description: 'Only titles with at least this runtime, in minutes', example: 60 }),
  runtimeMinutesTo: count
    .optional()
    .meta({ description: 'Only titles with at most this runtime, in minutes', example: 120 }),
  averageRatingFrom: rating
    .optional()
    .meta({ description: 'Only titles rated this or higher', example: 7.5 }),
  averageRatingTo: rating
    .optional()
    .meta({ description: 'Only titles rated this or lower', example: 9 }),
  numVotesFrom: count
    .optional()
    .meta({ description: 'Only titles with at least this many votes', example: 1000 }),
  numVotesTo: count.optional().meta({
    description: 'Only titles with at most this many votes; 0 for titles without votes',
    example: 50_000,
  }),
  isAdult: flag
    .optional()
    .meta({ description: 'true: only adult titles; false: no adult titles', example: 'false' }),
  country: wordsOf('region').optional().meta({
    description:
      'Only titles with a name for one of these regions (from title.akas), comma-separated',
    example: 'DE,AT',
  }),
  language: wordsOf('language').optional().meta({
    description:
      'Only titles with a name in one of these languages (from title.akas), comma-separated',
    example: 'de',
  }),
  hasEpisodes: flag.optional().meta({
    description: 'true: only titles with episodes; false: only titles without',
    example: 'true',
  }),
  person: RequestedNameId.optional().meta({
    description: 'Only titles with a credit of this person (from title.principals)',
    example: 'nm0000001',
  }),
  role: wordsOf('role').optional().meta({
    description:
      'Categories of the credit (from title.principals), comma-separated; cast means actor, actress and self. Requires `person`',
    example: 'director',
  }),
} as const;

/** Rejects crossed ranges of {@link TITLE_FILTERS}. */
export const TITLE_RANGES = inOrder(
  ['startYearFrom', 'startYearTo'],
  ['runtimeMinutesFrom', 'runtimeMinutesTo'],
  ['averageRatingFrom', 'averageRatingTo'],
  ['numVotesFrom', 'numVotesTo'],
);

/** A role makes sense only together with a person. */
export const ROLE_WITHOUT_PERSON = { error: 'expected together with person', path: ['role'] };
export const hasPersonForRole = ({ role, person }: { role?: unknown; person?: unknown }): boolean =>
  role === undefined || person !== undefined;

export const TITLE_SORTS = [
  'relevance',
  'votes',
  'rating',
  'weighted',
  'year',
  'title',
  'runtime',
  'id',
] as const;
export type TitleSort = (typeof TITLE_SORTS)[number];

const titleText = searchText()
  .optional()
  .meta({
    description: `Search text for titles and their alternative names, or an IMDb id or address. Pages and streams hold at most the ${MAX_SEARCH_RESULTS} best matches`,
    example: 'the long winter',
  });

/** Parameters of `GET /titles`; unknown ones are rejected. */
export const FindTitlesQuery = z
  .strictObject({
    q: titleText,
    primaryTitle: text(500).optional().meta({
      description: 'Only titles with exactly this primary title',
      example: 'The Long Winter',
    }),
    ...TITLE_FILTERS,
    sort: z
      .enum(TITLE_SORTS, `expected one of ${TITLE_SORTS.join(', ')}`)
      .optional()
      .meta({
        description: `Sort key. Default: relevance with \`q\`, votes without. Unknown values come last; ties are broken by votes, year and id. weighted: ${WEIGHTED_FORMULA}`,
        example: 'votes',
      }),
    order: order.optional().meta({
      description:
        'Lowest first (asc) or highest first (desc). Default: asc for title and id, desc for all others',
      example: 'desc',
    }),
    ...listParameters(keysOf(FoundTitle)),
    format: feedFormat.meta({
      description: `${ABOUT_FORMATS}. stevenlu and rss: up to ${MAX_FEED} titles for other programs, as JSON and RSS`,
      example: 'json',
    }),
  })
  .superRefine(TITLE_RANGES)
  .refine(hasPersonForRole, ROLE_WITHOUT_PERSON)
  .refine(({ sort, q }) => sort !== 'relevance' || q !== undefined, {
    error: 'expected together with q',
    path: ['sort'],
  });
export type FindTitlesQuery = z.infer<typeof FindTitlesQuery>;

export const NAME_SORTS = ['relevance', 'id', 'birthYear', 'deathYear'] as const;

/** Parameters of `GET /names`; unknown ones are rejected. */
export const FindNamesQuery = z
  .strictObject({
    q: searchText()
      .optional()
      .meta({
        description: `Search text for names, or an IMDb id or address. Pages and streams hold at most the ${MAX_SEARCH_RESULTS} best matches`,
        example: 'ada winter',
      }),
    primaryName: text(500)
      .optional()
      .meta({ description: 'Only people with exactly this name', example: 'Ada Winter' }),
    profession: wordsOf('profession').optional().meta({
      description: 'Only people with all of these professions, comma-separated',
      example: 'actress',
    }),
    birthYearFrom: year
      .optional()
      .meta({ description: 'Only people born in this year or later', example: 1930 }),
    birthYearTo: year
      .optional()
      .meta({ description: 'Only people born in this year or earlier', example: 1939 }),
    deathYearFrom: year
      .optional()
      .meta({ description: 'Only people who died in this year or later', example: 1990 }),
    deathYearTo: year
      .optional()
      .meta({ description: 'Only people who died in this year or earlier', example: 1999 }),
    sort: z
      .enum(NAME_SORTS, `expected one of ${NAME_SORTS.join(', ')}`)
      .optional()
      .meta({
        description: 'Sort key. Default: relevance with `q`, id without. Unknown years come last',
        example: 'birthYear',
      }),
    order: order.optional().meta({
      description:
        'Lowest first (asc) or highest first (desc). Default: desc for relevance, asc for all others',
      example: 'asc',
    }),
    ...listParameters(keysOf(NameBasic)),
  })
  .superRefine(inOrder(['birthYearFrom', 'birthYearTo'], ['deathYearFrom', 'deathYearTo']))
  .refine(({ sort, q }) => sort !== 'relevance' || q !== undefined, {
    error: 'expected together with q',
    path: ['sort'],
  });
export type FindNamesQuery = z.infer<typeof FindNamesQuery>;

/** Parameters of `GET /facets`; unknown ones are rejected. */
export const FacetsQuery = z
  .strictObject({
    q: titleText,
    ...TITLE_FILTERS,
    alternatives: flag.optional().meta({
      description:
        'true: also count what other types, regions and languages would find, in `alternatives`',
      example: 'true',
    }),
  })
  .superRefine(TITLE_RANGES)
  .refine(hasPersonForRole, ROLE_WITHOUT_PERSON);
export type FacetsQuery = z.infer<typeof FacetsQuery>;

/** Title filters after parsing. */
export type TitleFilters = Omit<FacetsQuery, 'q' | 'alternatives'>;
