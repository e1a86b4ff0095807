import { z } from 'zod';

/** How the id of a run, a key or a webhook looks. */
export const EXAMPLE_ID = '0198c0de-0000-7000-8000-000000000001';

/**
 * Digits and nothing else: what JavaScript takes for a number besides, such as `0x10`, `1e2`, ` 5`
 * and nothing at all, is a slip of somebody's.
 */
const WHOLE_NUMBER = /^(?:0|-?[1-9]\d{0,14})$/u;

/** A whole number in a query, within bounds. */
export function wholeNumber(min: number, max: number): z.ZodPreprocess<z.ZodInt> {
  const expected = `expected a whole number from ${min} to ${max}`;
  return z.preprocess(
    (given) => (typeof given === 'string' && WHOLE_NUMBER.test(given) ? Number(given) : given),
    z.int(expected).min(min, expected).max(max, expected),
  );
}

/** What is wrong with what is no text: it is not there, or there are several. */
const oneValue = ({ input }: z.core.$ZodRawIssue): string =>
  input === undefined ? 'expected a value, and there is none' : 'expected one value';

/** A text in a query: not empty, not too long, and nothing that PostgreSQL could not hold. */
export function text(maxLength: number): z.ZodString {
  return z
    .string({ error: oneValue })
    .min(1, 'expected a text that is not empty')
    .max(maxLength, `expected at most ${maxLength} characters`)
    .regex(/^[^\0]*$/u, 'expected a text without NUL');
}

/**
 * Some of a few known names in one parameter, with commas between them, as a list in the order of
 * the known ones.
 *
 * @param what what the names are of, for the message: field
 */
export function subsetOf<N extends string>(names: readonly N[], what: string) {
  return z
    .string({ error: oneValue })
    .max(1000, 'expected at most 1000 characters')
    .transform((text, context): N[] => {
      const asked = [...new Set(text.split(',').map((name) => name.trim()))];
      const unknown = asked.filter((name) => !(names as readonly string[]).includes(name));
      if (unknown.length > 0)
        context.addIssue({
          code: 'custom',
          message: `there is no ${what} ${unknown.map((name) => JSON.stringify(name)).join(', ')}; expected some of ${names.join(', ')}`,
        });
      return names.filter((name) => asked.includes(name));
    });
}

/** One word of any kind. @param written how it is written in the files: its case does not matter */
export function word(written: (word: string) => string) {
  return text(50)
    .regex(/^[^,]*$/u, 'expected one, without commas')
    .transform(written);
}

/**
 * One or more words of any kind in one parameter, with commas between them.
 *
 * @param written how a word is written in the files: its case does not matter
 */
export function words(written: (word: string) => string) {
  return text(500)
    .transform((value) =>
      value
        .split(',')
        .map((word) => word.trim())
        .filter((word) => word !== ''),
    )
    .refine((given) => given.length > 0, 'expected at least one word')
    .transform((given) => [...new Set(given.map(written))]);
}

/** As the files write categories, professions and languages. */
export const lowerCase = (word: string): string => word.toLowerCase();

/** As they write regions. */
export const upperCase = (word: string): string => word.toUpperCase();
