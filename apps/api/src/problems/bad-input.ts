import type { Problem } from '@marquee/contract';
import { closest, distance } from 'fastest-levenshtein';
import type { z } from 'zod';
import { ProblemException } from './problem-exception.ts';

/**
 * What the validation pipe hands over: zod's own issues, although it knows them by their standard
 * shape only.
 */
type Issue = { readonly message: string; readonly path?: readonly unknown[] | undefined } & Partial<
  Pick<z.core.$ZodIssueUnrecognizedKeys, 'code' | 'keys'>
>;

/**
 * The 400 for input that does not fit its schema: which parameters, and why.
 *
 * @param known the names of the parameters or fields there are, from which the one that was meant
 *   is guessed; null where they are not known
 * @param what they are
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
      `The request cannot be taken as it is: ${faults.map(({ where, what }) => `${where}: ${what}`).join('; ')}.`.replace(
        /([.?])\.$/u,
        '$1',
      ),
    hint: 'GET /docs shows what each operation takes.',
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
      what: `there is no such ${what}${guess(key, path.length === 0 ? known : null)}`,
    }));
  }
  return [{ where: where.length === 0 ? 'the value' : where.join('.'), what: message }];
}

/**
 * The known name that one may have been meant for: one that has it as a part, such as startYear for
 * year, or else the nearest by letters.
 */
function guess(name: string, known: readonly string[] | null): string {
  const lower = name.toLowerCase();
  // comparing takes the product of their lengths, and nobody mistypes a name into one of hundreds
  // of letters
  if (known === null || lower.length > 50) return '';
  if (known.length === 0) return '; it takes none';
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
  return found === undefined ? `; there are ${known.join(', ')}` : `; did you mean ${found}?`;
}
