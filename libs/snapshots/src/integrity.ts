import { createHash } from 'node:crypto';
import type { SnapshotManifest } from './store/manifest.ts';
import { CorruptZstdCopyError, isZlibError, decompressZstdCopy } from './zstd-copy.ts';
import type { CompressedContent, SnapshotSizes, SnapshotStore } from './store/store.ts';

/** A file of a snapshot that does not match its manifest. */
export interface IntegrityProblem {
  readonly compression: CompressedContent['compression'];
  /** A clause, such as "it is not there". */
  readonly reason: string;
}

/**
 * Checks the files of a snapshot against its manifest.
 *
 * @param options.contents false checks that the archive exists and has the right size; true also
 *   reads and checks the content of archive and zstd copy
 * @returns the problems; empty when there are none
 */
export async function checkIntegrity(
  store: SnapshotStore,
  snapshot: SnapshotManifest,
  { contents }: { readonly contents: boolean },
): Promise<IntegrityProblem[]> {
  const sizes = await store.sizesOf(snapshot);
  const problems: IntegrityProblem[] = [];
  const add = (compression: IntegrityProblem['compression'], reason: string | null) => {
    if (reason !== null) problems.push({ compression, reason });
  };
  const wrongSize = checkSize(sizes, snapshot);
  add('gzip', wrongSize ?? (contents ? await checkArchive(store, snapshot) : null));
  if (contents && sizes.zstdCopy !== null) add('zstd', await checkZstdCopy(store, snapshot));
  return problems;
}

/**
 * Why a snapshot cannot be read, neither as archive nor as zstd copy; null when it can. Checks only
 * which files exist and the size of the archive.
 */
export async function unreadableReason(
  store: SnapshotStore,
  snapshot: SnapshotManifest,
): Promise<string | null> {
  const sizes = await store.sizesOf(snapshot);
  return sizes.zstdCopy === null ? checkSize(sizes, snapshot) : null;
}

function checkSize({ archive }: SnapshotSizes, { bytes }: SnapshotManifest): string | null {
  if (archive === bytes) return null;
  return archive === null
    ? 'it is not there'
    : `it has ${archive} bytes where its manifest has ${bytes}`;
}

async function checkArchive(
  store: SnapshotStore,
  snapshot: SnapshotManifest,
): Promise<string | null> {
  const hash = createHash('sha256');
  for await (const chunk of store.openArchive(snapshot)) hash.update(chunk as Buffer);
  return hash.digest('hex') === snapshot.sha256
    ? null
    : 'its SHA-256 differs from the one in its manifest';
}

async function checkZstdCopy(
  store: SnapshotStore,
  snapshot: SnapshotManifest,
): Promise<string | null> {
  const { stream, compression } = await store.openContent(snapshot);
  if (compression !== 'zstd') {
    // the zstd copy was removed in the meantime
    stream.destroy();
    return null;
  }
  let rawBytes = 0;
  try {
    for await (const part of decompressZstdCopy(stream)) rawBytes += part.length;
  } catch (error) {
    if (error instanceof CorruptZstdCopyError || isZlibError(error)) return error.message;
    throw error;
  }
  return rawBytes === snapshot.rawBytes
    ? null
    : `it holds ${rawBytes} bytes where its manifest has ${snapshot.rawBytes}`;
}
