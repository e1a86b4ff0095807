import type { ResponseBody } from '../request/response-body.ts';
import { DownloadError } from '../errors/download-error.ts';
import { readPartial, type PartialDownload, type FileVersion } from '../storage/download-folder.ts';
import type { RetryBudget } from './retry-budget.ts';
import type { FileResponse, RemoteFile } from '../request/remote-file.ts';

/**
 * The file at the server is no longer the version whose bytes have arrived, or cannot be told from
 * it: start again from zero.
 */
export class VersionChangedError extends Error {
  override readonly name = 'VersionChangedError';
}

/** Where the bytes of one version come from. */
export interface OpenDownload {
  readonly version: FileVersion;
  /** What is already there of it. */
  readonly partial: PartialDownload | null;
  /**
   * What the server sends, from where the partial ends; null when the partial is the whole file.
   */
  readonly body: ResponseBody | null;
}

/** The bytes of one version of a file, in order, through any number of broken connections. */
export class Transfer {
  readonly #remote: RemoteFile;
  readonly #retryBudget: RetryBudget;
  readonly #download: OpenDownload;
  #position = 0;
  #resumed: boolean;

  constructor(remote: RemoteFile, retryBudget: RetryBudget, download: OpenDownload) {
    this.#remote = remote;
    this.#retryBudget = retryBudget;
    this.#download = download;
    this.#resumed = download.partial !== null;
  }

  /** How many bytes have arrived. */
  get position(): number {
    return this.#position;
  }

  /** Whether the bytes were put together from several answers. */
  get resumed(): boolean {
    return this.#resumed;
  }

  /**
   * All bytes: those of the partial, then those of the server, asked for again from where they
   * broke off.
   *
   * @param takenOver called once the partial's bytes have been handed on (at once when there is
   *   none)
   * @throws VersionChanged, DownloadError
   */
  async *chunks(signal: AbortSignal, takenOver: () => Promise<void>): AsyncGenerator<Buffer> {
    const { partial, version } = this.#download;
    if (partial !== null) yield* this.#counted(readPartial(partial, this.#remote));
    await takenOver();
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
      await this.#retryBudget.waitBeforeRetry(this.#cut(cause), this.#position, signal);
      body = await this.#retryBudget.retry(this.#position, signal, () =>
        resume(this.#remote, version, this.#position, signal),
      );
      this.#resumed = true;
    }
  }

  async *#counted(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const { total } = this.#download.version;
    for await (const chunk of chunks) {
      this.#position += chunk.length;
      if (total !== null && this.#position > total) {
        throw this.#remote.error(
          'wrong-size',
          `More comes from ${this.#remote.shownUrl} than the ${total} bytes that were announced.`,
        );
      }
      yield chunk;
    }
  }

  /**
   * Without a total the server's end is the end, and gzip's own trailer tells whether it came too
   * early.
   */
  #isComplete(cause: unknown): boolean {
    const { total } = this.#download.version;
    return total === null ? cause === undefined : this.#position === total;
  }

  #cut(cause: unknown): DownloadError {
    const what = `The download of ${this.#remote.shownUrl} broke off after ${this.#position} of ${this.#download.version.total ?? 'an unknown number of'} bytes`;
    return cause === undefined
      ? this.#remote.error('interrupted', `${what}.`)
      : this.#remote.networkError('interrupted', what, cause);
  }
}

/**
 * Asks for the rest of a version.
 *
 * @throws VersionChanged when the response is not the rest of that version
 */
async function resume(
  remote: RemoteFile,
  version: FileVersion,
  position: number,
  signal: AbortSignal,
): Promise<ResponseBody> {
  if (version.ifRange === null || position === 0) throw new VersionChangedError();
  const response = await remote.request(
    rangeHeaders(version.ifRange, position),
    [206, 200, 416],
    signal,
  );
  if (isContinuation(response, version, position)) return response.body;
  response.body.close();
  throw new VersionChangedError();
}

/** Asks for the bytes from a position on, should the version still be the same. */
export function rangeHeaders(ifRange: string, position: number): Record<string, string> {
  return { range: `bytes=${position}-`, 'if-range': ifRange };
}

/**
 * Whether an response holds a version's bytes from a position on. A server that left If-Range unread
 * shows in the ETag or the size.
 */
export function isContinuation(
  response: FileResponse,
  version: FileVersion,
  position: number,
): boolean {
  if (response.status !== 206 || response.range?.start !== position) return false;
  const sameTag = response.etag === null || response.etag === version.etag;
  const sameSize =
    response.range.total === null ||
    version.total === null ||
    response.range.total === version.total;
  return sameTag && sameSize;
}
