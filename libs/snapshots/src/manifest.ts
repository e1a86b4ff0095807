import { DATASET_NAMES } from '@marquee/datasets';
import { z } from 'zod';

/** What is known of one snapshot: a downloaded, verified, immutable version of a dataset. Lies beside its file as manifest.json. */
export const SnapshotManifest = z.object({
  /** `<dataset>-<time fetched>-<first 8 digits of the SHA-256>`; ids of one dataset sort by time. */
  id: z.string().regex(/^[a-z]+\.[a-z]+-\d{8}T\d{6}Z-[0-9a-f]{8}$/u),
  dataset: z.enum(DATASET_NAMES),
  /** Where it was fetched from, without credentials. */
  url: z.string(),
  /** The server's validators, sent back on the next request. */
  etag: z.string().nullable(),
  lastModified: z.string().nullable(),
  /** Size of the gzipped file. */
  bytes: z.int().nonnegative(),
  /** Size of its content. */
  rawBytes: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/u),
  /** Lines after the header line. */
  rows: z.int().nonnegative(),
  fetchedAt: z.iso.datetime(),
});

export type SnapshotManifest = z.infer<typeof SnapshotManifest>;

/** The id of a snapshot fetched at a time with a content. */
export function snapshotId({ dataset, fetchedAt, sha256 }: Pick<SnapshotManifest, 'dataset' | 'fetchedAt' | 'sha256'>): string {
  const time = fetchedAt.replaceAll(/[-:]|\.\d+/gu, '');
  return `${dataset}-${time}-${sha256.slice(0, 8)}`;
}
