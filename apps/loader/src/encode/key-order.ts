import { RowFault } from './field-encoder.ts';

const MAX_ID = 16;

/**
 * Watches the keys of a file go by: whether they are in order, and whether one comes twice. Files are sorted by id as text and then by ordering, so
 * a key that comes twice comes twice in a row; where a file is not sorted, the database finds the repeated keys and the file is read again with them.
 */
export class KeyOrder {
  sorted = true;
  readonly #repeatedKeys: ReadonlySet<string>;
  readonly #taken = new Set<string>();
  #last = new Uint8Array(MAX_ID);
  #lastLength = 0;
  #lastOrdering = 0;
  #next = new Uint8Array(MAX_ID);
  #nextLength = 0;
  #nextOrdering = 0;
  #hasOrdering = false;

  constructor(repeatedKeys: ReadonlySet<string> = new Set()) {
    this.#repeatedKeys = repeatedKeys;
  }

  /** The id of the row at hand. */
  id(source: Uint8Array, start: number, end: number): void {
    const next = this.#next;
    for (let i = start, to = 0; i < end; i++, to++) next[to] = source[i] as number;
    this.#nextLength = end - start;
  }

  /** The ordering of the row at hand, in datasets that have one. */
  ordering(value: number): void {
    this.#hasOrdering = true;
    this.#nextOrdering = value;
  }

  /**
   * To be called when the rest of the row was found good: the row at hand becomes the last one.
   *
   * @throws RowFault when its key was taken before
   */
  accept(): void {
    const order = this.#compare();
    if (order === 0) throw new RowFault(this.#duplicate());
    if (order < 0) this.sorted = false;
    if (this.#repeatedKeys.size > 0) this.#takeOnce();
    const last = this.#last;
    this.#last = this.#next;
    this.#lastLength = this.#nextLength;
    this.#lastOrdering = this.#nextOrdering;
    this.#next = last;
  }

  /** How the key at hand compares to the last one: positive when it comes after it. */
  #compare(): number {
    const length = Math.min(this.#lastLength, this.#nextLength);
    for (let i = 0; i < length; i++) {
      const difference = (this.#next[i] as number) - (this.#last[i] as number);
      if (difference !== 0) return difference;
    }
    if (this.#nextLength !== this.#lastLength) return this.#nextLength - this.#lastLength;
    return this.#nextOrdering - this.#lastOrdering;
  }

  #takeOnce(): void {
    const key = this.#key();
    if (!this.#repeatedKeys.has(key)) return;
    if (this.#taken.has(key)) throw new RowFault(this.#duplicate());
    this.#taken.add(key);
  }

  #duplicate(): string {
    return `the key ${this.#key()} came before`;
  }

  /** The key as text, as the database names repeated ones: the id, and the ordering after a space. */
  #key(): string {
    const id = Buffer.from(this.#next.subarray(0, this.#nextLength)).toString('latin1');
    return this.#hasOrdering ? `${id} ${this.#nextOrdering}` : id;
  }
}
