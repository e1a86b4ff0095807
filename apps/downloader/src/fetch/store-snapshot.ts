import { isDeepStrictEqual } from 'node:util';
import type { DownloadResult } from '@marquee/runs';
import {
  snapshotId,
  StoreError,
  type SnapshotManifest,
  type SnapshotStore,
} from '@marquee/snapshots';
import { errorCode } from '../errors/error-code.ts';
import type { InspectionResult } from '../inspection/response-inspection.ts';
import type { RemoteFile } from '../request/remote-file.ts';
import { diskError } from '../storage/disk-error.ts';
import type { PartFile } from '../storage/part-file.ts';
import type { FileVersion } from '../storage/partial-download.ts';

/** A verified download. */
interface VerifiedDownload {
  readonly remote: RemoteFile;
  readonly store: SnapshotStore;
  readonly signal: AbortSignal;
  readonly version: FileVersion;
  readonly result: InspectionResult;
  readonly part: PartFile;
  /** Whether the file is an announced object, which no later update requests. */
  readonly isAnnounced: boolean;
}

/**
 * Adds a verified part to the store as a snapshot. If the newest snapshot has the same content,
 * removes the part and updates the validators of that snapshot instead. An announced object leaves
 * them: the next update asks the server of that snapshot again.
 *
 * @throws StoreError; DownloadError taken-over when the part is gone, otherwise disk-fault or
 *   disk-full
 */
export async function storeSnapshot(download: VerifiedDownload): Promise<DownloadResult> {
  const { remote, store, signal, version, result, part, isAnnounced } = download;
  const newest = await store.newest(remote.dataset);
  if (newest?.sha256 === result.sha256) {
    await part.remove();
    const snapshot = isAnnounced ? newest : await revalidate(download, newest);
    return { snapshot, unchanged: true };
  }
  const { dataset } = remote;
  const { url, etag, lastModified } = version;
  const fetchedAt = timeAfter(newest);
  const snapshot = {
    id: snapshotId({ dataset, fetchedAt, sha256: result.sha256 }),
    dataset,
    url,
    etag,
    lastModified,
    ...result,
    fetchedAt,
  };
  try {
    await store.add(snapshot, { archive: part.path, zstdCopy: part.zstdCopyPath }, signal);
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    if (errorCode(cause) === 'ENOENT')
      throw remote.error(
        'taken-over',
        `Another download of ${remote.url} has taken over this one.`,
        { cause },
      );
    throw diskError(remote, `The snapshot ${snapshot.id} cannot be stored`, cause, 'kept');
  }
  await part.removeSidecar();
  return { snapshot, unchanged: false };
}

/**
 * Updates the validators in the manifest of the newest snapshot to those that the server has for
 * its content now, so that it responds to the next request with 304.
 */
async function revalidate(
  { remote, store, version: { url, etag, lastModified } }: VerifiedDownload,
  newest: SnapshotManifest,
): Promise<SnapshotManifest> {
  const snapshot = { ...newest, url, etag, lastModified };
  if (isDeepStrictEqual(snapshot, newest)) return newest;
  try {
    await store.revalidate(snapshot);
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    throw diskError(remote, `The manifest of ${newest.id} cannot be written`, cause);
  }
  return snapshot;
}

/**
 * The current time, but at least a second after the newest snapshot: ids sort by whole seconds, and
 * the clock may have been set back.
 */
function timeAfter(newest: SnapshotManifest | null): string {
  const earliest = newest === null ? 0 : Date.parse(newest.fetchedAt) + 1000;
  return new Date(Math.max(Date.now(), earliest)).toISOString();
}
