import { RowFault } from './field-encoder.ts';

const MAX_ID = 16;

/**
 * Watches the keys of a file go by: whether they are in order, and whether one comes twice. Files
 * are sorted by id as text and then by ordering, so a key that comes twice comes twice in a row;
 * where a file is not sorted, the database finds the repeated keys and the file is read again with
 * them.
 */
export class KeyOrder {
  sorted = true;
  readonly #repeatedKeys: ReadonlySet<string>;
  readonly #taken = new Set<string>();
  #last: Buffer = Buffer.alloc(MAX_ID);
  #lastLength = 0;
  #lastOrdering = 0;

  constructor(repeatedKeys: ReadonlySet<string> = new Set()) {
    this.#repeatedKeys = repeatedKeys;
  }

  /**
   * Takes the key of a row that was found good: an id within the source, and an ordering in
   * datasets that have one.
   *
   * @throws RowFault when the key was taken before
   */
  accept(source: Buffer, start: number, end: number, ordering: number | null): void {
    const length = end - start;
    const shared = this.#sharedWithLast(source, start, end);
    const order =
      shared < length && shared < this.#lastLength
        ? (source[start + shared] as number) - (this.#last[shared] as number)
        : length - this.#lastLength || (ordering ?? 0) - this.#lastOrdering;
    if (order < 0) this.sorted = false;
    if (order === 0 || this.#isTaken(source, start, end, ordering))
      throw new RowFault(`the key ${keyText(source, start, end, ordering)} came before`);
    for (let i = shared; i < length; i++) this.#last[i] = source[start + i] as number;
    this.#lastLength = length;
    this.#lastOrdering = ordering ?? 0;
  }

  /** How many bytes an id starts with that the last one starts with too. */
  #sharedWithLast(source: Buffer, start: number, end: number): number {
    const most = Math.min(this.#lastLength, end - start);
    let shared = 0;
    while (shared < most && source[start + shared] === this.#last[shared]) shared++;
    return shared;
  }

  /** Whether a key that is known to repeat was taken already; if not, it is now. */
  #isTaken(source: Buffer, start: number, end: number, ordering: number | null): boolean {
    if (this.#repeatedKeys.size === 0) return false;
    const key = keyText(source, start, end, ordering);
    if (!this.#repeatedKeys.has(key)) return false;
    if (this.#taken.has(key)) return true;
    this.#taken.add(key);
    return false;
  }
}

/** A key as text, as the database names repeated ones: the id, and the ordering after a space. */
function keyText(source: Buffer, start: number, end: number, ordering: number | null): string {
  const id = source.toString('latin1', start, end);
  return ordering === null ? id : `${id} ${ordering}`;
}
