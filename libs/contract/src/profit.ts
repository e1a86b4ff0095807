import { z } from 'zod';
import { keysOf, listPage, listParameters } from './lists.ts';
import { flag, highestFirst, inOrder, subsetOf, year } from './parameter.ts';

/** What profits can be added up by: one of the first three, one of the last two, or one of each. */
export const PROFIT_KEYS = ['company', 'genre', 'country', 'year', 'decade'] as const;
export type ProfitKey = (typeof PROFIT_KEYS)[number];

const YEARS: readonly ProfitKey[] = ['year', 'decade'];

/** The least amount in US dollars that counts: smaller ones are mistakes or placeholders. */
export const LEAST_AMOUNT = 1000;

const amount = (what: string, example: number) =>
  z.number().meta({
    description: `${what} in US dollars; exact with full attribution, to the cent with shared`,
    example,
  });

/** Budgets and revenues of the movies of one group. */
export const ProfitGroup = z
  .object({
    company: z
      .string()
      .nullable()
      .meta({ description: 'Id of the company; null unless by company', example: 'tmdb:3' }),
    companyName: z
      .string()
      .nullable()
      .meta({ description: 'Its name; null unless by company', example: 'Example Pictures' }),
    genre: z
      .string()
      .nullable()
      .meta({ description: 'The genre; null unless by genre', example: 'Drama' }),
    country: z
      .string()
      .nullable()
      .meta({ description: 'The country; null unless by country', example: 'US' }),
    year: z.int().nullable().meta({ description: 'The year; null unless by year', example: 1995 }),
    decade: z
      .int()
      .nullable()
      .meta({ description: 'First year of the decade; null unless by decade', example: 1990 }),
    movies: z.int().meta({ description: 'Number of movies with both amounts', example: 12 }),
    budget: amount('Sum of their budgets', 480_000_000),
    revenue: amount('Sum of their revenues', 1_260_000_000),
    profit: amount('Revenue less budget', 780_000_000),
  })
  .meta({ id: 'ProfitGroup' });
export type ProfitGroup = z.infer<typeof ProfitGroup>;

export const PROFIT_SORTS = ['profit', 'revenue', 'budget', 'movies', 'year'] as const;
export type ProfitSort = (typeof PROFIT_SORTS)[number];

/** Parameters of `GET /aggregates/profit`; unknown ones are rejected. */
export const ProfitQuery = z
  .strictObject({
    by: subsetOf(PROFIT_KEYS, 'key')
      .default(['year'])
      .refine(
        (by) =>
          by.filter((key) => YEARS.includes(key)).length <= 1 &&
          by.filter((key) => !YEARS.includes(key)).length <= 1,
        'expected at most one of company, genre and country, and at most one of year and decade',
      )
      .meta({
        description:
          'What to add up by: one of company, genre and country, one of year and decade, or one of each, comma-separated. Default: year',
        example: 'company,year',
      }),
    attribution: z.enum(['full', 'shared'], 'expected full or shared').default('full').meta({
      description:
        'full: each company, genre or country of a movie gets the whole amounts, so that the groups add up to more than there is. shared: each gets an equal share',
      example: 'full',
    }),
    small: flag.prefault('false').meta({
      description: `true: also movies with an amount under ${LEAST_AMOUNT} dollars, which are left out otherwise`,
      example: 'false',
    }),
    yearFrom: year
      .optional()
      .meta({ description: 'Only movies of this year or later', example: 1970 }),
    yearTo: year
      .optional()
      .meta({ description: 'Only movies of this year or earlier', example: 1999 }),
    sort: z
      .enum(PROFIT_SORTS, `expected one of ${PROFIT_SORTS.join(', ')}`)
      .default('profit')
      .meta({
        description: 'Sort key; year: of the year or the decade, if by one of them',
        example: 'profit',
      }),
    order: highestFirst,
    ...listParameters(keysOf(ProfitGroup)),
  })
  .superRefine(inOrder(['yearFrom', 'yearTo']));
export type ProfitQuery = z.infer<typeof ProfitQuery>;

/** Response of `GET /aggregates/profit`. */
export const ProfitPage = listPage(ProfitGroup)
  .extend({
    by: z
      .array(z.enum(PROFIT_KEYS))
      .meta({ description: 'What is added up by', example: ['company', 'year'] }),
    attribution: z
      .enum(['full', 'shared'])
      .meta({ description: 'How the amounts of a movie are attributed', example: 'full' }),
    sum: z
      .object({
        groups: z.int().meta({ description: 'Number of groups', example: 2853 }),
        budget: amount('Sum of the budgets of all groups', 480_000_000),
        revenue: amount('Sum of the revenues of all groups', 1_260_000_000),
        profit: amount('Sum of the profits of all groups', 780_000_000),
      })
      .meta({ description: 'All groups of the query, on all pages' }),
    leftOut: z
      .object({
        withoutBoth: z.int().meta({
          description: 'Number of movies without a budget or without a revenue in US dollars',
          example: 120,
        }),
        tooSmall: z.int().meta({
          description: `Number of movies with an amount under ${LEAST_AMOUNT} dollars; 0 with small=true`,
          example: 3,
        }),
        tooSmallProfit: z.number().meta({
          description:
            'Their revenue less budget, attributed as in the groups: with `sum` it is the sum that small=true has',
          example: 1200,
        }),
        withoutYear: z
          .int()
          .meta({ description: 'Number of movies with both amounts and no year', example: 0 }),
      })
      .meta({
        description:
          'Movies that are in no group: the first and the last of all years, the others of the years of the query',
      }),
  })
  .meta({ id: 'ProfitPage' });
export type ProfitPage = z.infer<typeof ProfitPage>;
