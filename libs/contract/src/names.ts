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

/** Parameters of `GET /names/{nconst}`; unknown ones are refused. */
export const NameOptions = z.strictObject({
  include: subsetOf(NAME_INCLUDES, 'part')
    .default([])
    .meta({ description: 'What to answer along with the name: knownFor', example: 'knownFor' }),
});
export type NameOptions = z.infer<typeof NameOptions>;

/** What `GET /names/{nconst}` answers: the name, and what `include` asks for. */
export const Name = z
  .object({
    ...NameBasic.shape,
    knownFor: z
      .array(ListedTitle)
      .optional()
      .meta({ description: 'The titles of knownForTitles, in their order' }),
  })
  .meta({ id: 'Name' });

/** A credit of a person: the title, and what the person did for it. */
export const FilmographyCredit = ListedTitle.extend({ ordering, category, job, characters }).meta({
  id: 'FilmographyCredit',
});

/** Somebody who has worked on the same titles. */
export const Costar = z
  .object({
    nconst,
    primaryName,
    sharedTitles: z.int().meta({ description: 'How many titles both have worked on', example: 7 }),
  })
  .meta({ id: 'Costar' });

export const FilmographyPage = listPage(FilmographyCredit).meta({ id: 'FilmographyPage' });
export const CostarPage = listPage(Costar).meta({ id: 'CostarPage' });

const year = wholeNumber(0, 9999);

/** Parameters of `GET /names/{nconst}/filmography`. */
export const FilmographyQuery = z.strictObject({
  category: words(lowerCase)
    .optional()
    .meta({ description: 'Only these categories, with commas between', example: 'actor,actress' }),
  titleType: words(canonicalTitleType).optional().meta({
    description: 'Only titles of these types, with commas between',
    example: 'movie,tvSeries',
  }),
  genre: word(canonicalGenre)
    .optional()
    .meta({ description: 'Only titles that have this genre', example: 'Drama' }),
  startYearFrom: year
    .optional()
    .meta({ description: 'Only titles that start in this year or later', example: 1970 }),
  startYearTo: year
    .optional()
    .meta({ description: 'Only titles that start in this year or earlier', example: 1979 }),
  sort: z.enum(['year', 'votes'], 'expected year or votes').default('year').meta({
    description: 'What to sort by; titles without it come as if it were the lowest',
    example: 'year',
  }),
  order: z
    .enum(['asc', 'desc'], 'expected asc or desc')
    .default('desc')
    .meta({ description: 'Lowest first, or highest first', example: 'desc' }),
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

/** What `POST /names/batch` answers. */
export const NameBatch = batchResponse(NameId, NameBasic, 'name').meta({ id: 'NameBatch' });
export type NameBatch = z.infer<typeof NameBatch>;
