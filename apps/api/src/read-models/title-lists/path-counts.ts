/** The ways to read titles. The first three are one scan, which stops at different points. */
export const PATH_NAMES = [
  'first probe',
  'extended scan',
  'continued scan',
  'term search',
  'range scan',
  'value by value',
  'candidates',
] as const;

export type PathName = (typeof PATH_NAMES)[number];

/** How many pages have been read by each path since the start: `GET /metrics` shows it. */
export class PathCounts {
  readonly #counts = new Map<PathName, number>(PATH_NAMES.map((name) => [name, 0]));

  count(name: PathName): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  /** Each path with its count. */
  entries(): IterableIterator<[PathName, number]> {
    return this.#counts.entries();
  }
}
