import type { Problem } from '@marquee/contract';
import type { z } from 'zod';
import { OTHER_PARAMETERS, OTHER_WORDS } from './other-words.ts';
import { ProblemException } from './problem-exception.ts';
import { suggest } from './suggestion.ts';

/** A fault of an input. */
export type Fault = NonNullable<Problem['faults']>[number];

/** An issue of zod, of which Standard Schema types only the message and the path. */
type Issue = { readonly message: string; readonly path?: readonly unknown[] | undefined } & Partial<
  Pick<z.core.$ZodIssueUnrecognizedKeys, 'code' | 'keys'>
> & {
    /** The allowed values of an enumeration. */
    readonly values?: readonly unknown[];
    readonly params?: { readonly given?: string; readonly known?: readonly string[] };
  };

/** The names of an input's fields, for messages and suggestions. */
interface Known {
  readonly what: 'parameter' | 'field';
  /** Names of all parameters or fields, to suggest one for a misspelt name; null if unknown. */
  readonly names: readonly string[] | null;
  /** The input, to suggest a value for a misspelt one. */
  readonly input?: unknown;
}

/** The 400 for input that does not match its schema: which parameters or fields, and why. */
export function badInput(
  issues: readonly Issue[],
  known: Known = { what: 'parameter', names: null },
): ProblemException {
  return faultyInput(issues.flatMap((issue) => faultsOf(issue, known)));
}

/** The 400 for these faults. */
export function faultyInput(
  faults: readonly Fault[],
  hint = 'GET /docs describes the input of each operation.',
): ProblemException {
  return new ProblemException({
    status: 400,
    code: 'bad-input',
    detail:
      `Invalid request: ${faults.map(({ where, what }) => `${where}: ${what}`).join('; ')}.`.replace(
        /([.?])\.$/u,
        '$1',
      ),
    hint,
    faults: [...faults],
  });
}

/** A fault that ends in a suggestion, if there is one. @param otherwise what is expected if not */
export function withSuggestion(
  fault: Omit<Fault, 'suggestion'>,
  suggestion: string | undefined,
  otherwise = '',
): Fault {
  return suggestion === undefined
    ? { ...fault, what: fault.what + otherwise }
    : { ...fault, what: `${fault.what}; did you mean ${suggestion}?`, suggestion };
}

function faultsOf(issue: Issue, { what, names, input }: Known): Fault[] {
  const { code, keys, path = [], message } = issue;
  const where = path.map((part) =>
    typeof part === 'object' && part !== null && 'key' in part ? String(part.key) : String(part),
  );
  if (code === 'unrecognized_keys' && keys !== undefined) {
    return keys.map((key) =>
      unknownName([...where, key].join('.'), key, what, where.length === 0 ? names : null),
    );
  }
  const fault = { where: where.length === 0 ? 'the value' : where.join('.'), what: message };
  const [given, known] = choiceOf(issue, valueAt(input, where));
  // another word for a value is that of the nearest name: datasets.0 is one of the datasets
  const name = where.findLast((part) => !/^\d+$/u.test(part)) ?? '';
  return [withSuggestion(fault, suggest(given, known, OTHER_WORDS[name]))];
}

function unknownName(
  where: string,
  name: string,
  what: string,
  known: readonly string[] | null,
): Fault {
  const fault = { where, what: `unknown ${what}` };
  if (known === null || name.length > 50) return fault;
  if (known.length === 0) return { ...fault, what: `${fault.what}; expected none` };
  return withSuggestion(
    fault,
    suggest(name, known, OTHER_PARAMETERS),
    `; expected one of ${known.join(', ')}`,
  );
}

/** The rejected value and the allowed ones; both empty for another kind of fault. */
function choiceOf(
  { values = [], params }: Issue,
  input: unknown,
): [given: string, known: readonly string[]] {
  if (params?.given !== undefined) return [params.given, params.known ?? []];
  return [
    typeof input === 'string' ? input : '',
    values.filter((value) => typeof value === 'string'),
  ];
}

function valueAt(input: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Readonly<Record<string, unknown>>)[key]
        : undefined,
    input,
  );
}
