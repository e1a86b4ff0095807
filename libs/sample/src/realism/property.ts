import type { Measure } from './measures.ts';

/** Sets of real files; `ratings-2017` is two days three months apart. */
export type RealFileSet = 'titles-500' | 'titles-75' | 'movies-2022' | 'ratings-2017';

/** Tolerance of a sample's value: an absolute difference, or a factor in both directions. */
export type Allowed = { readonly by: number } | { readonly times: number };

/** A property in which samples must match real files. */
export interface Property {
  readonly name: string;
  readonly measure: Measure;
  readonly allowed: Allowed;
  /** Known value of the complete files, from rows of 2025 and 2026. */
  readonly fact?: number;
  /**
   * Sets whose value is valid for all files. titles-500 was selected by year (1990 to 2000) and
   * type, titles-75 by series, and movies-2022 has only movies: most of their shares are not
   * representative.
   */
  readonly sets?: readonly RealFileSet[];
}

/** No tolerance: for occurrences and extremes. */
export const EXACT: Allowed = { by: 0 };
