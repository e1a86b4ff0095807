import { pipeline } from 'node:stream/promises';
import type { DownloadResult } from '@marquee/runs';
import { DiskSpaceError, StoreError, type SnapshotStore } from '@marquee/snapshots';
import { compressZstdCopy } from '@marquee/snapshots/zstd-copy';
import { DownloadError, type DownloadErrorCode } from '../errors/download-error.ts';
import type { GrowthLimit } from '../inspection/growth-limit.ts';
import { ResponseInspection, type InspectionResult } from '../inspection/response-inspection.ts';
import type { RemoteFile } from '../request/remote-file.ts';
import type { DownloadFolder } from '../storage/download-folder.ts';
import type { PartFile } from '../storage/part-file.ts';
import type { FileVersion } from '../storage/partial-download.ts';
import type { RetryBudget } from '../transfer/retry-budget.ts';
import { Transfer, VersionChangedError, type OpenDownload } from '../transfer/transfer.ts';
import { storeSnapshot } from './store-snapshot.ts';

/** The progress of a download. */
export interface DownloadProgress {
  /** Received and verified bytes, compressed. Falls back to 0 when the download starts again. */
  readonly bytesDone: number;
  /** Null when the server has not sent the size. */
  readonly bytesTotal: number | null;
  readonly rowsDone: number;
}

/** What all stages of a fetch use. */
export interface FetchContext {
  readonly remote: RemoteFile;
  /** Whether the file is an announced object, which no later update requests. */
  readonly isAnnounced: boolean;
  readonly store: SnapshotStore;
  readonly folder: DownloadFolder;
  readonly retryBudget: RetryBudget;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: DownloadProgress) => void;
  readonly onNote: (note: string | null) => void;
}

/**
 * A download that was discarded and must start again. Either the file on the server has changed
 * (null), or it is corrupt, because it was joined from several responses or damaged in transit.
 */
interface Discarded {
  readonly corrupt: DownloadError | null;
}

/** Errors of a whole response after which a second download can succeed. */
const WORTH_SECOND_DOWNLOAD: ReadonlySet<DownloadErrorCode> = new Set(['bad-gzip', 'wrong-size']);

/**
 * Downloads one version of the file and adds it to the store.
 *
 * @returns the snapshot, or {@link Discarded} when the download must start again
 */
export async function downloadVersion(
  context: FetchContext,
  download: OpenDownload,
  limit: GrowthLimit,
): Promise<DownloadResult | Discarded> {
  const { remote, isAnnounced, store, folder, retryBudget, signal } = context;
  const { version, partial } = download;
  const transfer = new Transfer(remote, retryBudget, download);
  let part: PartFile | null = null;
  try {
    limit.checkArchiveSize(version.total ?? 0);
    await folder.requireSpace(version, partial);
    part = await folder.createPart(version);
    const inspection = new ResponseInspection(remote, limit);
    const result = await transferAndVerify(context, { version, transfer, inspection, part });
    return await storeSnapshot({ remote, isAnnounced, store, signal, version, result, part });
  } catch (error) {
    if (keepsReceivedBytes(error, signal)) throw error;
    // neither this part nor the partial download that it began with may be resumed
    await part?.remove();
    await folder.removeEarlier();
    if (error instanceof VersionChangedError) return { corrupt: null };
    if (isWorthSecondDownload(error, transfer)) return { corrupt: error };
    throw error;
  } finally {
    download.body?.close();
    await part?.removeZstdCopy();
  }
}

function isWorthSecondDownload(error: unknown, { wasResumed }: Transfer): error is DownloadError {
  return (
    error instanceof DownloadError &&
    error.receivedBytes === 'corrupt' &&
    (wasResumed || WORTH_SECOND_DOWNLOAD.has(error.code))
  );
}

/** Whether the received bytes are still good after an error. */
function keepsReceivedBytes(error: unknown, signal: AbortSignal): boolean {
  if (error instanceof DownloadError) return error.receivedBytes === 'kept';
  return signal.aborted || error instanceof StoreError || error instanceof DiskSpaceError;
}

/** The stages of the pipeline for one version. */
interface Stages {
  readonly version: FileVersion;
  readonly transfer: Transfer;
  readonly inspection: ResponseInspection;
  readonly part: PartFile;
}

/**
 * Transfers the file from the server to the part, inspects it, and writes its content to the zstd
 * copy. Each stage waits for the next one.
 */
async function transferAndVerify(
  { folder, signal, onProgress, onNote }: FetchContext,
  { version, transfer, inspection, part }: Stages,
): Promise<InspectionResult> {
  const report = () =>
    onProgress({
      bytesDone: transfer.position,
      bytesTotal: version.total,
      rowsDone: inspection.rows,
    });
  try {
    await pipeline(
      // the signal of the stage is also aborted by an error of a later stage, so that this one does
      // not wait for the server in vain
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
  const result = inspection.result();
  report();
  if (inspection.note !== null) onNote(inspection.note);
  return result;
}
