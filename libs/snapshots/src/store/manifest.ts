import { DATASET_NAMES, type DatasetName } from '@marquee/datasets';
import { z } from 'zod';

/**
 * The metadata of a snapshot: a downloaded, verified, immutable version of a dataset. Stored beside
 * its archive as manifest.json.
 */
export const SnapshotManifest = z.object({
  /**
   * `<dataset>-<time fetched>-<first 8 digits of the SHA-256>`; ids of one dataset sort by time.
   */
  id: z.string().regex(/^[a-z]+\.[a-z]+-\d{8}T\d{6}Z-[0-9a-f]{8}$/u),
  dataset: z.enum(DATASET_NAMES),
  /** The URL it was fetched from, without credentials. */
  url: z.string(),
  /** The validators of the server, sent with the next conditional request. */
  etag: z.string().nullable(),
  lastModified: z.string().nullable(),
  /** Size of the archive (gzip) in bytes. */
  bytes: z.int().nonnegative(),
  /** Size of the uncompressed content in bytes. */
  rawBytes: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/u),
  /** Lines after the header line. */
  rows: z.int().nonnegative(),
  fetchedAt: z.iso.datetime(),
});

export type SnapshotManifest = z.infer<typeof SnapshotManifest>;

/** The key of a snapshot. */
export type SnapshotName = Pick<SnapshotManifest, 'dataset' | 'id'>;

/** The id of a snapshot, from its time and the hash of its archive. */
export function snapshotId({
  dataset,
  fetchedAt,
  sha256,
}: Pick<SnapshotManifest, 'dataset' | 'fetchedAt' | 'sha256'>): string {
  const time = fetchedAt.replaceAll(/[-:]|\.\d+/gu, '');
  return `${dataset}-${time}-${sha256.slice(0, 8)}`;
}

/** Whether a text has the form of a snapshot id of this dataset. */
export function isSnapshotId(dataset: DatasetName, text: string): boolean {
  return (
    text.startsWith(`${dataset}-`) &&
    /^\d{8}T\d{6}Z-[0-9a-f]{8}$/u.test(text.slice(dataset.length + 1))
  );
}

/** The text of a manifest file. @throws ZodError when the manifest is invalid */
export function formatManifest(manifest: SnapshotManifest): string {
  return `${JSON.stringify(SnapshotManifest.parse(manifest), null, 2)}\n`;
}

/**
 * The manifest of a snapshot that is set aside: the old one, if it is readable, with the reason.
 */
export function formatDamagedManifest(text: string, why: string): string {
  let manifest: unknown = null;
  try {
    manifest = JSON.parse(text);
  } catch {
    // the manifest itself is damaged
  }
  const known = typeof manifest === 'object' ? manifest : null;
  return `${JSON.stringify({ ...known, damaged: why }, null, 2)}\n`;
}

/** Why a snapshot was set aside, read from its manifest. */
export function damageReason(text: string): string {
  try {
    return z.object({ damaged: z.string() }).parse(JSON.parse(text)).damaged;
  } catch {
    return 'it was set aside';
  }
}

/** Parses a manifest. @throws when it is invalid, or belongs to another snapshot */
export function parseManifest(text: string, { dataset, id }: SnapshotName): SnapshotManifest {
  const manifest = SnapshotManifest.parse(JSON.parse(text));
  if (manifest.dataset !== dataset || manifest.id !== id)
    throw new Error(`It is the manifest of ${manifest.id}.`);
  return manifest;
}
