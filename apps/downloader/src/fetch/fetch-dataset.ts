import type { DatasetName } from '@marquee/datasets';
import type { DownloadResult } from '@marquee/runs';
import { unreadableReason, type SnapshotManifest, type SnapshotStore } from '@marquee/snapshots';
import { DEFAULT_MAX_GROWTH, GrowthLimit } from '../inspection/growth-limit.ts';
import { DIRECT_CONNECTIONS, type Connections } from '@marquee/network/connections';
import { DEFAULT_TIMEOUTS, fileUrl, RemoteFile, type Timeouts } from '../request/remote-file.ts';
import { DownloadFolder } from '../storage/download-folder.ts';
import type { PartialDownload } from '../storage/partial-download.ts';
import { openDownload } from '../transfer/open-download.ts';
import {
  DEFAULT_RETRY_POLICY,
  RetryBudget,
  ServerOutage,
  type OnOutage,
  type OnRetry,
  type RetryPolicy,
} from '../transfer/retry-budget.ts';
import { downloadVersion, type DownloadProgress, type FetchContext } from './download-version.ts';

export interface FetchOptions {
  readonly dataset: DatasetName;
  /**
   * The http or https URL of the folder of the files. Credentials in it are sent as basic
   * authentication.
   */
  readonly baseUrl: string;
  /** The URL of the file itself, if it is not in that folder: that of an announced object. */
  readonly objectUrl?: string | undefined;
  readonly store: SnapshotStore;
  /** Aborts the download. The received bytes are kept, to be resumed. */
  readonly signal?: AbortSignal;
  /** Called after each chunk and at the end; not when the server has nothing new. */
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Called with a note for the run; with null when it no longer applies. */
  readonly onNote?: (note: string | null) => void;
  /** Called before another attempt after one without progress. */
  readonly onRetry?: OnRetry;
  readonly timeouts?: Partial<Timeouts>;
  readonly retry?: Partial<RetryPolicy>;
  /** Shared by downloads that wait for their server together. */
  readonly outage?: ServerOutage;
  readonly connections?: Connections;
  /** The most times that a file may be as large as the largest kept snapshot; 0 for any size. */
  readonly maxGrowth?: number;
  /** A snapshot of this URL that is younger is the result, without a request; 0 for none. */
  readonly freshMs?: number;
}

/**
 * Fetches the file of a dataset into the snapshot store, if the server has another version than the
 * newest snapshot. Resumes the partial download of an earlier call, verifies the bytes while they
 * are received, and retries after transient errors.
 *
 * @returns the newest snapshot; `unchanged` when the server has no other content
 * @throws DownloadError, DiskSpaceError, StoreError, each with a hint; the store is unchanged then
 */
export async function fetchDataset(options: FetchOptions): Promise<DownloadResult> {
  const {
    dataset,
    baseUrl,
    objectUrl,
    store,
    signal = new AbortController().signal,
    onProgress = () => undefined,
    onNote = () => undefined,
    onRetry,
    timeouts,
    retry,
    outage = new ServerOutage(),
    connections = DIRECT_CONNECTIONS,
    maxGrowth = DEFAULT_MAX_GROWTH,
    freshMs = 0,
  } = options;
  const limits = { ...DEFAULT_TIMEOUTS, ...timeouts };
  const remote = new RemoteFile(
    dataset,
    objectUrl ?? fileUrl(baseUrl, dataset),
    limits,
    connections,
  );
  try {
    signal.throwIfAborted();
    const fresh = objectUrl === undefined ? await freshSnapshot(store, remote, freshMs) : null;
    if (fresh !== null) return { snapshot: fresh, unchanged: true };
    const folder = await DownloadFolder.open(store, remote);
    const policy = { ...DEFAULT_RETRY_POLICY, ...retry };
    const { minBytesPerSecond } = limits;
    const onOutage = reportOutage(onNote);
    const retryBudget = new RetryBudget(policy, minBytesPerSecond, outage, onOutage, onRetry);
    const isAnnounced = objectUrl !== undefined;
    const context = { remote, isAnnounced, store, folder, retryBudget, signal, onProgress, onNote };
    const result = await fetchNewest(context, maxGrowth);
    retryBudget.succeed();
    return result;
  } catch (cause) {
    if (signal.aborted)
      throw remote.error('aborted', `The download of ${remote.url} was aborted.`, { cause });
    throw cause;
  }
}

/** The newest snapshot, if it is of this file and younger. */
async function freshSnapshot(
  store: SnapshotStore,
  { dataset, url }: RemoteFile,
  freshMs: number,
): Promise<SnapshotManifest | null> {
  const newest = freshMs === 0 ? null : await quarantineUntilReadable(store, dataset);
  const isFresh = newest?.url === url && Date.now() - Date.parse(newest.fetchedAt) < freshMs;
  return isFresh ? newest : null;
}

function reportOutage(onNote: (note: string | null) => void): OnOutage {
  return (outage) =>
    onNote(
      outage === null
        ? null
        : `waits for the server until ${outage.until.toISOString().slice(11, 16)} UTC: ${outage.error.message}`,
    );
}

async function fetchNewest(context: FetchContext, maxGrowth: number): Promise<DownloadResult> {
  const { remote, store, folder, retryBudget, signal } = context;
  let partial: PartialDownload | null = await folder.findPartial();
  let wasCorrupt = false;
  for (;;) {
    const newest = await quarantineUntilReadable(store, remote.dataset);
    const download = await retryBudget.retry(0, signal, () =>
      openDownload(remote, newest, partial, signal),
    );
    if (download === 'unchanged') {
      if (newest === null)
        throw remote.error(
          'bad-status',
          `The response from ${remote.location} has status 304 (Not Modified), but there is no snapshot yet.`,
        );
      await folder.removeEarlier();
      return { snapshot: newest, unchanged: true };
    }
    const limit = new GrowthLimit(remote, await store.list([remote.dataset]), maxGrowth);
    const outcome = await downloadVersion(context, download, limit);
    if ('snapshot' in outcome) return outcome;
    if (outcome.corrupt !== null && wasCorrupt)
      throw outcome.corrupt.after(
        'It was fetched once more from its start, with no better result.',
      );
    wasCorrupt ||= outcome.corrupt !== null;
    partial = null;
  }
}

/**
 * The newest snapshot with readable files. Unreadable ones are set aside, so that they are fetched
 * again: otherwise the server would respond that nothing has changed.
 */
async function quarantineUntilReadable(
  store: SnapshotStore,
  dataset: DatasetName,
): Promise<SnapshotManifest | null> {
  for (;;) {
    const newest = await store.newest(dataset);
    const reason = newest === null ? null : await unreadableReason(store, newest);
    if (newest === null || reason === null) return newest;
    await store.setAside(newest, reason);
  }
}
