import type { RunKind } from './run-kind.ts';
import {
  STATEMENT_NAMES,
  STATEMENTS_OF,
  type StatementCounts,
  type StatementName,
} from './statements.ts';

/** Counts of the statements of each kind of run, given by a function. */
export function makeCounts(
  countOf: (name: StatementName) => number,
): Record<RunKind, StatementCounts> {
  const ofKind = (kind: RunKind) =>
    Object.fromEntries(
      STATEMENT_NAMES.map((name) => [name, STATEMENTS_OF[kind].includes(name) ? countOf(name) : 0]),
    ) as StatementCounts;
  return { first: ofKind('first'), full: ofKind('full'), refresh: ofKind('refresh') };
}
