import { z } from 'zod';
import { batchResponse, batchRequest } from './batch.ts';
import { NameBasic } from './catalogue.ts';
import { keysOf, listPage, listParameters } from './lists.ts';
import { lowerCase, subsetOf, wholeNumber, word, words } from './parameter.ts';
import { NameId, rowSchema } from './row.ts';
import { ListedTitle } from './titles.ts';
import { canonicalGenre, canonicalTitleType } from './title-words.ts';

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

export const FilmographyPage = listPage(FilmographyCredit).meta({ id: 'FilmographyPage' });
export const CostarPage = listPage(Costar).meta({ id: 'CostarPage' });

const year = wholeNumber(0, 9999);

/** Parameters of `GET /names/{nconst}/filmography`. */
export const FilmographyQuery = z.strictObject({
  category: words(lowerCase)
    .optional()
    .meta({ description: 'Only these categories, comma-separated', example: 'actor,actress' }),
  titleType: words(canonicalTitleType).optional().meta({
    description: 'Only titles of these types, comma-separated',
    example: 'movie,tvSeries',
  }),
  genre: word(canonicalGenre)
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
  order: z
    .enum(['asc', 'desc'], 'expected asc or desc')
    .default('desc')
    .meta({ description: 'Lowest first (asc) or highest first (desc)', example: 'desc' }),
  ...listParameters(keysOf(FilmographyCredit)),
});
export type FilmographyQuery = z.infer<typeof FilmographyQuery>;

/** Parameters of `GET /names/{nconst}/costars`. */
export const CostarQuery = z.strictObject(listParameters(keysOf(Costar)));
export type CostarQuery = z.infer<typeof CostarQuery>;

/** Body of `POST /names/batch`. */
export const NameBatchRequest = batchRequest(NameId, ['nm0000001', 'nm0000002']).meta({
  id: 'NameBatchRequest',
});
export type NameBatchRequest = z.infer<typeof NameBatchRequest>;

/** Response of `POST /names/batch`. */
export const NameBatch = batchResponse(NameId, NameBasic, 'name').meta({ id: 'NameBatch' });
export type NameBatch = z.infer<typeof NameBatch>;
