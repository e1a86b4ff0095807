import { createHash } from 'node:crypto';
import { createGunzip } from 'node:zlib';
import { compareHeader, MAX_HEADER, noteOnAdded } from '@marquee/datasets';
import { errorMessage } from '@marquee/process/error-message';
import { hintToPublishOthers } from '@marquee/runs';
import type { SnapshotManifest } from '@marquee/snapshots';
import { DownloadError } from '../errors/download-error.ts';
import { errorCode } from '../errors/error-code.ts';
import type { RemoteFile } from '../request/remote-file.ts';
import { excerptOf, MAX_EXCERPT_BYTES } from './excerpt.ts';
import type { GrowthLimit } from './growth-limit.ts';
import { LineCounter } from './line-counter.ts';

/** The size of gunzip's output chunks, in bytes. */
const CHUNK_BYTES = 256 * 1024;
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);
const NEWLINE = 0x0a;

/** The properties of a file that has passed the inspection. */
export type InspectionResult = Pick<SnapshotManifest, 'sha256' | 'bytes' | 'rawBytes' | 'rows'>;

/**
 * Verifies a file while it is received: `hash`, `gunzip` and `inspectContent` are stages of a
 * pipeline. Of the content, it holds at most the first {@link MAX_HEADER} bytes and zlib's buffers,
 * whatever the size of the file or the length of its lines.
 */
export class ResponseInspection {
  /** zlib verifies the CRC and size of each gzip member, and continues with the next member. */
  readonly gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  readonly #remote: RemoteFile;
  readonly #limit: GrowthLimit;
  readonly #hash = createHash('sha256');
  readonly #lines = new LineCounter();
  #bytes = 0;
  #note: string | null = null;

  constructor(remote: RemoteFile, limit: GrowthLimit) {
    this.#remote = remote;
    this.#limit = limit;
  }

  /** The number of rows so far. */
  get rows(): number {
    return Math.max(0, this.#lines.lines - 1);
  }

  /** A note about the file, such as added columns; null without one. */
  get note(): string | null {
    return this.#note;
  }

  /** Hashes the compressed bytes and passes them on. */
  async *hash(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let head: Buffer | null = Buffer.alloc(0);
    for await (const chunk of chunks) {
      if (head !== null) {
        head = Buffer.concat([head, chunk.subarray(0, MAX_EXCERPT_BYTES)]);
        this.#checkMagic(head);
        if (head.length >= GZIP_MAGIC.length) head = null;
      }
      this.#hash.update(chunk);
      this.#bytes += chunk.length;
      this.#limit.checkArchiveSize(this.#bytes);
      yield chunk;
    }
  }

  /**
   * Counts the rows and bytes of the content and passes it on. Checks the header line as soon as it
   * is complete.
   */
  async *inspectContent(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let head: Buffer | null = Buffer.alloc(0);
    for await (const chunk of content) {
      if (head !== null) {
        head = Buffer.concat([head, chunk.subarray(0, MAX_HEADER + 1)]);
        if (head.includes(NEWLINE) || head.length > MAX_HEADER) {
          this.#checkHeader(head);
          head = null;
        }
      }
      this.#lines.add(chunk);
      this.#limit.checkContentSize(this.#lines.bytes);
      yield chunk;
    }
    // a file may consist of a header line without a newline
    if (head !== null) this.#checkHeader(head);
  }

  /**
   * The properties of the file. Call it when the pipeline has ended.
   *
   * @throws DownloadError bad-gzip when bytes follow the gzip stream: at zeros, zlib stops silently
   */
  result(): InspectionResult {
    const unread = this.#bytes - this.gunzip.bytesWritten;
    if (unread > 0) throw this.#badGzip(`${unread} bytes follow the end of the gzip stream`);
    return {
      sha256: this.#hash.digest('hex'),
      bytes: this.#bytes,
      rawBytes: this.#lines.bytes,
      rows: this.rows,
    };
  }

  /**
   * Turns zlib's errors of the pipeline into DownloadError bad-gzip. Returns others as they are.
   */
  toDownloadError(error: unknown): unknown {
    const code = errorCode(error);
    // at zeros after the gzip stream, gunzip ends early, while more bytes are written to it
    if (code === 'ERR_STREAM_PREMATURE_CLOSE')
      return this.#badGzip('bytes follow the end of the gzip stream', error);
    if (error instanceof DownloadError || !code.startsWith('Z_')) return error;
    return this.#badGzip(`${errorMessage(error)} (${code}) after ${this.#bytes} bytes`, error);
  }

  #badGzip(what: string, cause?: unknown): DownloadError {
    return this.#remote.error(
      'bad-gzip',
      `The file from ${this.#remote.location} is not a valid gzip file: ${what}.`,
      cause === undefined ? {} : { cause },
    );
  }

  #checkMagic(head: Buffer): void {
    if (GZIP_MAGIC.subarray(0, head.length).equals(head.subarray(0, GZIP_MAGIC.length))) return;
    throw this.#remote.error(
      'not-gzip',
      `The response from ${this.#remote.location} is not a gzip file: it starts with ${excerptOf(head, this.#remote.isOtherHost)}.`,
    );
  }

  #checkHeader(head: Buffer): void {
    const remote = this.#remote;
    const { dataset } = remote;
    if (GZIP_MAGIC.equals(head.subarray(0, GZIP_MAGIC.length)))
      throw remote.error(
        'gzip-in-gzip',
        `The file from ${remote.location} is gzip inside gzip: its content is compressed again.`,
      );
    const end = head.indexOf(NEWLINE);
    const header = compareHeader(dataset, end === -1 ? head : head.subarray(0, end));
    if (header.isKnown) {
      this.#note = noteOnAdded(header);
      return;
    }
    const excerpt = excerptOf(head, remote.isOtherHost);
    // only text of the requested host is quoted; then the difference in the columns says more
    const why = excerpt.startsWith('"')
      ? `does not have the header of ${dataset}: ${header.differs}`
      : `is not ${dataset}: it starts with ${excerpt}`;
    throw remote.error('wrong-header', `The file from ${remote.location} ${why}.`, {
      furtherHint: hintToPublishOthers(dataset),
    });
  }
}
