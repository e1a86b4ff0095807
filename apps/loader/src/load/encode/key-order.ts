import { RowFault } from './field-encoder.ts';

const MAX_ID = 16;

/** A row whose key occurred before: the first row of a key is kept, the others are rejected. */
export class RepeatedKey extends RowFault {
  override readonly name: string = 'RepeatedKey';
}

/**
 * Checks the keys of a file while it is read: their order, and repeats. If ids are in text order,
 * the rows of one id are consecutive, so keeping the orderings of one id finds every repeated key:
 * IMDb sorts those of title.akas as text too (1, 10, 11, 2). If ids are in no order, the database
 * finds the repeated keys, and the file is read again with them.
 */
export class KeyOrder {
  /** Whether ids are in order so far: only then are all repeated keys found. */
  sorted = true;
  /** Whether orderings are in numeric order, too. */
  keysSorted = true;
  readonly #repeatedKeys: ReadonlySet<string>;
  readonly #taken = new Set<string>();
  #last: Buffer = Buffer.alloc(MAX_ID);
  #lastLength = 0;
  /** The orderings of the last id, and the highest of them. */
  #orderings: number[] = [];
  #highest = 0;
  /** The same as a set, made for the first ordering that is not higher than all before it. */
  #lookup: Set<number> | null = null;

  constructor(repeatedKeys: ReadonlySet<string> = new Set()) {
    this.#repeatedKeys = repeatedKeys;
  }

  /**
   * Checks the key of a valid row: an id in the source, and the ordering in datasets that have one.
   *
   * @throws RepeatedKey when the key occurred before
   */
  accept(source: Buffer, start: number, end: number, ordering: number | null): void {
    const length = end - start;
    const shared = this.#sharedWithLast(source, start, end);
    const order =
      shared < length && shared < this.#lastLength
        ? (source[start + shared] as number) - (this.#last[shared] as number)
        : length - this.#lastLength;
    if (order < 0) this.sorted = this.keysSorted = false;
    const isRepeated = order === 0 && this.#hasOrdering(ordering ?? 0);
    if (isRepeated || this.#isTaken(source, start, end, ordering))
      throw new RepeatedKey(`the key ${keyText(source, start, end, ordering)} came before`);
    for (let i = shared; i < length; i++) this.#last[i] = source[start + i] as number;
    this.#lastLength = length;
    this.#keepOrdering(order === 0, ordering ?? 0);
  }

  /** Whether the last id had this ordering; most orderings are higher than any before. */
  #hasOrdering(ordering: number): boolean {
    if (ordering > this.#highest) return false;
    this.#lookup ??= new Set(this.#orderings);
    return this.#lookup.has(ordering);
  }

  #keepOrdering(isOfLastId: boolean, ordering: number): void {
    if (!isOfLastId) {
      this.#orderings.length = 0;
      this.#lookup = null;
      this.#highest = ordering;
    } else if (ordering < this.#highest) this.keysSorted = false;
    else this.#highest = ordering;
    this.#orderings.push(ordering);
    this.#lookup?.add(ordering);
  }

  /** The length of the prefix that an id has in common with the last one. */
  #sharedWithLast(source: Buffer, start: number, end: number): number {
    const most = Math.min(this.#lastLength, end - start);
    let shared = 0;
    while (shared < most && source[start + shared] === this.#last[shared]) shared++;
    return shared;
  }

  /** Whether a key of {@link #repeatedKeys} occurred before; records it if not. */
  #isTaken(source: Buffer, start: number, end: number, ordering: number | null): boolean {
    if (this.#repeatedKeys.size === 0) return false;
    const key = keyText(source, start, end, ordering);
    if (!this.#repeatedKeys.has(key)) return false;
    if (this.#taken.has(key)) return true;
    this.#taken.add(key);
    return false;
  }
}

/** A key as text, in the form of the database: the id, and the ordering after a space. */
export function keyText(
  source: Buffer,
  start: number,
  end: number,
  ordering: number | null,
): string {
  const id = source.toString('latin1', start, end);
  return ordering === null ? id : `${id} ${ordering}`;
}
