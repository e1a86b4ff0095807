import type { PublishedWatch } from '../../database/published-watch.ts';

/** How many are cached; there are hardly ever more. */
const MAX_CACHED = 10_000;

/**
 * Keys or sessions in memory, by their hash, until one changes anywhere: the database notifies every
 * process at once. Without the connection that brings those notifications, nothing is cached.
 */
export class CredentialCache<T extends object> {
  readonly #watch: PublishedWatch;
  readonly #cached = new Map<string, T>();

  constructor(watch: PublishedWatch) {
    this.#watch = watch;
    watch.onKeysChanged(() => this.clear());
  }

  get(hash: Buffer): T | null {
    if (!this.#watch.isLive) return null;
    return this.#cached.get(hash.toString('base64')) ?? null;
  }

  /** Reads one that is not cached. @param read returns it, or why it is not valid */
  async load<F extends string>(hash: Buffer, read: () => Promise<T | F>): Promise<T | F> {
    const changesBefore = this.#watch.keyChanges;
    const found = await read();
    if (typeof found === 'string') return found;
    if (this.#cached.size >= MAX_CACHED) this.clear();
    // one that was read before a change was notified may be from before the change
    if (this.#watch.isLive && changesBefore === this.#watch.keyChanges)
      this.#cached.set(hash.toString('base64'), found);
    return found;
  }

  delete(hash: Buffer): void {
    this.#cached.delete(hash.toString('base64'));
  }

  clear(): void {
    this.#cached.clear();
  }
}
