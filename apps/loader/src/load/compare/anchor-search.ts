import type { KeyGroup, LineWindow } from './line-window.ts';

/**
 * The nearest id that two files have in common, by its distance in bytes from the current position
 * in each file.
 */
export interface Anchor {
  readonly previous: number;
  readonly next: number;
}

/** Groups without an anchor after which the order of the ids is used as a hint. */
const HINT_AFTER = 1024;

/** A file counts as ordered if at least this share of its ids ascend. */
const ORDERED_SHARE = 0.9;

/** How far to search: key groups, and bytes of a file. */
const MAX_GROUPS = 64 * 1024;
const MAX_BYTES = 8 * 1024 * 1024;

/** No real id is as long: such a line is malformed, and is not searched for in the other file. */
const MAX_ID = 64;

/**
 * Finds where two files continue alike after a difference: the nearest id that both have ahead,
 * whatever the order of the files. The groups before it are in one file only, or elsewhere in the
 * other.
 *
 * If no anchor is near and the ids of both files ascend, their order serves as a hint: when all
 * groups ahead in one file sort before those in the other, only the first file is skipped. If there
 * is no anchor within reach, both are.
 *
 * @returns distances that are not both zero
 */
export async function findAnchor(previous: LineWindow, next: LineWindow): Promise<Anchor> {
  const [old, fresh] = [new LookAhead(previous), new LookAhead(next)];
  for (let i = 1; i <= MAX_GROUPS; i++) {
    const [oldId, freshId] = [await old.advance(), await fresh.advance()];
    if (oldId === null && freshId === null) break;
    const freshAt = oldId === null ? undefined : fresh.starts.get(oldId);
    if (freshAt !== undefined) return { previous: old.lastStart, next: freshAt };
    const oldAt = freshId === null ? undefined : old.starts.get(freshId);
    if (oldAt !== undefined) return { previous: oldAt, next: fresh.lastStart };
    if (i !== HINT_AFTER || !old.isOrdered || !fresh.isOrdered) continue;
    if (old.highest < fresh.lowest) return { previous: old.seen, next: 0 };
    if (fresh.highest < old.lowest) return { previous: 0, next: fresh.seen };
  }
  return { previous: old.seen, next: fresh.seen };
}

/** Reads the key groups ahead in a file, without moving its position. */
class LookAhead {
  /** The distance of each id, in bytes. */
  readonly starts = new Map<string, number>();
  /** Bytes read ahead, and the distance of the last group among them. */
  seen = 0;
  lastStart = 0;
  /** The lowest and the highest id so far, compared as text. */
  lowest = '';
  highest = '';
  /** Groups so far, those whose id is higher than the one before, and the last id. */
  #groups = 0;
  #rises = 0;
  #lastId = '';
  readonly #window: LineWindow;

  constructor(window: LineWindow) {
    this.#window = window;
  }

  /** Whether nearly all ids ascend as text: other orders differ from it in places. */
  get isOrdered(): boolean {
    return this.#rises >= this.#groups * ORDERED_SHARE;
  }

  /**
   * Reads the next group.
   *
   * @returns its id, or null when there is none within reach
   */
  async advance(): Promise<string | null> {
    const group = await this.#nextGroup();
    if (group === null) return null;
    this.lastStart = this.seen;
    this.seen += group.end - group.start;
    const idEnd = Math.min(group.idEnd, group.start + MAX_ID);
    const id = this.#window.buffer.toString('latin1', group.start, idEnd);
    if (id.length < MAX_ID && !this.starts.has(id)) this.starts.set(id, this.lastStart);
    this.#groups++;
    if (id > this.#lastId) this.#rises++;
    this.#lastId = id;
    if (this.lastStart === 0 || id < this.lowest) this.lowest = id;
    if (id > this.highest) this.highest = id;
    return id;
  }

  async #nextGroup(): Promise<KeyGroup | null> {
    const window = this.#window;
    for (;;) {
      const group = window.groupAt(window.at + this.seen);
      if (group !== null || window.isLast || window.length > MAX_BYTES) return group;
      // moves the bytes ahead to the start of the window, so distances stay the same
      await window.readAhead();
    }
  }
}
