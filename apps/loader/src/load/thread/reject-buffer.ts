/** Rejects kept of one load, the first ones: with the gate ignored there could be any number. */
export const MAX_KEPT_REJECTS = 100_000;

/**
 * Buffers the rejects between two outputs of a task, and drops those beyond the number that is kept
 * of a load. A file can consist of rejects, but the input of one output bounds the buffer.
 */
export class RejectBuffer<R> {
  #left = MAX_KEPT_REJECTS;
  #rejects: R[] = [];

  add(reject: R): void {
    if (this.#left-- > 0) this.#rejects.push(reject);
  }

  /** Empties the buffer. */
  take(): R[] {
    return this.#rejects.splice(0);
  }
}
