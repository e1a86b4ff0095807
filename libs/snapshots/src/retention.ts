import type { SnapshotManifest } from './store/manifest.ts';

export interface Retention {
  /** How many of each dataset's newest snapshots are kept. */
  readonly keep: number;
  /**
   * Of how many of each dataset's latest months with snapshots the first one is kept; 0 keeps none
   * for its month. Months are those of UTC.
   */
  readonly keepMonthly: number;
  /** Ids of those that are published: a refresh starts from them. */
  readonly published: ReadonlySet<string>;
}

type Dated = Pick<SnapshotManifest, 'dataset' | 'id' | 'fetchedAt'>;

/**
 * The snapshots that need not be kept. A published one and each dataset's newest are always kept.
 * Months without a snapshot do not count, so that nothing expires by the mere passing of time.
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
