import { WEIGHT_PER_DOUBLING } from '@marquee/search';
import type { Stage, TextKind } from './text-statements.ts';

/**
 * How hits are ordered. By `fame`, votes outweigh the kind of match; by `match`, a better kind of
 * match comes first, whatever the votes.
 */
export type Ranking = 'fame' | 'match';

/**
 * The value of a kind of match, in doublings of votes: an exact match is as good as a prefix match
 * with 128 times its votes, and as a match of words with 1024 times its votes.
 */
const BONUS: Readonly<Record<Stage, number>> = { exact: 10, prefix: 3, words: 0, near: -17 };
/** More than any weight, in doublings. */
const MATCH_FIRST = 100;
/** A person's weight is that of their best titles, and so are those of all who worked on them. */
const NAME_BONUS = -3;

/** A hit before it is ranked. */
interface Match {
  readonly stage: Stage;
  readonly kind: TextKind;
  /** A logarithm of its votes. */
  readonly weight: number;
}

/** The score of a hit: its weight and the value of its kind of match. Higher is better. */
export function scoreOf({ stage, kind, weight }: Match, ranking: Ranking): number {
  return (
    weight + bonusOf(stage, ranking) + (kind === 'name' ? NAME_BONUS : 0) * WEIGHT_PER_DOUBLING
  );
}

/** The bonus of a stage, which is added to the weight. */
export function bonusOf(stage: Stage, ranking: Ranking): number {
  return BONUS[stage] * WEIGHT_PER_DOUBLING * (ranking === 'match' ? MATCH_FIRST : 1);
}
