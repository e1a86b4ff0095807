import { z } from 'zod';
import { text, wholeNumber } from './parameter.ts';
import { NameId, rowShape, TitleId } from './row.ts';

/** A title, as title.basics has it. */
export const TitleBasic = rowShape('title.basics').meta({ id: 'TitleBasic' });
export type TitleBasic = z.infer<typeof TitleBasic>;

/** A name, as name.basics has it. */
export const NameBasic = rowShape('name.basics').meta({ id: 'NameBasic' });
export type NameBasic = z.infer<typeof NameBasic>;

const year = wholeNumber(0, 9999);
const limit = wholeNumber(1, 100).default(20).meta({ description: 'How many to answer with at the most', example: 20 });

/** A query parameter that holds true or false in words. */
const flag = z.enum(['true', 'false']).transform((value) => value === 'true');

/** The id in the path of `GET /titles/{tconst}`. */
export const TitlePath = z.object({ tconst: TitleId });
export type TitlePath = z.infer<typeof TitlePath>;

/** The id in the path of `GET /names/{nconst}`. */
export const NamePath = z.object({ nconst: NameId });
export type NamePath = z.infer<typeof NamePath>;

/** Parameters of `GET /titles`; unknown ones are refused. */
export const TitleQuery = z.strictObject({
  titleType: text(50).optional().meta({ description: 'Only titles of this type', example: 'movie' }),
  genre: text(50).optional().meta({ description: 'Only titles that have this genre', example: 'Drama' }),
  primaryTitle: text(500).optional().meta({ description: 'Only titles of exactly this primary title', example: 'The Long Winter' }),
  startYearFrom: year.optional().meta({ description: 'Only titles that start in this year or later', example: 1970 }),
  startYearTo: year.optional().meta({ description: 'Only titles that start in this year or earlier', example: 1979 }),
  isAdult: flag.optional().meta({ description: 'Only adult titles, or only the others', example: 'false' }),
  limit,
  after: TitleId.optional().meta({ description: 'Go on after this id: the `next` of the page before', example: 'tt0000001' }),
});
export type TitleQuery = z.infer<typeof TitleQuery>;

/** Parameters of `GET /names`; unknown ones are refused. */
export const NameQuery = z.strictObject({
  primaryName: text(500).optional().meta({ description: 'Only names that are exactly this', example: 'Ada Winter' }),
  profession: text(50).optional().meta({ description: 'Only people who have this profession', example: 'actress' }),
  birthYearFrom: year.optional().meta({ description: 'Only people born in this year or later', example: 1930 }),
  birthYearTo: year.optional().meta({ description: 'Only people born in this year or earlier', example: 1939 }),
  limit,
  after: NameId.optional().meta({ description: 'Go on after this id: the `next` of the page before', example: 'nm0000001' }),
});
export type NameQuery = z.infer<typeof NameQuery>;

/** One page of a list, in the order of ids. */
function page<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    next: z.string().nullable().meta({ description: 'Ask with `after` of this value for what follows; null on the last page', example: 'tt0000020' }),
  });
}

/** What `GET /titles` answers. */
export const TitlePage = page(TitleBasic).meta({ id: 'TitlePage' });
export type TitlePage = z.infer<typeof TitlePage>;

/** What `GET /names` answers. */
export const NamePage = page(NameBasic).meta({ id: 'NamePage' });
export type NamePage = z.infer<typeof NamePage>;
