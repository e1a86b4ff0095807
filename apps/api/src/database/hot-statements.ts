/** So many statements are kept prepared at the most: each takes some 0.2 MB on each connection. */
const MOST_NAMES = 40;
/** As often has one to be asked for to be one of them. */
const OFTEN = 20;
/** So many are counted at a time, at the most. */
const MOST_COUNTED = 2000;

/**
 * Names for statements that are put together from parts. There are many more than could be kept
 * prepared: those that are often asked for first have them.
 */
export class HotStatements {
  readonly #names = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  /** The name of a statement; null where it has none, or none yet. */
  nameOf(text: string): string | null {
    const name = this.#names.get(text);
    if (name !== undefined) return name;
    if (this.#names.size >= MOST_NAMES) return null;
    const count = (this.#counts.get(text) ?? 0) + 1;
    if (count >= OFTEN) {
      this.#names.set(text, `often asked ${this.#names.size + 1}`);
      if (this.#names.size < MOST_NAMES) this.#counts.delete(text);
      else this.#counts.clear();
    } else {
      if (this.#counts.size >= MOST_COUNTED) this.#counts.clear();
      this.#counts.set(text, count);
    }
    return null;
  }
}
