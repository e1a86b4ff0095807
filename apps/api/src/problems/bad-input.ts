import type { Problem } from '@marquee/contract';
import { closest, distance } from 'fastest-levenshtein';
import type { z } from 'zod';
import { ProblemException } from './problem-exception.ts';

/** An issue of zod, of which Standard Schema types only the message and the path. */
type Issue = { readonly message: string; readonly path?: readonly unknown[] | undefined } & Partial<
  Pick<z.core.$ZodIssueUnrecognizedKeys, 'code' | 'keys'>
>;

/**
 * The 400 for input that does not match its schema: which parameters or fields, and why.
 *
 * @param known names of all parameters or fields, to suggest one for a misspelt name; null if
 *   unknown
 */
export function badInput(
  issues: readonly Issue[],
  known: readonly string[] | null = null,
  what: 'parameter' | 'field' = 'parameter',
): ProblemException {
  const faults = issues.flatMap((issue) => faultsOf(issue, known, what));
  return new ProblemException({
    status: 400,
    code: 'bad-input',
    detail:
      `Invalid request: ${faults.map(({ where, what }) => `${where}: ${what}`).join('; ')}.`.replace(
        /([.?])\.$/u,
        '$1',
      ),
    hint: 'GET /docs describes the input of each operation.',
    faults,
  });
}

function faultsOf(
  { code, keys, path = [], message }: Issue,
  known: readonly string[] | null,
  what: string,
): NonNullable<Problem['faults']> {
  const where = path.map((part) =>
    typeof part === 'object' && part !== null && 'key' in part ? String(part.key) : String(part),
  );
  if (code === 'unrecognized_keys' && keys !== undefined) {
    return keys.map((key) => ({
      where: [...where, key].join('.'),
      what: `unknown ${what}${suggest(key, path.length === 0 ? known : null)}`,
    }));
  }
  return [{ where: where.length === 0 ? 'the value' : where.join('.'), what: message }];
}

/**
 * Suggests the known name that a misspelt one may stand for: the nearest by edit distance, or else
 * one that contains it, such as startYear for year.
 */
function suggest(name: string, known: readonly string[] | null): string {
  const lower = name.toLowerCase();
  // the edit distance costs the product of both lengths, and no typo is hundreds of letters long
  if (known === null || lower.length > 50) return '';
  if (known.length === 0) return '; expected none';
  const within =
    lower.length < 3 ? undefined : known.find((one) => one.toLowerCase().includes(lower));
  const near = closest(
    lower,
    known.map((one) => one.toLowerCase()),
  );
  const found =
    distance(lower, near) <= Math.max(2, near.length / 3)
      ? known.find((one) => one.toLowerCase() === near)
      : within;
  return found === undefined ? `; expected one of ${known.join(', ')}` : `; did you mean ${found}?`;
}
