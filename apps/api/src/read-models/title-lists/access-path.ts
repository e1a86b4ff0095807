import type { Reads } from '../../database/deadline.ts';
import type { PartitionSearch, TitleRow } from './partition-search.ts';

/** A way to read the titles of a page that completes the page, however few titles match. */
export interface AccessPath {
  /**
   * What the path would cost.
   *
   * @param baseline the estimate of the GIN search, which serves every list
   * @returns null where the path cannot serve the search, or is not worth taking
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
