import { createHash } from 'node:crypto';
import { createGunzip } from 'node:zlib';
import { compareHeader, MAX_HEADER, noteOnAdded } from '@marquee/datasets';
import { hintToPublishOthers } from '@marquee/runs';
import type { SnapshotManifest } from '@marquee/snapshots';
import { errorCode, DownloadError } from '../errors/download-error.ts';
import { excerptOf, SHOWN_BYTES } from './excerpt.ts';
import type { GrowthLimit } from './growth-limit.ts';
import { LineCounter } from './line-counter.ts';
import type { RemoteFile } from '../request/remote-file.ts';

/** What gunzip hands on at once, in bytes. */
const CHUNK_BYTES = 256 * 1024;
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);
const NEWLINE = 0x0a;

/** What an inspected file turned out to be. */
export type InspectionResult = Pick<SnapshotManifest, 'sha256' | 'bytes' | 'rawBytes' | 'rows'>;

/**
 * Verifies a dataset's file while it passes: `digest`, `gunzip` and `read` are stages of one
 * pipeline. Holds no more of the content than its first {@link MAX_HEADER} bytes and what zlib
 * buffers, whatever the file's size or the length of its lines.
 */
export class ResponseInspection {
  /** zlib verifies each member's CRC and size, and goes on through concatenated members. */
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

  /** Rows counted so far. */
  get rows(): number {
    return Math.max(0, this.#lines.lines - 1);
  }

  /** What people should know of the file though it is taken; null when there is nothing. */
  get note(): string | null {
    return this.#note;
  }

  /** Hashes the gzipped bytes and hands them on. */
  async *hash(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let head: Buffer | null = Buffer.alloc(0);
    for await (const chunk of chunks) {
      if (head !== null) {
        head = Buffer.concat([head, chunk.subarray(0, SHOWN_BYTES)]);
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
   * Reads the content to its end and hands it on: checks the header line as soon as it is there,
   * counts rows and bytes.
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
    // a file of nothing but a header line without its newline is still a file
    if (head !== null) this.#checkHeader(head);
  }

  /**
   * What the file is, once the pipeline has ended.
   *
   * @throws DownloadError bad-gzip when bytes follow the gzip stream: zlib stops at zeros there
   *   without a word
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
   * What an error of the pipeline says about the file: zlib's become bad-gzip, all others stay as
   * they are.
   */
  toDownloadError(error: unknown): unknown {
    const code = errorCode(error);
    // a gunzip that has come to zeros after the stream ends early, with bytes still on their way to
    // it
    if (code === 'ERR_STREAM_PREMATURE_CLOSE')
      return this.#badGzip('bytes follow the end of the gzip stream', error);
    if (error instanceof DownloadError || !code.startsWith('Z_')) return error;
    return this.#badGzip(
      `${error instanceof Error ? error.message : code} (${code}) after ${this.#bytes} bytes`,
      error,
    );
  }

  #badGzip(what: string, cause?: unknown): DownloadError {
    return this.#remote.error(
      'bad-gzip',
      `The file from ${this.#remote.shownUrl} is not a sound gzip file: ${what}.`,
      cause === undefined ? {} : { cause },
    );
  }

  #checkMagic(head: Buffer): void {
    if (GZIP_MAGIC.subarray(0, head.length).equals(head.subarray(0, GZIP_MAGIC.length))) return;
    throw this.#remote.error(
      'not-gzip',
      `What comes from ${this.#remote.shownUrl} is no gzip file: it starts with ${excerptOf(head, this.#remote.isOtherHost)}.`,
    );
  }

  #checkHeader(head: Buffer): void {
    const remote = this.#remote;
    const { dataset } = remote;
    if (GZIP_MAGIC.equals(head.subarray(0, GZIP_MAGIC.length)))
      throw remote.error(
        'gzip-in-gzip',
        `The file from ${remote.shownUrl} is gzip within gzip: what it unpacks to is packed once more.`,
      );
    const end = head.indexOf(NEWLINE);
    const header = compareHeader(dataset, end === -1 ? head : head.subarray(0, end));
    if (header.isKnown) {
      this.#note = noteOnAdded(header);
      return;
    }
    const excerpt = excerptOf(head, remote.isOtherHost);
    // a text of this host's own is told by its columns
    const why = excerpt.startsWith('"')
      ? `is not ${dataset} by its first line: ${header.differs}`
      : `is not ${dataset}: it starts with ${excerpt}`;
    throw remote.error('wrong-header', `The file from ${remote.shownUrl} ${why}.`, {
      furtherHint: hintToPublishOthers(dataset),
    });
  }
}
