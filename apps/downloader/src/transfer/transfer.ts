import { DownloadError } from '../errors/download-error.ts';
import type { FileResponse, RemoteFile } from '../request/remote-file.ts';
import type { ResponseBody } from '../request/response-body.ts';
import {
  readPartial,
  type FileVersion,
  type PartialDownload,
} from '../storage/partial-download.ts';
import type { RetryBudget } from './retry-budget.ts';

/**
 * The file on the server is no longer the version of the received bytes, or its version cannot be
 * determined: the download starts from the beginning.
 */
export class VersionChangedError extends Error {
  override readonly name = 'VersionChangedError';
}

/** An open download: the sources of the bytes of one version. */
export interface OpenDownload {
  readonly version: FileVersion;
  /** The first bytes, from an earlier download; null without one. */
  readonly partial: PartialDownload | null;
  /** The following bytes, from the server; null when the partial download is the whole file. */
  readonly body: ResponseBody | null;
}

/** Reads the bytes of one version in order, through any number of broken connections. */
export class Transfer {
  readonly #remote: RemoteFile;
  readonly #retryBudget: RetryBudget;
  readonly #download: OpenDownload;
  #position = 0;
  #wasResumed: boolean;

  constructor(remote: RemoteFile, retryBudget: RetryBudget, download: OpenDownload) {
    this.#remote = remote;
    this.#retryBudget = retryBudget;
    this.#download = download;
    this.#wasResumed = download.partial !== null;
  }

  /** The number of received bytes. */
  get position(): number {
    return this.#position;
  }

  /** Whether the bytes come from more than one response. */
  get wasResumed(): boolean {
    return this.#wasResumed;
  }

  /**
   * All bytes: those of the partial download, then those of the server, which is asked for the rest
   * after each interruption.
   *
   * @param onPartialRead called once the partial download was read, or at once without one
   * @throws VersionChangedError, DownloadError
   */
  async *chunks(signal: AbortSignal, onPartialRead: () => Promise<void>): AsyncGenerator<Buffer> {
    const { partial, version } = this.#download;
    if (partial !== null) yield* this.#counted(readPartial(partial, this.#remote));
    await onPartialRead();
    let body = this.#download.body;
    while (body !== null) {
      let cause: unknown;
      try {
        yield* this.#counted(body.chunks());
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof DownloadError) throw error;
        cause = error;
      }
      if (this.#isComplete(cause)) return;
      await this.#retryBudget.waitBeforeRetry(this.#interrupted(cause), this.#position, signal);
      body = await this.#retryBudget.retry(this.#position, signal, () =>
        resume(this.#remote, version, this.#position, signal),
      );
      this.#wasResumed = true;
    }
  }

  async *#counted(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const { total } = this.#download.version;
    for await (const chunk of chunks) {
      this.#position += chunk.length;
      if (total !== null && this.#position > total) {
        throw this.#remote.error(
          'wrong-size',
          `${this.#remote.location} sends more than the ${total} bytes that it has announced.`,
        );
      }
      yield chunk;
    }
  }

  /**
   * Without an announced size, the end of the response is the end of the file; the gzip trailer
   * shows whether it came too early.
   */
  #isComplete(cause: unknown): boolean {
    const { total } = this.#download.version;
    return total === null ? cause === undefined : this.#position === total;
  }

  #interrupted(cause: unknown): DownloadError {
    const { total } = this.#download.version;
    const what = `The download of ${this.#remote.location} was interrupted after ${this.#position} of ${total ?? 'an unknown number of'} bytes`;
    return cause === undefined
      ? this.#remote.error('interrupted', `${what}.`)
      : this.#remote.networkError('interrupted', what, cause);
  }
}

/**
 * Requests the rest of a version.
 *
 * @throws VersionChangedError when the response is not the rest of that version
 */
async function resume(
  remote: RemoteFile,
  version: FileVersion,
  position: number,
  signal: AbortSignal,
): Promise<ResponseBody> {
  if (version.ifRange === null || position === 0) throw new VersionChangedError();
  const headers = rangeHeaders(version.ifRange, position);
  const response = await remote.request(headers, [206, 200, 416], signal);
  if (isContinuation(response, version, position)) return response.body;
  response.body.close();
  throw new VersionChangedError();
}

/** The headers that request the bytes from a position on, if the version is still the same. */
export function rangeHeaders(ifRange: string, position: number): Record<string, string> {
  return { range: `bytes=${position}-`, 'if-range': ifRange };
}

/**
 * Whether a response has the bytes of a version from a position on. The ETag or the size reveals a
 * server that ignores If-Range.
 */
export function isContinuation(
  response: FileResponse,
  version: FileVersion,
  position: number,
): boolean {
  if (response.status !== 206 || response.range?.start !== position) return false;
  const hasSameTag = response.etag === null || response.etag === version.etag;
  const hasSameSize =
    response.range.total === null ||
    version.total === null ||
    response.range.total === version.total;
  return hasSameTag && hasSameSize;
}
