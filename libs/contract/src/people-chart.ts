import { z } from 'zod';
import { chartLimit } from './charts.ts';
import {
  hasPersonForRole,
  ROLE_WITHOUT_PERSON,
  TITLE_FILTERS,
  TITLE_RANGES,
  WEIGHTED_FORMULA,
} from './filters.ts';
import { keysOf, listParameters } from './lists.ts';
import { wholeNumber } from './parameter.ts';
import { NameId, rowSchema, TitleId } from './row.ts';
import { TitleBasic } from './catalogue.ts';
import { wordsOf } from './vocabularies.ts';

const { primaryName, birthYear, deathYear } = rowSchema('name.basics').shape;

/** Of how many titles the people are ranked: those with the most votes. */
export const RANKED_TITLES = 3000;

export const PEOPLE_SORTS = ['titles', 'votes', 'rating'] as const;

/** A person in the chart of people. */
export const RankedPerson = z
  .object({
    rank: z.int().meta({ description: 'Rank, starting at 1', example: 1 }),
    nconst: NameId,
    primaryName,
    birthYear,
    deathYear,
    titles: z.int().meta({ description: 'Number of titles', example: 12 }),
    numVotes: z.int().meta({ description: 'Number of votes for all of them', example: 123_456 }),
    weightedRating: z
      .number()
      .nullable()
      .meta({
        description: `Mean of their weighted ratings, to three decimals: ${WEIGHTED_FORMULA}`,
        example: 7.746,
      }),
    best: z
      .array(
        z
          .object({
            tconst: TitleId,
            primaryTitle: TitleBasic.shape.primaryTitle,
            startYear: TitleBasic.shape.startYear,
          })
          .meta({ id: 'BestTitle' }),
      )
      .meta({ description: 'The three of them with the most votes' }),
  })
  .meta({ id: 'RankedPerson' });
export type RankedPerson = z.infer<typeof RankedPerson>;

/** Field names of a person in the chart. */
export const RANKED_PERSON_FIELDS = keysOf(RankedPerson);

const { fields, format, csv } = listParameters(RANKED_PERSON_FIELDS);

/** Parameters of `GET /charts/people`; unknown ones are rejected. */
export const PeopleChartQuery = z
  .strictObject({
    as: wordsOf('role').meta({
      description:
        'Rank people by credits of these categories, comma-separated; cast means actor, actress and self',
      example: 'director',
    }),
    sort: z
      .enum(PEOPLE_SORTS, `expected one of ${PEOPLE_SORTS.join(', ')}`)
      .default('titles')
      .meta({
        description:
          'By the number of titles, by the votes for all of them, or by the mean of their weighted ratings',
        example: 'titles',
      }),
    minTitles: wholeNumber(1, RANKED_TITLES)
      .default(1)
      .meta({ description: 'Only people with at least this many titles', example: 3 }),
    ...TITLE_FILTERS,
    person: TITLE_FILTERS.person.meta({
      description:
        'Only titles with a credit of this person (from title.principals), who is not ranked',
      example: 'nm0000001',
    }),
    titleType: wordsOf('titleType').default(['movie']).meta({
      description: 'Only titles of one of these types, comma-separated',
      example: 'movie,tvMovie',
    }),
    limit: chartLimit.meta({ description: 'Number of people', example: 100 }),
    fields,
    format,
    csv,
  })
  .superRefine(TITLE_RANGES)
  .refine(hasPersonForRole, ROLE_WITHOUT_PERSON);
export type PeopleChartQuery = z.infer<typeof PeopleChartQuery>;

/** Response of `GET /charts/people`. */
export const PeopleChart = z
  .object({
    items: z
      .array(
        RankedPerson.partial().meta({ description: 'All fields, or those listed in `fields`' }),
      )
      .meta({ description: 'The people, the first of the chart first' }),
    titles: z.int().meta({
      description: `Number of titles that were read: those with the most votes that match, up to ${RANKED_TITLES}`,
      example: 622,
    }),
    isComplete: z.boolean().meta({
      description: 'Whether these are all titles that match',
      example: true,
    }),
  })
  .meta({ id: 'PeopleChart' });
export type PeopleChart = z.infer<typeof PeopleChart>;
