import { z } from 'zod';

/** A whole number in a query, within bounds. */
export function wholeNumber(min: number, max: number): z.ZodCoercedNumber<string> {
  const expected = `expected a whole number from ${min} to ${max}`;
  return z.coerce.number<string>(expected).int(expected).min(min, expected).max(max, expected);
}

/** A text in a query: not empty, not too long, and nothing that PostgreSQL could not hold. */
export function text(maxLength: number): z.ZodString {
  return z
    .string('expected one value')
    .min(1, 'expected a text that is not empty')
    .max(maxLength, `expected at most ${maxLength} characters`)
    .regex(/^[^\0]*$/u, 'expected a text without NUL');
}
