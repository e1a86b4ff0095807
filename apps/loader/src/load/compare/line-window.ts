import { NEWLINE, TAB } from '../encode/bytes.ts';
import { NotComparableError } from './not-comparable.ts';

/** The least number of bytes to read ahead. */
const AHEAD = 512 * 1024;

/** The most bytes of one key group, which is held in memory. */
const MAX_GROUP = 16 * 1024 * 1024;

/** Consecutive lines with the same id, as positions in {@link LineWindow.buffer}. */
export interface KeyGroup {
  readonly start: number;
  /** After the last line's newline. */
  readonly end: number;
  /** After the id. */
  readonly idEnd: number;
}

/** Reads an uncompressed file from start to end through a window that holds whole key groups. */
export class LineWindow {
  /** The content of the window; the memory is reused by the next read. */
  buffer: Buffer = Buffer.alloc(0);
  /** The position in the window: everything before it has been compared. */
  at = 0;
  /** Whether the window reaches the end of the file. */
  isLast = false;
  /** Bytes of the file before the window. */
  #before = 0;
  #memory: Buffer = Buffer.alloc(0);
  readonly #chunks: AsyncIterator<Buffer>;

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** The position in the file. */
  get position(): number {
    return this.#before + this.at;
  }

  /** Bytes in the window after the position. */
  get length(): number {
    return this.buffer.length - this.at;
  }

  /**
   * Reads more of the file: at least {@link AHEAD} bytes, and as many as the window holds already.
   * Moves the rest of {@link buffer} to its start. Adds a newline if the last line has none.
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

  /** Releases the file, also before its end. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  /** Enlarges the memory if some more bytes do not fit after those it holds. */
  #makeRoom(size: number, more: number): void {
    if (size + more <= this.#memory.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * (size + more));
    this.#memory.copy(larger, 0, 0, size);
    this.#memory = larger;
  }

  /**
   * Reads the first line, and moves the position after it.
   *
   * @returns the line without its newline; empty when the file has none
   */
  async takeHeader(): Promise<Buffer> {
    await this.readAhead();
    this.at = this.buffer.indexOf(NEWLINE) + 1;
    return this.buffer.subarray(0, Math.max(0, this.at - 1));
  }

  /** Reads on if the window is empty and the file is not. */
  async fill(): Promise<void> {
    if (this.length === 0 && !this.isLast) await this.readAhead();
  }

  /**
   * The key group at the position; null at the end of the file.
   *
   * @throws NotComparableError when it is too large to hold
   */
  async group(): Promise<KeyGroup | null> {
    for (;;) {
      const group = this.groupAt(this.at);
      if (group !== null || this.isLast) return group;
      if (this.length > MAX_GROUP)
        throw new NotComparableError(`the rows of one id take more than ${MAX_GROUP} bytes`);
      await this.readAhead();
    }
  }

  /**
   * The key group that starts at an index of the window; null when its end, or the end of the file,
   * is not in the window yet.
   */
  groupAt(start: number): KeyGroup | null {
    const { buffer } = this;
    const firstEnd = buffer.indexOf(NEWLINE, start);
    if (firstEnd === -1) return null;
    const tab = buffer.indexOf(TAB, start);
    const idEnd = tab === -1 || tab > firstEnd ? firstEnd : tab;
    for (let end = firstEnd + 1; ;) {
      // whether the group continues takes as many bytes as the id has, and one more
      if (!this.isLast && buffer.length - end <= idEnd - start) return null;
      if (!this.#hasId(end, start, idEnd)) return { start, end, idEnd };
      const newline = buffer.indexOf(NEWLINE, end);
      if (newline === -1) return null;
      end = newline + 1;
    }
  }

  /** Whether the line at a position has the id between `start` and `idEnd`. */
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
