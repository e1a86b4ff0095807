import { pipeline } from 'node:stream/promises';
import { isDeepStrictEqual } from 'node:util';
import type { DatasetName } from '@marquee/datasets';
import type { DownloadResult } from '@marquee/runs';
import {
  DiskSpaceError,
  snapshotId,
  StoreError,
  unreadableReason,
  type SnapshotManifest,
  type SnapshotStore,
} from '@marquee/snapshots';
import { compressZstdCopy } from '@marquee/snapshots/zstd-copy';
import { DIRECT_CONNECTIONS, type Connections } from '../request/connections.ts';
import { diskError } from '../storage/disk-error.ts';
import { errorCode, DownloadError, type DownloadErrorCode } from '../errors/download-error.ts';
import { GrowthLimit } from '../inspection/growth-limit.ts';
import {
  DownloadFolder,
  type PartialDownload,
  type PartFile,
  type FileVersion,
} from '../storage/download-folder.ts';
import { ResponseInspection, type InspectionResult } from '../inspection/response-inspection.ts';
import { openDownload } from '../transfer/open-download.ts';
import {
  DEFAULT_RETRY_POLICY,
  ServerOutage,
  RetryBudget,
  type OnOutage,
  type RetryPolicy,
} from '../transfer/retry-budget.ts';
import { DEFAULT_TIMEOUTS, RemoteFile, type Timeouts } from '../request/remote-file.ts';
import { Transfer, VersionChangedError, type OpenDownload } from '../transfer/transfer.ts';

/** How far a download is. */
export interface DownloadProgress {
  /**
   * Gzipped bytes that are here and read. Falls back to 0 when the file changed and is fetched
   * anew.
   */
  readonly bytesDone: number;
  /** Null when the server does not say. */
  readonly bytesTotal: number | null;
  readonly rowsDone: number;
}

export interface FetchOptions {
  readonly dataset: DatasetName;
  /**
   * The folder the files lie in, http or https; credentials in it are sent as basic authentication.
   */
  readonly baseUrl: string;
  readonly store: SnapshotStore;
  /** Ends the download; what has arrived stays, to be resumed. */
  readonly signal?: AbortSignal;
  /** Called after each chunk and once at the end; not when the server has nothing new. */
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Told what people should know of the download; null when that is over. */
  readonly onNote?: (note: string | null) => void;
  readonly timeouts?: Partial<Timeouts>;
  readonly retry?: Partial<RetryPolicy>;
  /** Shared by downloads that are to wait together for their server. */
  readonly outage?: ServerOutage;
  readonly connections?: Connections;
  /** How many times as large as the largest snapshot kept a file may be; 0 for any size. */
  readonly maxGrowth?: number;
}

/** IMDb's files grow by less than a hundredth a week. */
export const DEFAULT_MAX_GROWTH = 4;

/** All that one fetch works with. */
interface FetchContext {
  readonly remote: RemoteFile;
  readonly store: SnapshotStore;
  readonly folder: DownloadFolder;
  readonly retryBudget: RetryBudget;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: DownloadProgress) => void;
  readonly onNote: (note: string | null) => void;
  readonly maxGrowth: number;
}

/**
 * Fetches a dataset's file into the snapshot store, when the server has another than the newest
 * snapshot: resumes what an earlier call left, verifies the bytes as they come, and tries again by
 * itself after transient faults.
 *
 * @returns the newest snapshot, unchanged when the server had nothing else than what it holds
 *   already
 * @throws DownloadError, DiskSpaceError, StoreError with what to do; nothing is in the store then
 */
export async function fetchDataset(options: FetchOptions): Promise<DownloadResult> {
  const {
    dataset,
    baseUrl,
    store,
    signal = new AbortController().signal,
    onProgress = () => undefined,
    onNote = () => undefined,
    timeouts,
    retry,
    outage = new ServerOutage(),
    connections = DIRECT_CONNECTIONS,
    maxGrowth = DEFAULT_MAX_GROWTH,
  } = options;
  const limits = { ...DEFAULT_TIMEOUTS, ...timeouts };
  const remote = new RemoteFile(dataset, baseUrl, limits, connections);
  try {
    signal.throwIfAborted();
    const folder = await DownloadFolder.open(store, remote);
    const policy = { ...DEFAULT_RETRY_POLICY, ...retry };
    const { minBytesPerSecond } = limits;
    const retryBudget = new RetryBudget(policy, minBytesPerSecond, outage, noteOutage(onNote));
    const fetch = { remote, store, folder, retryBudget, signal, onProgress, onNote, maxGrowth };
    const result = await fetchNewest(fetch);
    retryBudget.succeed();
    return result;
  } catch (cause) {
    if (signal.aborted)
      throw remote.error('aborted', `The download of ${remote.url} was stopped.`, { cause });
    throw cause;
  }
}

function noteOutage(onNote: (note: string | null) => void): OnOutage {
  return (outage) =>
    onNote(
      outage === null
        ? null
        : `waits for the server until ${outage.until.toISOString().slice(11, 16)} UTC: ${outage.fault.message}`,
    );
}

async function fetchNewest(fetch: FetchContext): Promise<DownloadResult> {
  const { remote, store, folder, retryBudget, signal } = fetch;
  let partial: PartialDownload | null = await folder.findPartial();
  let seenCorrupt = false;
  for (;;) {
    const newest = await newestReadable(store, remote.dataset);
    const download = await retryBudget.retry(0, signal, () =>
      openDownload(remote, newest, partial, signal),
    );
    if (download === 'unchanged') {
      if (newest === null)
        throw remote.error(
          'bad-status',
          `The answer from ${remote.shownUrl} says that nothing has changed, but there is no snapshot yet.`,
        );
      await folder.removeEarlier();
      return { snapshot: newest, unchanged: true };
    }
    const limit = new GrowthLimit(remote, await store.list([remote.dataset]), fetch.maxGrowth);
    const outcome = await downloadVersion(fetch, download, limit);
    if ('snapshot' in outcome) return outcome;
    if (outcome.corrupt !== null && seenCorrupt)
      throw outcome.corrupt.after('It was fetched once more from its start, and ended no better.');
    seenCorrupt ||= outcome.corrupt !== null;
    partial = null;
  }
}

/** What may be well when it is fetched once more, though it came in one piece. */
const WORTH_SECOND_FETCH: ReadonlySet<DownloadErrorCode> = new Set(['bad-gzip', 'wrong-size']);

/**
 * The newest snapshot whose files are there. One whose are not is set aside, to be fetched again:
 * the server would say that nothing has changed.
 */
async function newestReadable(
  store: SnapshotStore,
  dataset: DatasetName,
): Promise<SnapshotManifest | null> {
  for (;;) {
    const newest = await store.newest(dataset);
    const why = newest === null ? null : await unreadableReason(store, newest);
    if (newest === null || why === null) return newest;
    await store.setAside(newest, why);
  }
}

/**
 * A file that has to be fetched again from zero: it changed meanwhile (null), or it is corrupt, as
 * it was put together from pieces or damaged on its way.
 */
interface Discarded {
  readonly corrupt: DownloadError | null;
}

/** Receives one version and makes it a snapshot. */
async function downloadVersion(
  fetch: FetchContext,
  download: OpenDownload,
  limit: GrowthLimit,
): Promise<DownloadResult | Discarded> {
  const { remote, folder, retryBudget, signal } = fetch;
  const transfer = new Transfer(remote, retryBudget, download);
  let part: PartFile | null = null;
  try {
    limit.checkArchiveSize(download.version.total ?? 0);
    await folder.requireSpace(download.version, download.partial);
    part = await folder.createPart(download.version);
    const inspection = new ResponseInspection(remote, limit);
    const findings = await transferAndVerify(fetch, { ...download, inspection, transfer, part });
    return await storeSnapshot(fetch, download.version, findings, part);
  } catch (error) {
    if (keepsBytes(error, signal)) throw error;
    // never to be resumed: neither this part nor the partial it began with
    await part?.remove();
    await folder.removeEarlier();
    if (error instanceof VersionChangedError) return { corrupt: null };
    if (isWorthFetchingAgain(error, transfer)) return { corrupt: error };
    throw error;
  } finally {
    download.body?.close();
    await part?.removeZstdCopy();
  }
}

function isWorthFetchingAgain(error: unknown, { resumed }: Transfer): error is DownloadError {
  return (
    error instanceof DownloadError &&
    error.receivedBytes === 'corrupt' &&
    (resumed || WORTH_SECOND_FETCH.has(error.code))
  );
}

/** Whether what has arrived is worth keeping after a fault: it was not its fault. */
function keepsBytes(error: unknown, signal: AbortSignal): boolean {
  if (error instanceof DownloadError) return error.receivedBytes === 'kept';
  return signal.aborted || error instanceof StoreError || error instanceof DiskSpaceError;
}

/** All that one version is received by. */
interface Reception {
  readonly version: FileVersion;
  readonly inspection: ResponseInspection;
  readonly transfer: Transfer;
  readonly part: PartFile;
}

/**
 * From the server to the disk, through the inspection, and unpacked into the zstd copy; each stage
 * waits for the next one.
 */
async function transferAndVerify(
  { folder, signal, onProgress, onNote }: FetchContext,
  { version, inspection, transfer, part }: Reception,
): Promise<InspectionResult> {
  const report = () =>
    onProgress({
      bytesDone: transfer.position,
      bytesTotal: version.total,
      rowsDone: inspection.rows,
    });
  try {
    await pipeline(
      // the stage's own signal: it also tells of a fault in a later stage, so that nothing waits
      // for the server in vain
      (stage?: { signal: AbortSignal }) =>
        transfer.chunks(stage?.signal ?? signal, () => folder.removeEarlier()),
      async function* (chunks) {
        for await (const chunk of inspection.hash(part.write(chunks))) {
          yield chunk;
          report();
        }
      },
      inspection.gunzip,
      (content: AsyncIterable<Buffer>) => inspection.inspectContent(content),
      (content: AsyncIterable<Buffer>) => part.writeZstdCopy(compressZstdCopy(content)),
      { signal },
    );
  } catch (error) {
    signal.throwIfAborted();
    throw inspection.toDownloadError(error);
  } finally {
    await part.close();
  }
  const findings = inspection.result();
  report();
  if (inspection.note !== null) onNote(inspection.note);
  return findings;
}

/** Makes a verified part a snapshot, unless the newest one has the same content. */
async function storeSnapshot(
  fetch: FetchContext,
  version: FileVersion,
  findings: InspectionResult,
  part: PartFile,
): Promise<DownloadResult> {
  const { remote, store, signal } = fetch;
  const newest = await store.newest(remote.dataset);
  if (newest?.sha256 === findings.sha256) {
    await part.remove();
    return { snapshot: await revalidate(fetch, newest, version), unchanged: true };
  }
  const { dataset } = remote;
  const { url, etag, lastModified } = version;
  const fetchedAt = timeAfter(newest);
  const snapshot = {
    id: snapshotId({ dataset, fetchedAt, sha256: findings.sha256 }),
    dataset,
    url,
    etag,
    lastModified,
    ...findings,
    fetchedAt,
  };
  try {
    await store.add(snapshot, { archive: part.path, zstdCopy: part.zstdCopyPath }, signal);
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    if (errorCode(cause) === 'ENOENT')
      throw remote.error(
        'taken-over',
        `Another download of ${remote.url} has taken this one over.`,
        { cause },
      );
    throw diskError(remote, `The snapshot ${snapshot.id} cannot be stored`, cause, 'kept');
  }
  await part.removeSidecar();
  return { snapshot, unchanged: false };
}

/**
 * Keeps the validators under which the server has the newest snapshot's content by now, so that the
 * next request for it is answered by 304.
 */
async function revalidate(
  { remote, store }: FetchContext,
  newest: SnapshotManifest,
  { url, etag, lastModified }: FileVersion,
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
 * Now, but at least a second after the newest snapshot: ids sort by whole seconds, and the clock
 * may have been set back.
 */
function timeAfter(newest: SnapshotManifest | null): string {
  const earliest = newest === null ? 0 : Date.parse(newest.fetchedAt) + 1000;
  return new Date(Math.max(Date.now(), earliest)).toISOString();
}
