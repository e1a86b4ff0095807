import type { DatasetName } from '@marquee/datasets';
import type { Pool, PoolClient } from 'pg';

/** `search` is what readers use; a build makes the same tables in `search_next`. */
export type SearchSchema = 'search' | 'search_next';

/** Where a structure is, and what it is made of. */
export interface BuildTarget {
  readonly schema: SearchSchema;
  /**
   * The table that holds a dataset's newest rows: the published one, or the staged one that is
   * about to take its place.
   */
  readonly table: (dataset: DatasetName) => string;
}

/**
 * What a build works with: any number of connections. What it leaves unfinished is cleared before
 * the next.
 */
export interface BuildContext extends BuildTarget {
  readonly pool: Pool;
  readonly signal: AbortSignal;
  /**
   * Fulfilled once nothing else is built beside it any more: from then on all cores are its own.
   */
  readonly alone: Promise<unknown>;
}

/** The rows that a merge has inserted, updated or deleted. */
export interface MergedChanges {
  /** Under which `ingest.change` has each of these rows, before and after. */
  readonly runId: string;
  /** The datasets that have such rows. */
  readonly datasets: ReadonlySet<DatasetName>;
  /**
   * A temporary table `(id text collate "C" primary key)` with the ids of these rows, the first
   * column of their key; only for `datasets`.
   */
  readonly idsOf: (dataset: DatasetName) => string;
}

/** Tables in schema `search` that follow from the datasets' tables and serve the API. */
export interface DerivedTableSet {
  readonly name: string;
  /** Its tables, without the schema. */
  readonly tables: readonly string[];
  /**
   * Those of its indexes by which a build by an earlier version of the program, which had others,
   * is told and made anew.
   */
  readonly indexes?: readonly string[];
  /** What it is made of: a change in another dataset is none to it. */
  readonly datasets: readonly DatasetName[];
  /**
   * Makes all its tables in the schema, with indexes and statistics; the schema has none of them,
   * and what is made is committed.
   */
  build(build: BuildContext): Promise<void>;
  /**
   * Brings its tables up to the datasets' tables, which have been changed already, in the caller's
   * transaction. What is left is what a build would make.
   */
  refresh(client: PoolClient, place: BuildTarget, changes: MergedChanges): Promise<void>;
}
