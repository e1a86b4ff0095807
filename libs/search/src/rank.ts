/** Steps of weight per doubling of the votes. */
export const WEIGHT_PER_DOUBLING = 32;
/**
 * Up to this number of votes, each doubling is one step: every day brings a few more votes, which
 * mean little, and would change everything that depends on the weight.
 */
const FEW = 63;

/**
 * The weight by which texts are ranked: 0 without votes, and 32 more for twice the votes. Coarse on
 * purpose: a day's votes change few weights.
 */
export function weightOf(votes: number): number {
  const doublings = Math.log2(votes + 1);
  return votes < FEW
    ? WEIGHT_PER_DOUBLING * Math.floor(doublings)
    : Math.floor(WEIGHT_PER_DOUBLING * doublings);
}

/** The fewest votes that give a weight. */
export function votesOf(weight: number): number {
  return 2 ** (weight / WEIGHT_PER_DOUBLING) - 1;
}

/**
 * The tiers of texts, from the best known to those without votes. Each is about ten times as large
 * as the one before. They are queried in turn until a page is full, so that a query reads little of
 * a large table.
 */
export const TIERS = ['a', 'b', 'c', 'd', 'e', 'f'] as const;

export type Tier = (typeof TIERS)[number];

/** The least weights of tiers a, b, c and d. A lower weight is tier e, weight 0 is tier f. */
export type TierBounds = readonly [a: number, b: number, c: number, d: number];

/**
 * The bounds of texts of titles, by votes: 400,000, 40,000, 2000, 100. Those of names are higher:
 * one well known title makes many people known.
 */
export const TIER_BOUNDS = {
  title: boundsOf(400_000, 40_000, 2000, 100),
  name: boundsOf(700_000, 200_000, 40_000, 2000),
} as const;

function boundsOf(a: number, b: number, c: number, d: number): TierBounds {
  return [weightOf(a), weightOf(b), weightOf(c), weightOf(d)];
}

/** The tier of a text by its weight. */
export function tierOf(weight: number, bounds: TierBounds): Tier {
  const index = bounds.findIndex((bound) => weight >= bound);
  if (index >= 0) return TIERS[index] as Tier;
  return weight > 0 ? 'e' : 'f';
}
