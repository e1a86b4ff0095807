import type { MergeRule } from '@marquee/contract';
import {
  compareRecords,
  filledFields,
  IMDB,
  isEmpty,
  mostVotes,
  type RecordedField,
  type MovieRecord,
} from './movie-record.ts';

export type ChoosingRule = Extract<
  MergeRule,
  { kind: 'priority' | 'newest' | 'most-complete' | 'most-votes' }
>;

/** A value of a field, with the record that has it. */
export interface Candidate {
  readonly record: MovieRecord;
  readonly value: unknown;
}

/**
 * The values that a field has, best first by the rule; equally good ones by the priority of their
 * sources. Empty ones are left out unless the rule counts them.
 */
export function rank(
  field: RecordedField,
  records: readonly MovieRecord[],
  rule: ChoosingRule,
): Candidate[] {
  const better = comparison(rule);
  return records
    .map((record) => ({ record, value: record.content[field] }))
    .filter(({ value }) => (rule.emptyCounts === true ? value !== undefined : !isEmpty(value)))
    .toSorted((one, other) => better(one, other) || compareRecords(one.record, other.record));
}

type Comparison = (one: Candidate, other: Candidate) => number;

function comparison(rule: ChoosingRule): Comparison {
  switch (rule.kind) {
    case 'priority':
      return byNumber(({ record }) => -positionIn(rule.sources, record.source));
    case 'newest':
      // IMDb's tables are kept current: a time of theirs would change with each publish, and with
      // it the movies that nothing has touched
      return byNumber(({ record }) => (record.source === IMDB ? Infinity : Date.parse(record.at)));
    case 'most-complete': {
      const byLength = byNumber(({ value }) => (Array.isArray(value) ? value.length : 0));
      const byFields = byNumber(({ record }) => filledFields(record));
      return (one, other) => byLength(one, other) || byFields(one, other);
    }
    case 'most-votes':
      return byNumber(({ record }) => mostVotes(record));
  }
}

/** The largest first. */
function byNumber(numberOf: (candidate: Candidate) => number): Comparison {
  return (one, other) => {
    const [first, second] = [numberOf(one), numberOf(other)];
    return first === second ? 0 : second - first;
  };
}

function positionIn(sources: readonly string[], source: string): number {
  const position = sources.indexOf(source);
  return position === -1 ? sources.length : position;
}
