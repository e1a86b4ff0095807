import type { Body } from './body.ts';
import { DownloadError } from './download-error.ts';
import { bytesOf, type Leftover, type Version } from './incoming.ts';
import type { Patience } from './patience.ts';
import type { Answer, RemoteFile } from './remote-file.ts';

/**
 * The file at the server is no longer the version whose bytes have arrived, or cannot be told from
 * it: start again from zero.
 */
export class VersionChanged extends Error {
  override readonly name = 'VersionChanged';
}

/** Where the bytes of one version come from. */
export interface Opening {
  readonly version: Version;
  /** What is already there of it. */
  readonly leftover: Leftover | null;
  /**
   * What the server sends, from where the leftover ends; null when the leftover is the whole file.
   */
  readonly body: Body | null;
}

/** The bytes of one version of a file, in order, through any number of broken connections. */
export class Transfer {
  readonly #remote: RemoteFile;
  readonly #patience: Patience;
  readonly #opening: Opening;
  #position = 0;
  #resumed: boolean;

  constructor(remote: RemoteFile, patience: Patience, opening: Opening) {
    this.#remote = remote;
    this.#patience = patience;
    this.#opening = opening;
    this.#resumed = opening.leftover !== null;
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
   * All bytes: those of the leftover, then those of the server, asked for again from where they
   * broke off.
   *
   * @param takenOver called once the leftover's bytes have been handed on (at once when there is
   *   none)
   * @throws VersionChanged, DownloadError
   */
  async *chunks(signal: AbortSignal, takenOver: () => Promise<void>): AsyncGenerator<Buffer> {
    const { leftover, version } = this.#opening;
    if (leftover !== null) yield* this.#counted(bytesOf(leftover, this.#remote));
    await takenOver();
    let body = this.#opening.body;
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
      await this.#patience.endure(this.#cut(cause), this.#position, signal);
      body = await this.#patience.insist(this.#position, signal, () =>
        resume(this.#remote, version, this.#position, signal),
      );
      this.#resumed = true;
    }
  }

  async *#counted(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const { total } = this.#opening.version;
    for await (const chunk of chunks) {
      this.#position += chunk.length;
      if (total !== null && this.#position > total) {
        throw this.#remote.fault(
          'wrong-size',
          `More comes from ${this.#remote.where} than the ${total} bytes that were announced.`,
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
    const { total } = this.#opening.version;
    return total === null ? cause === undefined : this.#position === total;
  }

  #cut(cause: unknown): DownloadError {
    const what = `The download of ${this.#remote.where} broke off after ${this.#position} of ${this.#opening.version.total ?? 'an unknown number of'} bytes`;
    return cause === undefined
      ? this.#remote.fault('interrupted', `${what}.`)
      : this.#remote.networkFault('interrupted', what, cause);
  }
}

/**
 * Asks for the rest of a version.
 *
 * @throws VersionChanged when the answer is not the rest of that version
 */
async function resume(
  remote: RemoteFile,
  version: Version,
  position: number,
  signal: AbortSignal,
): Promise<Body> {
  if (version.ifRange === null || position === 0) throw new VersionChanged();
  const answer = await remote.ask(rangeHeaders(version.ifRange, position), [206, 200, 416], signal);
  if (continues(answer, version, position)) return answer.body;
  answer.body.close();
  throw new VersionChanged();
}

/** Asks for the bytes from a position on, should the version still be the same. */
export function rangeHeaders(ifRange: string, position: number): Record<string, string> {
  return { range: `bytes=${position}-`, 'if-range': ifRange };
}

/**
 * Whether an answer holds a version's bytes from a position on. A server that left If-Range unread
 * shows in the ETag or the size.
 */
export function continues(answer: Answer, version: Version, position: number): boolean {
  if (answer.status !== 206 || answer.range?.start !== position) return false;
  const sameTag = answer.etag === null || answer.etag === version.etag;
  const sameSize =
    answer.range.total === null || version.total === null || answer.range.total === version.total;
  return sameTag && sameSize;
}
