import type { CRatingPart, SourceRating, SourceRecord } from '@marquee/contract';

/** Sums of ratings of many rows. */
export interface RatingSums {
  /** Number of rows in them. */
  readonly rows: number;
  readonly ratings: readonly (Omit<SourceRating, 'value' | 'votes'> & Sum)[];
  readonly cRatings: Readonly<Partial<Record<CRatingPart, Sum & { scale: SourceRating['scale'] }>>>;
}

export interface Sum {
  readonly sum: number;
  readonly count: number;
}

/** What one row, or many rows of one movie, tell. */
export interface Piece {
  /** Which file of the definition it is from: its number. */
  readonly file: number;
  readonly line: number;
  /** Id of its record; null where only its partner in the first file knows it. */
  readonly id: string | null;
  /**
   * Of the first file: what each other file joins it by. Of another file: what it joins by, alone.
   * Null where a part of it is empty.
   */
  readonly keys: readonly (string | null)[];
  readonly content: PieceContent;
}

export interface PieceContent {
  readonly fields: SourceRecord;
  readonly raw: unknown;
  readonly sums?: RatingSums;
}
