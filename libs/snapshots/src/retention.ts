import type { SnapshotManifest } from './store/manifest.ts';

/** Which snapshots are kept. */
export interface Retention {
  /** The number of newest snapshots kept of each dataset. */
  readonly keep: number;
  /**
   * The number of months whose first snapshot is kept, per dataset: the latest months that have
   * snapshots. Months are in UTC.
   */
  readonly keepMonthly: number;
  /** The ids of published snapshots, which are the base of the next refresh. */
  readonly published: ReadonlySet<string>;
}

/** What is kept: snapshots of a dataset, or anything else that is made again and again. */
type Dated = { readonly dataset: string } & Pick<SnapshotManifest, 'id' | 'fetchedAt'>;

/**
 * The snapshots that may be removed. Published ones and the newest of each dataset are always kept.
 * Months without snapshots do not count, so that nothing expires only because time passes.
 */
export function chooseExpired<S extends Dated>(
  snapshots: readonly S[],
  { keep, keepMonthly, published }: Retention,
): S[] {
  const kept = new Set(published);
  for (const ofDataset of Map.groupBy(snapshots, ({ dataset }) => dataset).values()) {
    // ids of one dataset sort by time
    const newestFirst = ofDataset.toSorted((a, b) => (a.id < b.id ? 1 : -1));
    for (const { id } of newestFirst.slice(0, Math.max(1, keep))) kept.add(id);
    const months = [
      ...Map.groupBy(newestFirst, ({ fetchedAt }) => fetchedAt.slice(0, 'yyyy-mm'.length)).values(),
    ];
    for (const month of months.slice(0, keepMonthly))
      for (const { id } of month.slice(-1)) kept.add(id);
  }
  return snapshots.filter(({ id }) => !kept.has(id));
}
