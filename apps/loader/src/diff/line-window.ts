import { NEWLINE, TAB } from '../encode/bytes.ts';

/** Bytes that are read ahead at the least. */
const AHEAD = 512 * 1024;

/**
 * All lines of one id, one after another in a sorted file. Bytes stand in {@link
 * LineWindow.buffer}.
 */
export interface Group {
  readonly start: number;
  /** Behind the last line's newline. */
  readonly end: number;
  /** Behind the id. */
  readonly idEnd: number;
}

/**
 * A gunzipped file that is read from its start to its end, through a window of whole groups of
 * lines.
 */
export class LineWindow {
  /** What is read; the same memory holds what is read next. */
  buffer: Buffer = Buffer.alloc(0);
  /** Up to here the file is done with. */
  at = 0;
  /** Whether the window reaches to the file's end. */
  isLast = false;
  /** Bytes of the file before the window's start. */
  #before = 0;
  #memory: Buffer = Buffer.alloc(0);
  readonly #chunks: AsyncIterator<Buffer>;

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** How many bytes of the file are done with. */
  get position(): number {
    return this.#before + this.at;
  }

  /** Bytes in the window that are not done with. */
  get length(): number {
    return this.buffer.length - this.at;
  }

  /**
   * Reads on until there are some bytes more than now, and a good many. What stood in {@link
   * buffer} moves to its start.
   */
  async readAhead(): Promise<void> {
    let size = this.length;
    const wanted = Math.max(AHEAD, size * 2);
    this.#memory.copyWithin(0, this.at, this.at + size);
    this.#before += this.at;
    this.at = 0;
    while (size < wanted && !this.isLast) {
      const next = await this.#chunks.next();
      if (next.done === true) {
        this.isLast = true;
      } else {
        this.#makeRoom(size, next.value.length);
        size += next.value.copy(this.#memory, size);
      }
    }
    this.buffer = this.#memory.subarray(0, size);
  }

  /** Lets go of the file, also before its end. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  /** Sees to it that more bytes have room behind those that are there. */
  #makeRoom(size: number, more: number): void {
    if (size + more <= this.#memory.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * (size + more));
    this.#memory.copy(larger, 0, 0, size);
    this.#memory = larger;
  }

  /** The group at `at`; null where its end, or the file's, is not in the window yet. */
  group(): Group | null {
    const { buffer, at } = this;
    const firstEnd = buffer.indexOf(NEWLINE, at);
    if (firstEnd === -1) return null;
    const tab = buffer.indexOf(TAB, at);
    const idEnd = tab === -1 || tab > firstEnd ? firstEnd : tab;
    for (let end = firstEnd + 1; ;) {
      // whether the group goes on shows in as many bytes as the id has, and one more
      if (!this.isLast && buffer.length - end <= idEnd - at) return null;
      if (!this.#startsWithId(end, idEnd)) return { start: at, end, idEnd };
      const newline = buffer.indexOf(NEWLINE, end);
      // at the file's end, a line without newline belongs to no group
      if (newline === -1) return this.isLast ? { start: at, end, idEnd } : null;
      end = newline + 1;
    }
  }

  /**
   * Where the group starts that a position lies in: the start of its line, or of an earlier line
   * with the same id.
   *
   * @param least how far back to look; a line starts there
   */
  groupStart(position: number, least: number): number {
    let start = this.#lineStart(position, least);
    const tab = this.buffer.indexOf(TAB, start);
    // of a line that is not there to its first tab yet, nothing tells whether it goes on with the
    // id of the line before
    if (tab === -1) return start === least ? least : this.groupStart(start - 1, least);
    const id = this.buffer.subarray(start, tab + 1);
    while (start > least) {
      const before = this.#lineStart(start - 1, least);
      if (this.buffer.compare(id, 0, id.length, before, before + id.length) !== 0) break;
      start = before;
    }
    return start;
  }

  /** The id of the line that ends before a position; a copy. */
  idBefore(position: number): Buffer {
    const start = this.#lineStart(position - 1, 0);
    const tab = this.buffer.indexOf(TAB, start);
    return Buffer.from(
      this.buffer.subarray(start, tab === -1 || tab >= position ? position - 1 : tab),
    );
  }

  #lineStart(position: number, least: number): number {
    const newline = position > least ? this.buffer.lastIndexOf(NEWLINE, position - 1) : -1;
    return Math.max(newline + 1, least);
  }

  /** Whether the line at a position has the id that stands from `at` to `idEnd`. */
  #startsWithId(position: number, idEnd: number): boolean {
    const { buffer, at } = this;
    const length = idEnd - at;
    if (position + length >= buffer.length) return false;
    return (
      buffer.compare(buffer, at, idEnd, position, position + length) === 0 &&
      (buffer[position + length] === TAB || buffer[position + length] === NEWLINE)
    );
  }
}
