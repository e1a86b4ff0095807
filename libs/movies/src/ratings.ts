import type { MergeRule, Movie, SourceRating } from '@marquee/contract';

export type WeightedMean = Extract<MergeRule, { kind: 'weighted-mean' }>;

/** A rating of a source, or a C-rating. */
interface Weighed {
  readonly source: string;
  readonly value: number;
  readonly scale: SourceRating['scale'];
  readonly votes: number | null;
}

/**
 * A value on the scale from 0 to 10. Scales of positive values count from 0, as people read them:
 * 4 of 5 stars are 8, and 7.7 of IMDb's scale from 1 to 10 stays 7.7.
 */
export function toTen(value: number, { min, max }: SourceRating['scale']): number {
  const least = min > 0 && min < max ? 0 : min;
  return Math.min(10, Math.max(0, (10 * (value - least)) / (max - least)));
}

/**
 * The mean of ratings: each counts as many times as it has votes, at most the cap, times the weight
 * of its source. One without a number of votes counts once.
 *
 * @returns the mean from 0 to 10 to one decimal, and the number of all votes; null without ratings
 */
export function weightedMean(
  ratings: readonly Weighed[],
  { cap, weights }: WeightedMean,
): { value: number; votes: number } | null {
  let sum = 0;
  let total = 0;
  let votes = 0;
  for (const rating of ratings) {
    const weight = (weights[rating.source] ?? 1) * Math.min(cap, rating.votes ?? 1);
    if (weight === 0 || rating.scale.min === rating.scale.max) continue;
    sum += weight * toTen(rating.value, rating.scale);
    total += weight;
    votes += rating.votes ?? 0;
  }
  return total === 0 ? null : { value: Math.round((10 * sum) / total) / 10, votes };
}

/** The mean of those ratings of a movie that are of the rule's kinds. */
export function combinedRating(
  ratings: Movie['ratings'],
  rule: WeightedMean,
): { value: number; votes: number } | null {
  return weightedMean(
    ratings.filter(({ kind }) => rule.of.includes(kind)),
    rule,
  );
}
