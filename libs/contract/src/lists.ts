import { z } from 'zod';
import { subsetOf, wholeNumber } from './parameter.ts';

/** Output formats of lists. */
export const LIST_FORMATS = ['json', 'ndjson', 'csv'] as const;
export type ListFormat = (typeof LIST_FORMATS)[number];

/** Maximum page size, in items. */
export const MAX_LIMIT = 200;
/** Default page size, in items. */
export const DEFAULT_LIMIT = 20;

/** Separates the values of a list within a CSV field. */
export const CSV_LIST_SEPARATOR = '|';

/** How CSV is written: values unchanged, or such that a spreadsheet shows them as they are. */
export const CSV_STYLES = ['plain', 'spreadsheet'] as const;
export type CsvStyle = (typeof CSV_STYLES)[number];

const CSV = `CSV has a header line and quotes fields where needed; null is empty, an empty text is "". Lists are separated by ${CSV_LIST_SEPARATOR}, objects are JSON`;

/** The formats of all lists, for the description of `format`. */
export const ABOUT_FORMATS = `A page of JSON, or the whole list as a stream of NDJSON or CSV. The Accept header works too (application/json, application/x-ndjson, text/csv). ${CSV}`;

/** Example of a cursor; valid for no list. */
const CURSOR = 'eyJ2IjoxfQ';

/**
 * Parameters common to all lists, for the `z.strictObject` of a list's parameters.
 *
 * @param names top-level field names of the items
 */
export function listParameters<F extends string>(names: readonly F[]) {
  return {
    limit: wholeNumber(1, MAX_LIMIT)
      .optional()
      .meta({
        description: `Maximum number of items. Default: ${DEFAULT_LIMIT}; in a stream: all`,
        example: DEFAULT_LIMIT,
      }),
    after: z
      .string('expected one value')
      .max(2000, 'expected at most 2000 characters')
      .optional()
      .meta({
        description: 'Continue after a page: its `next`, with all other parameters unchanged',
        example: CURSOR,
      }),
    fields: subsetOf(names, 'field')
      .optional()
      .meta({
        description: `Only these fields of each item, comma-separated: ${names.join(', ')}`,
        example: names.slice(0, 2).join(','),
      }),
    total: z
      .enum(['exact', 'estimated', 'none'], 'expected exact, estimated or none')
      .default('none')
      .meta({
        description:
          'Whether to return the number of items on all pages: exact (counted), estimated (from the database statistics) or none',
        example: 'none',
      }),
    format: z.enum(LIST_FORMATS, 'expected json, ndjson or csv').optional().meta({
      description: ABOUT_FORMATS,
      example: 'json',
    }),
    csv: z.enum(CSV_STYLES, 'expected plain or spreadsheet').default('plain').meta({
      description:
        "Style of CSV. plain: values are unchanged, also those that a spreadsheet would run as a formula. spreadsheet: for Excel and others, with a byte order mark, and with ' before such texts (those that begin with =, +, -, @, a tab or a line break); numbers stay numbers",
      example: 'spreadsheet',
    }),
  };
}

/** The common list parameters after parsing. */
export type ListRequest = z.infer<z.ZodObject<ReturnType<typeof listParameters>>>;

/** Top-level field names of an object schema. */
export function keysOf<S extends z.core.$ZodShape>(
  shape: z.ZodObject<S>,
): Extract<keyof S, string>[] {
  return Object.keys(shape.shape) as Extract<keyof S, string>[];
}

/** Schema of one page of a list. Item fields are optional, as `fields` can omit them. */
export function listPage<S extends z.core.$ZodShape>(item: z.ZodObject<S>) {
  return z.object({
    items: z
      .array(item.partial().meta({ description: 'All fields, or those listed in `fields`' }))
      .meta({ description: 'The items of the page, in the order of the list' }),
    next: z.string().nullable().meta({
      description: 'Pass it as `after` to get the next page; null on the last page',
      example: CURSOR,
    }),
    total: z.int().optional().meta({
      description: 'Number of items on all pages, if requested with `total`',
      example: 1234,
    }),
  });
}

/** A page of a list, before it is serialized. */
export interface ListPage {
  readonly items: object[];
  readonly next: string | null;
  readonly total?: number;
}
