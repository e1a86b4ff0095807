import { z } from 'zod';
import { batchResponse, batchRequest } from './batch.ts';
import { NameBasic } from './catalogue.ts';
import { keysOf, listPage, listParameters } from './lists.ts';
import { highestFirst, inOrder, subsetOf, year } from './parameter.ts';
import { NameId, rowSchema, RequestedNameId } from './row.ts';
import { ListedTitle, RatedTitle } from './titles.ts';
import { wordOf, wordsOf } from './vocabularies.ts';

const { ordering, category, job, characters } = rowSchema('title.principals').shape;
const { nconst, primaryName } = NameBasic.shape;

export const NAME_INCLUDES = ['knownFor'] as const;

/** Parameters of `GET /names/{nconst}`; unknown ones are rejected. */
export const NameOptions = z.strictObject({
  include: subsetOf(NAME_INCLUDES, 'part')
    .default([])
    .meta({ description: 'Parts to include with the name: knownFor', example: 'knownFor' }),
});
export type NameOptions = z.infer<typeof NameOptions>;

/** Response of `GET /names/{nconst}`: the name and the parts listed in `include`. */
export const Name = z
  .object({
    ...NameBasic.shape,
    knownFor: z
      .array(ListedTitle)
      .optional()
      .meta({ description: 'The titles of knownForTitles, in the same order' }),
  })
  .meta({ id: 'Name' });

/** A credit of a person: the title, and what the person did for it. */
export const FilmographyCredit = ListedTitle.extend({ ordering, category, job, characters }).meta({
  id: 'FilmographyCredit',
});

/** A person who has worked on the same titles. */
export const Costar = z
  .object({
    nconst,
    primaryName,
    sharedTitles: z.int().meta({ description: 'Number of titles both have worked on', example: 7 }),
  })
  .meta({ id: 'Costar' });

/** The credits of one category that a person has for a work. */
const WorkRole = z
  .object({
    role: z.string().meta({
      description: 'Category of the credits; unknown where title.principals has none',
      example: 'actress',
    }),
    titles: z.int().meta({
      description: 'Number of titles with such a credit: the episodes, and the work itself',
      example: 62,
    }),
    characters: z.array(z.string()).meta({
      description: 'Characters, each once, in the order of their first appearance',
      example: ['Ada Winter'],
    }),
    jobs: z.array(z.string()).meta({
      description: 'Jobs, each once, in the order of their first appearance',
      example: ['executive producer'],
    }),
  })
  .meta({ id: 'WorkRole' });

/** The episodes of a series that a person has worked on. */
const WorkEpisodes = z
  .object({
    count: z.int().meta({ description: 'Number of episodes', example: 62 }),
    firstYear: z
      .int()
      .nullable()
      .meta({ description: 'Year of the first one; null if no year is known', example: 2008 }),
    lastYear: z
      .int()
      .nullable()
      .meta({ description: 'Year of the last one; null if no year is known', example: 2013 }),
  })
  .meta({ id: 'WorkEpisodes' });

/**
 * A work of a person: a title, or a series with all its episodes. An episode whose series is unknown
 * is a work of its own.
 */
export const Work = ListedTitle.extend({
  roles: z.array(WorkRole).meta({ description: 'What the person did for it, the most first' }),
  episodes: WorkEpisodes.nullable().meta({
    description: 'For a series: the episodes that the person has worked on; otherwise null',
  }),
}).meta({ id: 'Work' });
export type Work = z.infer<typeof Work>;

export const WorkPage = listPage(Work).meta({ id: 'WorkPage' });

const titles = z
  .int()
  .meta({ description: 'Number of works; a series with its episodes is one', example: 48 });

/** Response of `GET /names/{nconst}/summary`: counts over all credits of a person. */
export const NameSummary = z
  .object({
    titles,
    episodes: z.int().meta({
      description: 'Number of episodes with a credit, of series that are known',
      example: 3270,
    }),
    roles: z
      .array(z.object({ role: WorkRole.shape.role, titles }).meta({ id: 'RoleCount' }))
      .meta({ description: 'Works by category of the credits, the most first' }),
    genres: z
      .array(
        z
          .object({ genre: z.string().meta({ description: 'Genre', example: 'Drama' }), titles })
          .meta({ id: 'GenreWorks' }),
      )
      .meta({ description: 'Works by genre, the most first' }),
    years: z
      .array(
        z
          .object({
            year: z
              .int()
              .nullable()
              .meta({ description: 'Start year; null if unknown', example: 1994 }),
            titles: z.int().meta({
              description: 'Number of titles of this year with a credit, without the episodes',
              example: 3,
            }),
            episodes: z
              .int()
              .meta({ description: 'Number of episodes of this year with a credit', example: 22 }),
            rated: z.int().meta({
              description: 'How many of these titles and episodes are rated',
              example: 18,
            }),
            averageRating: z.number().nullable().meta({
              description: 'Unweighted mean of their ratings, to two decimals; null without any',
              example: 7.85,
            }),
            numVotes: z
              .int()
              .meta({ description: 'Number of votes for all of them', example: 512 }),
          })
          .meta({ id: 'CareerYear' }),
      )
      .meta({ description: 'Titles and episodes by their year; the unknown year comes last' }),
    rated: z
      .array(
        RatedTitle.pick({
          tconst: true,
          primaryTitle: true,
          titleType: true,
          startYear: true,
          averageRating: true,
          numVotes: true,
        }).meta({ id: 'RatedWork' }),
      )
      .meta({ description: 'The 300 rated works with the most votes, the most first' }),
  })
  .meta({ id: 'NameSummary' });
export type NameSummary = z.infer<typeof NameSummary>;

export const FilmographyPage = listPage(FilmographyCredit).meta({ id: 'FilmographyPage' });
export const CostarPage = listPage(Costar).meta({ id: 'CostarPage' });

/** Parameters of `GET /names/{nconst}/filmography`. */
export const FilmographyQuery = z
  .strictObject({
    category: wordsOf('category')
      .optional()
      .meta({ description: 'Only these categories, comma-separated', example: 'actor,actress' }),
    titleType: wordsOf('titleType').optional().meta({
      description: 'Only titles of these types, comma-separated',
      example: 'movie,tvSeries',
    }),
    genre: wordOf('genre')
      .optional()
      .meta({ description: 'Only titles of this genre', example: 'Drama' }),
    startYearFrom: year
      .optional()
      .meta({ description: 'Only titles that start in this year or later', example: 1970 }),
    startYearTo: year
      .optional()
      .meta({ description: 'Only titles that start in this year or earlier', example: 1979 }),
    sort: z.enum(['year', 'votes'], 'expected year or votes').default('year').meta({
      description: 'Sort key; titles without a value sort as the lowest',
      example: 'year',
    }),
    order: highestFirst,
    ...listParameters(keysOf(FilmographyCredit)),
  })
  .superRefine(inOrder(['startYearFrom', 'startYearTo']));
export type FilmographyQuery = z.infer<typeof FilmographyQuery>;

export const WORK_SORTS = ['year', 'votes', 'rating', 'weighted'] as const;

/** Parameters of `GET /names/{nconst}/works`. */
export const WorkQuery = z.strictObject({
  role: wordsOf('role').optional().meta({
    description:
      'Only credits of these categories, comma-separated; cast means actor, actress and self',
    example: 'cast',
  }),
  sort: z
    .enum(WORK_SORTS, `expected one of ${WORK_SORTS.join(', ')}`)
    .default('year')
    .meta({
      description:
        'Sort key; works without a value sort as the lowest, and ties are broken by votes. year: the last year in which the person worked on it',
      example: 'year',
    }),
  order: highestFirst,
  ...listParameters(keysOf(Work)),
});
export type WorkQuery = z.infer<typeof WorkQuery>;

/** Parameters of `GET /names/{nconst}/costars`. */
export const CostarQuery = z.strictObject(listParameters(keysOf(Costar)));
export type CostarQuery = z.infer<typeof CostarQuery>;

/** Body of `POST /names/batch`. */
export const NameBatchRequest = batchRequest(RequestedNameId, ['nm0000001', 'nm0000002']).meta({
  id: 'NameBatchRequest',
});
export type NameBatchRequest = z.infer<typeof NameBatchRequest>;

/** Response of `POST /names/batch`. */
export const NameBatch = batchResponse(NameId, NameBasic, 'name').meta({ id: 'NameBatch' });
export type NameBatch = z.infer<typeof NameBatch>;
