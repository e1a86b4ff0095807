/** A kind of value that has bits in `search.title` and in each of its indexes. */
export type BitGroup = 'tag' | 'genre' | 'region' | 'language';

/** The columns of bits, 64 each. */
export type BitColumn = 'type_genre_bits' | 'region_language_bits';

/** How the values of a group are hashed to the bits of a column. */
interface BitLayout {
  readonly column: BitColumn;
  /** How many bits the group has. */
  readonly count: number;
  /** Its first bit. */
  readonly from: number;
  /**
   * The seed of the hash. With these seeds no two frequent values share a bit: of types and genres
   * all, of regions and languages the twenty or so most frequent.
   */
  readonly seed: number;
}

/**
 * The bits of a title, by which an index-only scan skips titles. A set bit means maybe (hash
 * collision); a clear bit means no. A change here needs other names for the columns and functions,
 * so that the new rules are never applied to an older table.
 */
export const TITLE_BITS: Readonly<Record<BitGroup, BitLayout>> = {
  tag: { column: 'type_genre_bits', count: 20, from: 0, seed: 809 },
  genre: { column: 'type_genre_bits', count: 44, from: 20, seed: 27_750 },
  region: { column: 'region_language_bits', count: 40, from: 0, seed: 197 },
  language: { column: 'region_language_bits', count: 24, from: 40, seed: 3 },
};

/** The SQL function that returns the bit of a value: `search.genre_bit('Drama')`. */
export function bitFunction(group: BitGroup): string {
  return `search.${group}_bit`;
}
