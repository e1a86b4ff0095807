import type { Problem } from '@marquee/contract';
import type { z } from 'zod';
import { ProblemException } from './problem-exception.ts';

/** What the validation pipe hands over: zod's own issues, although it knows them by their standard shape only. */
type Issue = { readonly message: string; readonly path?: readonly unknown[] | undefined } & Partial<Pick<z.core.$ZodIssueUnrecognizedKeys, 'code' | 'keys'>>;

/** The 400 for input that does not fit its schema: which parameters, and why. */
export function badInput(issues: readonly Issue[]): ProblemException {
  const faults = issues.flatMap(faultsOf);
  return new ProblemException({
    status: 400,
    code: 'bad-input',
    detail: `The request cannot be taken as it is: ${faults.map(({ where, what }) => `${where}: ${what}`).join('; ')}.`,
    hint: 'GET /docs shows what each operation takes.',
    faults,
  });
}

function faultsOf({ code, keys, path = [], message }: Issue): NonNullable<Problem['faults']> {
  const where = path.map((part) => (typeof part === 'object' && part !== null && 'key' in part ? String(part.key) : String(part)));
  if (code === 'unrecognized_keys' && keys !== undefined) {
    return keys.map((key) => ({ where: [...where, key].join('.'), what: 'there is no such parameter' }));
  }
  return [{ where: where.length === 0 ? 'the value' : where.join('.'), what: message }];
}
