import type { MergeRule } from '@marquee/contract';
import {
  compareVoices,
  filledFields,
  IMDB,
  isEmpty,
  mostVotes,
  type RecordedField,
  type Voice,
} from './voice.ts';

export type ChoosingRule = Extract<
  MergeRule,
  { kind: 'priority' | 'newest' | 'most-complete' | 'most-votes' }
>;

/** A value of a field, with the voice that has it. */
export interface Candidate {
  readonly voice: Voice;
  readonly value: unknown;
}

/**
 * The values that a field has, best first by the rule; equally good ones by the priority of their
 * sources. Empty ones are left out unless the rule counts them.
 */
export function rank(
  field: RecordedField,
  voices: readonly Voice[],
  rule: ChoosingRule,
): Candidate[] {
  const better = comparison(rule);
  return voices
    .map((voice) => ({ voice, value: voice.content[field] }))
    .filter(({ value }) => (rule.emptyCounts === true ? value !== undefined : !isEmpty(value)))
    .toSorted((one, other) => better(one, other) || compareVoices(one.voice, other.voice));
}

type Comparison = (one: Candidate, other: Candidate) => number;

function comparison(rule: ChoosingRule): Comparison {
  switch (rule.kind) {
    case 'priority':
      return byNumber(({ voice }) => -positionIn(rule.sources, voice.source));
    case 'newest':
      // IMDb's tables are kept current: a time of theirs would change with each publish, and with
      // it the movies that nothing has touched
      return byNumber(({ voice }) => (voice.source === IMDB ? Infinity : Date.parse(voice.at)));
    case 'most-complete': {
      const byLength = byNumber(({ value }) => (Array.isArray(value) ? value.length : 0));
      const byFields = byNumber(({ voice }) => filledFields(voice));
      return (one, other) => byLength(one, other) || byFields(one, other);
    }
    case 'most-votes':
      return byNumber(({ voice }) => mostVotes(voice));
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
