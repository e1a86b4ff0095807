/**
 * How far a search for titles goes on each of its ways before it takes another. Tests make them
 * small, so that a few thousand titles lead further than a first look.
 */
export class SearchLimits {
  /**
   * How many titles are looked at, in their order, before anything else is tried: a page of what is
   * frequent is full by then. It is a millisecond's work.
   */
  readonly firstLook: number;
  /** How many are looked at where it would take long to find all: some hundredths of a second. */
  readonly longestLook: number;
  /** How many entries of an index are gone through, at most: some tenths of a second. */
  readonly mostInRange: number;
  /**
   * After how many steps along the values of a column all of the rest is found, where the index of
   * terms is of use: what fits may be less than the statistics say, or nothing.
   */
  readonly mostSteps: number;

  /** @param given those that are not the defaults, for tests */
  constructor(given: Partial<SearchLimits> = {}) {
    this.firstLook = given.firstLook ?? 5000;
    this.longestLook = given.longestLook ?? 100_000;
    this.mostInRange = given.mostInRange ?? 1_500_000;
    this.mostSteps = given.mostSteps ?? 8;
  }
}
