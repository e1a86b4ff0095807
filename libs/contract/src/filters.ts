import { z } from 'zod';
import { NameBasic } from './catalogue.ts';
import { keysOf, listPage, listParameters } from './lists.ts';
import { upperCase, lowerCase, text, wholeNumber, words } from './parameter.ts';
import { NameId } from './row.ts';
import { MAX_SEARCH_RESULTS } from './search.ts';
import { ListedTitle } from './titles.ts';
import { canonicalGenre, canonicalTitleType } from './title-words.ts';

/**
 * The weighted rating of a title with v votes and the rating R: (v·R + votes·mean) / (v + votes).
 * It is as if every title had some votes more, of a middling mark: few votes weigh little. Fixed
 * numbers, so that one title's votes do not move all the others.
 */
export const WEIGHTED_RATING = { votes: 1000, mean: 6.5 } as const;

export const WEIGHTED_FORMULA = `(v·R + ${WEIGHTED_RATING.votes}·${WEIGHTED_RATING.mean}) / (v + ${WEIGHTED_RATING.votes}), R being the rating and v the number of votes`;

const weightedRating = z
  .number()
  .nullable()
  .meta({
    description: `The weighted rating, to three decimals: ${WEIGHTED_FORMULA}; null without votes`,
    example: 7.746,
  });

/** A title as lists of titles have it. */
export const FoundTitle = ListedTitle.extend({ weightedRating }).meta({ id: 'FoundTitle' });
export type FoundTitle = z.infer<typeof FoundTitle>;

export const FoundTitlePage = listPage(FoundTitle).meta({ id: 'FoundTitlePage' });
export const FoundNamePage = listPage(NameBasic).meta({ id: 'FoundNamePage' });

const year = wholeNumber(0, 9999);
const count = wholeNumber(0, 2_147_483_647);

/** A query parameter that holds true or false in words. */
const flag = z
  .enum(['true', 'false'], 'expected true or false')
  .transform((value) => value === 'true');

/** A rating in a query, of one decimal at the most. */
const rating = z
  .string('expected one value')
  .regex(
    /^(?:10(?:\.0)?|\d(?:\.\d)?)$/u,
    'expected a rating from 0 to 10, of one decimal at the most',
  )
  .transform(Number);

const order = z.enum(['asc', 'desc'], 'expected asc or desc').optional();

/** The filters of titles: each narrows the list down, and a title must pass all of them. */
export const TITLE_FILTERS = {
  titleType: words(canonicalTitleType).optional().meta({
    description: 'Only titles of one of these types, with commas between',
    example: 'movie,tvSeries',
  }),
  genre: words(canonicalGenre).optional().meta({
    description: 'Only titles that have all of these genres, with commas between',
    example: 'Drama,History',
  }),
  genreAny: words(canonicalGenre).optional().meta({
    description: 'Only titles that have at least one of these genres',
    example: 'Comedy,Romance',
  }),
  genreNone: words(canonicalGenre)
    .optional()
    .meta({ description: 'Only titles that have none of these genres', example: 'Horror' }),
  startYearFrom: year
    .optional()
    .meta({ description: 'Only titles that start in this year or later', example: 1970 }),
  startYearTo: year
    .optional()
    .meta({ description: 'Only titles that start in this year or earlier', example: 1979 }),
  runtimeMinutesFrom: count
    .optional()
    .meta({ description: 'Only titles that run so many minutes or longer', example: 60 }),
  runtimeMinutesTo: count
    .optional()
    .meta({ description: 'Only titles that run so many minutes or shorter', example: 120 }),
  averageRatingFrom: rating
    .optional()
    .meta({ description: 'Only titles with this rating or a better one', example: 7.5 }),
  averageRatingTo: rating
    .optional()
    .meta({ description: 'Only titles with this rating or a worse one', example: 9 }),
  numVotesFrom: count
    .optional()
    .meta({ description: 'Only titles with so many votes or more', example: 1000 }),
  numVotesTo: count.optional().meta({
    description: 'Only titles with so many votes or fewer; 0 for those without',
    example: 50_000,
  }),
  isAdult: flag
    .optional()
    .meta({ description: 'Only adult titles, or only the others', example: 'false' }),
  country: words(upperCase).optional().meta({
    description: 'Only titles that have a name listed for one of these regions (from title.akas)',
    example: 'DE,AT',
  }),
  language: words(lowerCase).optional().meta({
    description: 'Only titles that have a name in one of these languages (from title.akas)',
    example: 'de',
  }),
  hasEpisodes: flag
    .optional()
    .meta({ description: 'Only titles that have episodes, or only the others', example: 'true' }),
  person: NameId.optional().meta({
    description: 'Only titles on which this person has worked (by title.principals)',
    example: 'nm0000001',
  }),
  role: words(lowerCase).optional().meta({
    description:
      'What the person did there: categories of title.principals, with commas between; cast stands for actor, actress and self',
    example: 'director',
  }),
} as const;

/** A role without a person means nothing. */
const ROLE_WITHOUT_PERSON = { error: 'expected a person whose role it is', path: ['role'] };
const hasPersonForRole = ({ role, person }: { role?: unknown; person?: unknown }): boolean =>
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

const titleText = text(200)
  .optional()
  .meta({
    description: `Words to look for in titles and their other names; the ${MAX_SEARCH_RESULTS} titles that fit best are all that is found, on all pages and in streams`,
    example: 'the long winter',
  });

/** Parameters of `GET /titles`; unknown ones are refused. */
export const FindTitlesQuery = z
  .strictObject({
    q: titleText,
    primaryTitle: text(500).optional().meta({
      description: 'Only titles of exactly this primary title',
      example: 'The Long Winter',
    }),
    ...TITLE_FILTERS,
    sort: z
      .enum(TITLE_SORTS, `expected one of ${TITLE_SORTS.join(', ')}`)
      .optional()
      .meta({
        description: `What to sort by: relevance when \`q\` is given, votes when not. What is not known comes last; the rest is settled by votes, year and id. weighted: ${WEIGHTED_FORMULA}`,
        example: 'votes',
      }),
    order: order.meta({
      description:
        'Lowest first, or highest first: asc for title and id, desc for all others, when left out',
      example: 'desc',
    }),
    ...listParameters(keysOf(FoundTitle)),
  })
  .refine(hasPersonForRole, ROLE_WITHOUT_PERSON)
  .refine(({ sort, q }) => sort !== 'relevance' || q !== undefined, {
    error: 'expected q to be relevant to',
    path: ['sort'],
  });
export type FindTitlesQuery = z.infer<typeof FindTitlesQuery>;

export const NAME_SORTS = ['relevance', 'id', 'birthYear', 'deathYear'] as const;

/** Parameters of `GET /names`; unknown ones are refused. */
export const FindNamesQuery = z
  .strictObject({
    q: text(200)
      .optional()
      .meta({
        description: `Words to look for in names; the ${MAX_SEARCH_RESULTS} names that fit best are all that is found, on all pages and in streams`,
        example: 'ada winter',
      }),
    primaryName: text(500)
      .optional()
      .meta({ description: 'Only names that are exactly this', example: 'Ada Winter' }),
    profession: words(lowerCase).optional().meta({
      description: 'Only people who have all of these professions, with commas between',
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
        description:
          'What to sort by: relevance when `q` is given, the id when not. Years that are not known come last',
        example: 'birthYear',
      }),
    order: order.meta({
      description:
        'Lowest first, or highest first: desc for relevance, asc for all others, when left out',
      example: 'asc',
    }),
    ...listParameters(keysOf(NameBasic)),
  })
  .refine(({ sort, q }) => sort !== 'relevance' || q !== undefined, {
    error: 'expected q to be relevant to',
    path: ['sort'],
  });
export type FindNamesQuery = z.infer<typeof FindNamesQuery>;

/** Parameters of `GET /facets`; unknown ones are refused. */
export const FacetsQuery = z
  .strictObject({ q: titleText, ...TITLE_FILTERS })
  .refine(hasPersonForRole, ROLE_WITHOUT_PERSON);
export type FacetsQuery = z.infer<typeof FacetsQuery>;

/** The filters of titles as they are read. */
export type TitleFilters = Omit<FacetsQuery, 'q'>;
