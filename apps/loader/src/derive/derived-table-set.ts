import type { DatasetName } from '@marquee/datasets';
import type { Pool, PoolClient } from 'pg';

/** Readers use `search`; a build creates the same tables in `search_next`. */
export type SearchSchema = 'search' | 'search_next';

/** The schema to create tables in, and the tables to read. */
export interface BuildTarget {
  readonly schema: SearchSchema;
  /**
   * The table with a dataset's newest rows: the published one, or the staged one that is about to
   * replace it.
   */
  readonly table: (dataset: DatasetName) => string;
}

/**
 * The services of a build, which may use any number of connections. The next build drops what an
 * unfinished one has left.
 */
export interface BuildContext extends BuildTarget {
  readonly pool: Pool;
  readonly signal: AbortSignal;
  /** Resolves when no other build runs any more: from then on this one may use all cores. */
  readonly alone: Promise<unknown>;
}

/** The rows that a merge has inserted, updated or deleted. */
export interface MergedChanges {
  /** The run under which `ingest.change` has these rows, before and after. */
  readonly runId: string;
  /** The datasets with changed rows. */
  readonly datasets: ReadonlySet<DatasetName>;
  /**
   * A temporary table `(id text collate "C" primary key)` with the ids of a dataset's changed rows:
   * the first column of their key. Only for `datasets`.
   */
  readonly idsOf: (dataset: DatasetName) => string;
}

/** Tables in schema `search` that are derived from the datasets' tables and serve the API. */
export interface DerivedTableSet {
  readonly name: string;
  /** Its tables, without the schema. */
  readonly tables: readonly string[];
  /**
   * Indexes by which tables of an earlier version of the program are recognised: when one is
   * missing, the set is built again.
   */
  readonly indexes?: readonly string[];
  /** The datasets it is derived from. */
  readonly datasets: readonly DatasetName[];
  /**
   * Creates its tables, with indexes and statistics, and commits them. The schema has none of them
   * before.
   */
  build(build: BuildContext): Promise<void>;
  /**
   * Updates its tables after the datasets' tables have changed, in the caller's transaction. The
   * result is the same as that of a build.
   */
  refresh(client: PoolClient, target: BuildTarget, changes: MergedChanges): Promise<void>;
}
