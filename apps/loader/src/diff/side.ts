import { NEWLINE } from '../encode/bytes.ts';
import { LineWindow, type Group } from './line-window.ts';

/** What a snapshot cannot be compared for: the refresh falls back to a full load, and says this. */
export class NotComparable extends Error {
  override readonly name = 'NotComparable';
}

/** One of two files that are merged: hands out its groups, and sees to it that their ids go up. */
export class Side {
  readonly window: LineWindow;
  readonly #name: string;
  #lastId: Buffer = Buffer.alloc(0);

  /** @param name says in messages which of the two it is */
  constructor(name: string, chunks: AsyncIterable<Buffer>) {
    this.window = new LineWindow(chunks);
    this.#name = name;
  }

  /**
   * Reads the file's start and goes behind its first line.
   *
   * @returns the line, without its newline; in a file that has none, nothing
   */
  async skipHeader(): Promise<Buffer> {
    await this.window.readAhead();
    this.window.at = this.window.buffer.indexOf(NEWLINE) + 1;
    return this.window.buffer.subarray(0, Math.max(0, this.window.at - 1));
  }

  /** Sees to it that something is to be read, if the file goes on. */
  async fill(): Promise<void> {
    if (this.window.length === 0 && !this.window.isLast) await this.window.readAhead();
  }

  /** The group at hand; null at the end of the file, where a line without newline may be left. */
  async group(): Promise<Group | null> {
    for (;;) {
      const group = this.window.group();
      if (group !== null || this.window.isLast) return group;
      await this.window.readAhead();
    }
  }

  /** Goes on over lines that are known to be in order. */
  passOver(length: number): void {
    const { window } = this;
    window.at += length;
    this.#lastId = window.idBefore(window.at);
  }

  /**
   * Goes on behind the group at hand.
   *
   * @throws NotComparable when it should have come before the last one
   */
  finish({ start, end, idEnd }: Group): void {
    const id = this.window.buffer.subarray(start, idEnd);
    if (id.compare(this.#lastId) <= 0)
      throw new NotComparable(
        `the ${this.#name} snapshot is not sorted: ${id.toString('latin1', 0, 40)} comes after ${this.#lastId.toString('latin1', 0, 40)}`,
      );
    this.#lastId = Buffer.from(id);
    this.window.at = end;
  }

  /** How the id of a group here compares to that of a group on another side. */
  compareId(group: Group, other: Side, otherGroup: Group): number {
    return this.window.buffer.compare(
      other.window.buffer,
      otherGroup.start,
      otherGroup.idEnd,
      group.start,
      group.idEnd,
    );
  }
}
