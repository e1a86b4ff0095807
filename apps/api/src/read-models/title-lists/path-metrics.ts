/** The ways to read titles. The first three are one scan, which stops at different points. */
const PATH_NAMES = [
  'first probe',
  'extended scan',
  'continued scan',
  'GIN search',
  'range scan',
  'value by value',
  'candidates',
] as const;

export type PathName = (typeof PATH_NAMES)[number];

/** How many reads each path has made since the start, for `GET /metrics`. A page may take several. */
export class PathMetrics {
  readonly #counts = new Map<PathName, number>(PATH_NAMES.map((name) => [name, 0]));

  increment(name: PathName): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  /** Each path with its count. */
  entries(): IterableIterator<[PathName, number]> {
    return this.#counts.entries();
  }
}
