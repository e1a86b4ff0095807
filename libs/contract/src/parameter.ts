import { z } from 'zod';
import { imdbIdOf } from './imdb-id.ts';

/** Example id of a run, a key or a webhook. */
export const EXAMPLE_ID = '0198c0de-0000-7000-8000-000000000001';

/**
 * Decimal digits only. JavaScript's `Number` also accepts `0x10`, `1e2`, ` 5` and the empty text,
 * which are more likely mistakes.
 */
const WHOLE_NUMBER = /^(?:0|-?[1-9]\d{0,14})$/u;

/** An integer query parameter from min to max. */
export function wholeNumber(min: number, max: number): z.ZodPreprocess<z.ZodInt> {
  const expected = `expected a whole number from ${min} to ${max}`;
  return z.preprocess(
    (given) => (typeof given === 'string' && WHOLE_NUMBER.test(given) ? Number(given) : given),
    z.int(expected).min(min, expected).max(max, expected),
  );
}

/** A year as a query parameter. */
export const year = wholeNumber(0, 9999);
/** A number of votes, minutes … as a query parameter: a positive integer of PostgreSQL. */
export const count = wholeNumber(0, 2_147_483_647);

/** A query parameter with the value `true` or `false`. */
export const flag = z
  .enum(['true', 'false'], 'expected true or false')
  .transform((value) => value === 'true');

/** A rating as a query parameter: 0 to 10, with at most one decimal. */
export const rating = z
  .string('expected one value')
  .regex(
    /^(?:10(?:\.0)?|\d(?:\.\d)?)$/u,
    'expected a rating from 0 to 10, with at most one decimal',
  )
  .transform(Number);

/** The direction of an order as a query parameter. */
export const order = z.enum(['asc', 'desc'], 'expected asc or desc');

/** The direction of an order that usually begins with the highest. */
export const highestFirst = order
  .default('desc')
  .meta({ description: 'Lowest first (asc) or highest first (desc)', example: 'desc' });

/** Error for an input that is not a string: the parameter is missing or was given twice. */
const oneValue = ({ input }: z.core.$ZodRawIssue): string =>
  input === undefined ? 'expected a value, got none' : 'expected one value';

/**
 * A text query parameter: not empty, at most maxLength characters, without NUL, which PostgreSQL
 * cannot store.
 */
export function text(maxLength: number): z.ZodString {
  return z
    .string({ error: oneValue })
    .min(1, 'expected a text that is not empty')
    .max(maxLength, `expected at most ${maxLength} characters`)
    .regex(/^[^\0]*$/u, 'expected a text without NUL');
}

const MAX_SEARCH_TEXT = 200;

/** A search text. An address at imdb.com may be longer, with its tracking: its id is the text. */
export function searchText() {
  return z.preprocess(
    (given) =>
      typeof given === 'string' && given.length > MAX_SEARCH_TEXT
        ? (imdbIdOf(given)?.id ?? given)
        : given,
    text(MAX_SEARCH_TEXT),
  );
}

/**
 * A comma-separated parameter of known names. Parses to a list without duplicates, in the order of
 * the known names.
 *
 * @param what singular noun of the names for the error message: field
 */
export function subsetOf<N extends string>(names: readonly N[], what: string) {
  return z
    .string({ error: oneValue })
    .max(1000, 'expected at most 1000 characters')
    .transform((text, context): N[] => {
      const asked = [...new Set(text.split(',').map((name) => name.trim()))];
      for (const name of asked)
        if (!(names as readonly string[]).includes(name))
          context.addIssue({
            code: 'custom',
            message: `unknown ${what} ${JSON.stringify(name)}; expected some of ${names.join(', ')}`,
            params: { given: name, known: names },
          });
      return names.filter((name) => asked.includes(name));
    });
}

/**
 * Rejects crossed ranges, which nothing is in.
 *
 * @param ranges the names of lower and upper bounds: `['startYearFrom', 'startYearTo']`
 */
export function inOrder(...ranges: readonly (readonly [from: string, to: string])[]) {
  return (value: Readonly<Record<string, unknown>>, context: z.RefinementCtx): void => {
    for (const [from, to] of ranges) {
      const [low, high] = [value[from], value[to]];
      if (typeof low === 'number' && typeof high === 'number' && low > high)
        context.addIssue({
          code: 'custom',
          path: [to],
          message: `expected ${low} or more, as ${from} is ${low}; got ${high}`,
        });
    }
  };
}
