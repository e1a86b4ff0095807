/** How many steps of weight double the votes. */
const STEPS = 32;
/**
 * Up to so many votes, each doubling is one step: a few votes more come daily, say little, and
 * would change all that the weight is part of.
 */
const FEW = 63;

/**
 * The weight by which texts are ranked: 0 without votes, and 32 more for twice as many. Coarse on
 * purpose: a day's votes change few weights.
 */
export function weightOf(votes: number): number {
  const doublings = Math.log2(votes + 1);
  return votes < FEW ? STEPS * Math.floor(doublings) : Math.floor(STEPS * doublings);
}

/** The least votes that make a weight. */
export function votesOf(weight: number): number {
  return 2 ** (weight / STEPS) - 1;
}

/**
 * The tiers of texts, from the best known to those without votes. Each is some ten times as large
 * as the one before; they are asked one after another until a page is full, so that little is read
 * however much there is.
 */
export const TIERS = ['a', 'b', 'c', 'd', 'e', 'f'] as const;

export type Tier = (typeof TIERS)[number];

/** From which weight on a text is in tiers a, b, c and d; with less it is in e, with none in f. */
export type TierBounds = readonly [a: number, b: number, c: number, d: number];

/** The tier of a text of some weight. */
export function tierOf(weight: number, bounds: TierBounds): Tier {
  const index = bounds.findIndex((bound) => weight >= bound);
  if (index >= 0) return TIERS[index] as Tier;
  return weight > 0 ? 'e' : 'f';
}
