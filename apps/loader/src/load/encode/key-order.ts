import { RowFault } from './field-encoder.ts';

const MAX_ID = 16;

/** A key that came before: the first of its rows is taken, the others are not. */
export class RepeatedKey extends RowFault {
  override readonly name: string = 'RepeatedKey';
}

/**
 * Watches the keys of a file go by: whether they are in order, and whether one comes twice. Where
 * ids come in order, as text, a key that comes twice does so within its id, whose orderings are
 * kept: IMDb writes those of title.akas as text too (1, 10, 11, 2). Where ids are in no order, the
 * database finds the repeated keys, and the file is read again with them.
 */
export class KeyOrder {
  /** Whether ids come in order: only then is it certain that no key came twice. */
  sorted = true;
  /** Whether orderings do as well, by their numbers. */
  keysSorted = true;
  readonly #repeatedKeys: ReadonlySet<string>;
  readonly #taken = new Set<string>();
  #last: Buffer = Buffer.alloc(MAX_ID);
  #lastLength = 0;
  /** The orderings of the last id, and the highest of them. */
  #orderings: number[] = [];
  #highest = 0;
  /** The same orderings, to look into: made where one is not higher than all before it. */
  #lookup: Set<number> | null = null;

  constructor(repeatedKeys: ReadonlySet<string> = new Set()) {
    this.#repeatedKeys = repeatedKeys;
  }

  /**
   * Takes the key of a row that was found good: an id within the source, and an ordering in
   * datasets that have one.
   *
   * @throws RepeatedKey when the key was taken before
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

  /** Whether the last id came with this ordering; most come with a higher one than any before. */
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

/** A key as text, as the database names it: the id, and the ordering after a space. */
export function keyText(
  source: Buffer,
  start: number,
  end: number,
  ordering: number | null,
): string {
  const id = source.toString('latin1', start, end);
  return ordering === null ? id : `${id} ${ordering}`;
}
