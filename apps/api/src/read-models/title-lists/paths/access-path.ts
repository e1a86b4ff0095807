import type { Reads } from '../../../database/deadline.ts';
import type { PartitionSearch, TitleRow } from '../partition-search.ts';

/** The ways to read titles. The first three are one scan, which stops at different points. */
export const PATH_NAMES = [
  'first probe',
  'extended scan',
  'continued scan',
  'term search',
  'range scan',
  'value by value',
  'candidates',
] as const;

export type PathName = (typeof PATH_NAMES)[number];

/** A way to read the titles of a page that completes the page, however few titles match. */
export interface AccessPath {
  readonly name: PathName;
  /**
   * What the path would cost.
   *
   * @param baseline the estimate of the term search, which serves every list
   * @returns null where the path cannot serve the search, or costs more than the baseline
   */
  estimate(
    database: Reads,
    search: PartitionSearch,
    baseline: PathEstimate,
  ): Promise<PathEstimate | null>;
  /** The titles of the page, in their order. */
  read(database: Reads, search: PartitionSearch): Promise<TitleRow[]>;
}

/** The cost of a path. */
export interface PathEstimate {
  /** How many index entries an index scan reads in the same time. */
  readonly entries: number;
  /**
   * How many titles match by the statistics; null where the cost does not depend on it, as all of a
   * range is read.
   */
  readonly rows: number | null;
}

/** How many pages have been read by each path since the start: `GET /metrics` shows it. */
export class PathCounts {
  readonly #counts = new Map<PathName, number>(PATH_NAMES.map((name) => [name, 0]));

  count(name: PathName): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  /** Each path with its count. */
  entries(): IterableIterator<[PathName, number]> {
    return this.#counts.entries();
  }
}
