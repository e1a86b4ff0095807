import { createHash } from 'node:crypto';
import type { SnapshotManifest } from './manifest.ts';
import { BrokenQuickCopy, isOfZlib, unpackQuickCopy } from './quick-copy.ts';
import type { PackedContent, SnapshotSizes, SnapshotStore } from './store.ts';

/** A file of a snapshot that is not what its manifest says. */
export interface FileFault {
  readonly packing: PackedContent['packing'];
  /** In words, such as "it is not there". */
  readonly why: string;
}

/**
 * What is wrong with a snapshot's files: that the archive is missing, or has another size; and, on
 * demand, that either has another content. The second reads all of both.
 */
export async function findFaults(
  store: SnapshotStore,
  snapshot: SnapshotManifest,
  { contents }: { readonly contents: boolean },
): Promise<FileFault[]> {
  const sizes = await store.sizesOf(snapshot);
  const faults: FileFault[] = [];
  const add = (packing: FileFault['packing'], why: string | null) => {
    if (why !== null) faults.push({ packing, why });
  };
  const outside = faultOfSize(sizes, snapshot);
  add('gzip', outside ?? (contents ? await faultOfArchive(store, snapshot) : null));
  if (contents && sizes.quickCopy !== null) add('zstd', await faultOfQuickCopy(store, snapshot));
  return faults;
}

/**
 * Why a snapshot can be read in no form, as far as can be told without reading it; null when it
 * can.
 */
export async function whyUnreadable(
  store: SnapshotStore,
  snapshot: SnapshotManifest,
): Promise<string | null> {
  const sizes = await store.sizesOf(snapshot);
  return sizes.quickCopy === null ? faultOfSize(sizes, snapshot) : null;
}

function faultOfSize({ archive }: SnapshotSizes, { bytes }: SnapshotManifest): string | null {
  if (archive === bytes) return null;
  return archive === null
    ? 'it is not there'
    : `it has ${archive} bytes where its manifest has ${bytes}`;
}

async function faultOfArchive(
  store: SnapshotStore,
  snapshot: SnapshotManifest,
): Promise<string | null> {
  const hash = createHash('sha256');
  for await (const chunk of store.openFile(snapshot)) hash.update(chunk as Buffer);
  return hash.digest('hex') === snapshot.sha256
    ? null
    : 'its SHA-256 is another than the one in its manifest';
}

async function faultOfQuickCopy(
  store: SnapshotStore,
  snapshot: SnapshotManifest,
): Promise<string | null> {
  const { bytes, packing } = await store.openQuickest(snapshot);
  if (packing !== 'zstd') {
    // removed meanwhile
    bytes.destroy();
    return null;
  }
  let rawBytes = 0;
  try {
    for await (const part of unpackQuickCopy(bytes)) rawBytes += part.length;
  } catch (error) {
    if (error instanceof BrokenQuickCopy || isOfZlib(error)) return error.message;
    throw error;
  }
  return rawBytes === snapshot.rawBytes
    ? null
    : `it holds ${rawBytes} bytes where its manifest has ${snapshot.rawBytes}`;
}
