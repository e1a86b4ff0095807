import { z } from 'zod';
import { subsetOf, wholeNumber } from './parameter.ts';

/** The forms that lists come in. */
export const LIST_FORMATS = ['json', 'ndjson', 'csv'] as const;
export type ListFormat = (typeof LIST_FORMATS)[number];

/** The most items on a page. */
export const MAX_LIMIT = 200;
/** How many items are on a page unless asked otherwise. */
export const DEFAULT_LIMIT = 20;

/** What stands between the values of a list in a field of CSV. */
export const CSV_LIST_SEPARATOR = '|';

const csv = `CSV has a header line, quotes where they are needed, nothing for null and "" for an empty text; values of a list stand with ${CSV_LIST_SEPARATOR} between them, and what is an object is JSON. Values stand as they are: what a spreadsheet could take for a formula is quoted, but not changed`;

/** How a cursor looks; none of any list. */
const CURSOR = 'eyJ2IjoxfQ';

/**
 * The parameters that every list has, for a `z.strictObject` beside those of its own.
 *
 * @param names the top-level fields that its items have
 */
export function listParameters<F extends string>(names: readonly F[]) {
  return {
    limit: wholeNumber(1, MAX_LIMIT)
      .optional()
      .meta({
        description: `How many to answer with at the most: ${DEFAULT_LIMIT} when left out; as a stream, all there are`,
        example: DEFAULT_LIMIT,
      }),
    after: z
      .string('expected one value')
      .max(2000, 'expected at most 2000 characters')
      .optional()
      .meta({
        description: 'Go on where a page ended: its `next`, with the other parameters as they were',
        example: CURSOR,
      }),
    fields: subsetOf(names, 'field')
      .optional()
      .meta({
        description: `Only these fields of each item, with commas between them: ${names.join(', ')}`,
        example: names.slice(0, 2).join(','),
      }),
    total: z
      .enum(['exact', 'estimated', 'none'], 'expected exact, estimated or none')
      .default('none')
      .meta({
        description:
          "How many there are on all pages: counted, or as the database's statistics have it, or not told",
        example: 'none',
      }),
    format: z
      .enum(LIST_FORMATS, 'expected json, ndjson or csv')
      .optional()
      .meta({
        description: `A page of JSON, or the whole list as a stream of NDJSON or CSV; the Accept header says the same (application/json, application/x-ndjson, text/csv). ${csv}`,
        example: 'json',
      }),
  };
}

/** What the parameters of every list are once they are read. */
export type ListRequest = z.infer<z.ZodObject<ReturnType<typeof listParameters>>>;

/** The top-level fields of a shape. */
export function keysOf<S extends z.core.$ZodShape>(
  shape: z.ZodObject<S>,
): Extract<keyof S, string>[] {
  return Object.keys(shape.shape) as Extract<keyof S, string>[];
}

/** One page of a list. Any field of an item may be missing, as `fields` can leave it out. */
export function listPage<S extends z.core.$ZodShape>(item: z.ZodObject<S>) {
  return z.object({
    items: z.array(
      item.partial().meta({ description: 'All fields, or those that `fields` names' }),
    ),
    next: z.string().nullable().meta({
      description: 'Ask with `after` of this value for what follows; null on the last page',
    }),
    total: z.int().optional().meta({
      description: 'How many there are on all pages, where `total` asks for it',
      example: 1234,
    }),
  });
}

/** A page of a list as it is answered. */
export interface ListPage {
  readonly items: object[];
  readonly next: string | null;
  readonly total?: number;
}
