import type { Measure } from './measures.ts';

/** Sets of real files; `ratings-2017` is two days three months apart. */
export type RealFileSet = 'titles-500' | 'titles-75' | 'movies-2022' | 'ratings-2017';

/** How far the sample's figure may be from the real one: by so much, or so many times either way. */
export type Allowed = { readonly by: number } | { readonly times: number };

/** In what samples are to be like real files. */
export interface Property {
  readonly name: string;
  readonly measure: Measure;
  readonly allowed: Allowed;
  /** What is known of the complete files, without having them: rows of 2025 and 2026. */
  readonly fact?: number;
  /**
   * The sets whose figure holds for all files. titles-500 was selected by years (1990 to 2000) and
   * types, titles-75 by series, movies-2022 has movies alone: most shares of theirs do not.
   */
  readonly sets?: readonly RealFileSet[];
}

/** For what occurs or does not, and for extremes. */
export const EXACT: Allowed = { by: 0 };
