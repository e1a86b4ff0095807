import { NEWLINE, TAB } from '../encode/bytes.ts';
import { NotComparable } from './not-comparable.ts';

/** Bytes that are read ahead at the least. */
const AHEAD = 512 * 1024;

/** Bytes of one group at the most: it is held in memory. */
const MAX_GROUP = 16 * 1024 * 1024;

/** Lines of one id that follow one another. Bytes stand in {@link LineWindow.buffer}. */
export interface KeyGroup {
  readonly start: number;
  /** Behind the last line's newline. */
  readonly end: number;
  /** Behind the id. */
  readonly idEnd: number;
}

/** An unpacked file, read from its start to its end through a window of whole groups of lines. */
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
   * buffer} moves to its start. A last line without a newline is given one.
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
        if (size > 0 && this.#memory[size - 1] !== NEWLINE) {
          this.#makeRoom(size, 1);
          this.#memory[size++] = NEWLINE;
        }
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

  /**
   * Reads the file's start and goes behind its first line.
   *
   * @returns the line, without its newline; in a file that has none, nothing
   */
  async takeHeader(): Promise<Buffer> {
    await this.readAhead();
    this.at = this.buffer.indexOf(NEWLINE) + 1;
    return this.buffer.subarray(0, Math.max(0, this.at - 1));
  }

  /** Sees to it that something is to be read, if the file goes on. */
  async fill(): Promise<void> {
    if (this.length === 0 && !this.isLast) await this.readAhead();
  }

  /**
   * The group at hand; null at the end of the file.
   *
   * @throws NotComparable when it is too large to be held
   */
  async group(): Promise<KeyGroup | null> {
    for (;;) {
      const group = this.groupAt(this.at);
      if (group !== null || this.isLast) return group;
      if (this.length > MAX_GROUP)
        throw new NotComparable(`the rows of one id take more than ${MAX_GROUP} bytes`);
      await this.readAhead();
    }
  }

  /**
   * The group that starts at a place in the window; null where its end, or the file's, is not in
   * the window yet.
   */
  groupAt(start: number): KeyGroup | null {
    const { buffer } = this;
    const firstEnd = buffer.indexOf(NEWLINE, start);
    if (firstEnd === -1) return null;
    const tab = buffer.indexOf(TAB, start);
    const idEnd = tab === -1 || tab > firstEnd ? firstEnd : tab;
    for (let end = firstEnd + 1; ;) {
      // whether the group goes on shows in as many bytes as the id has, and one more
      if (!this.isLast && buffer.length - end <= idEnd - start) return null;
      if (!this.#hasId(end, start, idEnd)) return { start, end, idEnd };
      const newline = buffer.indexOf(NEWLINE, end);
      if (newline === -1) return null;
      end = newline + 1;
    }
  }

  /** Whether the line at a position has the id that stands from `start` to `idEnd`. */
  #hasId(position: number, start: number, idEnd: number): boolean {
    const { buffer } = this;
    const length = idEnd - start;
    if (position + length >= buffer.length) return false;
    return (
      buffer.compare(buffer, start, idEnd, position, position + length) === 0 &&
      (buffer[position + length] === TAB || buffer[position + length] === NEWLINE)
    );
  }
}
