/** How many statements are kept prepared: each takes about 0.2 MB on each connection. */
const MAX_NAMES = 40;
/** How often a statement runs before it is one of them. */
const HOT_AFTER = 20;
/** How many statements are counted at a time. */
const MAX_COUNTED = 2000;

/**
 * Names for prepared statements that are built from parts. There are many more such statements than
 * could be kept prepared: the first that turn out to be hot get a name.
 */
export class HotStatements {
  readonly #names = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  /** Counts a use of a statement. @returns its name; null if it has none, or none yet */
  nameOf(text: string): string | null {
    const name = this.#names.get(text);
    if (name !== undefined) return name;
    if (this.#names.size >= MAX_NAMES) return null;
    const count = (this.#counts.get(text) ?? 0) + 1;
    if (count >= HOT_AFTER) {
      this.#names.set(text, `hot ${this.#names.size + 1}`);
      if (this.#names.size < MAX_NAMES) this.#counts.delete(text);
      else this.#counts.clear();
    } else {
      if (this.#counts.size >= MAX_COUNTED) this.#counts.clear();
      this.#counts.set(text, count);
    }
    return null;
  }
}
