import type { KeyGroup, LineWindow } from './line-window.ts';

/** Bytes to pass over in two files, from where they are. */
export interface Anchor {
  readonly previous: number;
  readonly next: number;
}

/** Groups after which the order of the ids is asked for a hint. */
const HINT_AFTER = 1024;

/** From this share of ids that go up, a file counts as ordered. */
const ORDERED_SHARE = 0.9;

/** Groups, and bytes of a file, that are looked through at the most. */
const MAX_GROUPS = 64 * 1024;
const MAX_BYTES = 8 * 1024 * 1024;

/** No id is as long: what stands there is no row, and is not looked for elsewhere. */
const MAX_ID = 64;

/**
 * Finds where two files meet again that go on with different ids: the nearest id that both have
 * ahead, whatever the order of the files. What stands before it is in one file alone, or elsewhere
 * in the other.
 *
 * Where none is near in files whose ids go up, their order serves as a hint: if all that is ahead in
 * one file comes before all that is ahead in the other, the one is passed over alone. Where none is
 * within reach at all, both are.
 *
 * @returns how far to go in each, not nowhere in both
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

/** Looks at a file's groups ahead of where it is, and leaves it there. */
class LookAhead {
  /** Where each id starts, in bytes ahead. */
  readonly starts = new Map<string, number>();
  /** Bytes ahead that have been looked at, and where the last group among them starts. */
  seen = 0;
  lastStart = 0;
  /** Of the ids, as text. */
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

  /** Whether ids go up as text, but for a few: other orders differ from it in places. */
  get isOrdered(): boolean {
    return this.#rises >= this.#groups * ORDERED_SHARE;
  }

  /** Looks at the next group; its id, or null where there is none within reach. */
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
      // moves what is ahead to the start of the window, so places ahead stay as they are
      await window.readAhead();
    }
  }
}
