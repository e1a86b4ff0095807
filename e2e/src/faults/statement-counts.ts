import type { RunKind } from './run-kind.ts';
import {
  STATEMENT_NAMES,
  STATEMENTS_OF,
  type StatementCounts,
  type StatementName,
} from './statements.ts';

/** Counts in which each kind of run has its statements, each so many times as it is asked for. */
export function makeCounts(
  countOf: (name: StatementName) => number,
): Record<RunKind, StatementCounts> {
  const ofKind = (kind: RunKind) =>
    Object.fromEntries(
      STATEMENT_NAMES.map((name) => [name, STATEMENTS_OF[kind].includes(name) ? countOf(name) : 0]),
    ) as StatementCounts;
  return { first: ofKind('first'), full: ofKind('full'), refresh: ofKind('refresh') };
}
