import { createHash } from 'node:crypto';
import type { SnapshotManifest } from './store/manifest.ts';
import { CorruptZstdCopyError, isZlibError, decompressZstdCopy } from './zstd-copy.ts';
import type { CompressedContent, SnapshotSizes, SnapshotStore } from './store/store.ts';

/** A file of a snapshot that is not what its manifest says. */
export interface IntegrityProblem {
  readonly compression: CompressedContent['compression'];
  /** In words, such as "it is not there". */
  readonly reason: string;
}

/**
 * What is wrong with a snapshot's files: that the archive is missing, or has another size; and, on
 * demand, that either has another content. The second reads all of both.
 */
export async function checkIntegrity(
  store: SnapshotStore,
  snapshot: SnapshotManifest,
  { contents }: { readonly contents: boolean },
): Promise<IntegrityProblem[]> {
  const sizes = await store.sizesOf(snapshot);
  const faults: IntegrityProblem[] = [];
  const add = (compression: IntegrityProblem['compression'], reason: string | null) => {
    if (reason !== null) faults.push({ compression, reason });
  };
  const outside = checkSize(sizes, snapshot);
  add('gzip', outside ?? (contents ? await checkArchive(store, snapshot) : null));
  if (contents && sizes.zstdCopy !== null) add('zstd', await checkZstdCopy(store, snapshot));
  return faults;
}

/**
 * Why a snapshot can be read in no form, as far as can be told without reading it; null when it
 * can.
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
    : 'its SHA-256 is another than the one in its manifest';
}

async function checkZstdCopy(
  store: SnapshotStore,
  snapshot: SnapshotManifest,
): Promise<string | null> {
  const { stream, compression } = await store.openContent(snapshot);
  if (compression !== 'zstd') {
    // removed meanwhile
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
