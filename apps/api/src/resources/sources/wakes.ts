import type { Logger } from '@marquee/process';
import type { RunQueue } from '@marquee/runs';

/**
 * Wakes the extractor, the aggregator and the exporter. Their work is in the database already, and
 * they poll for it: an unavailable queue only delays them.
 */
export class Wakes {
  readonly #queue: RunQueue;
  readonly #log: Logger;

  constructor(queue: RunQueue, log: Logger) {
    this.#queue = queue;
    this.#log = log;
  }

  /** Deliveries or the definition of a source have changed. */
  async extract(source: string): Promise<void> {
    await this.#queue.wake('extract', { source }).catch((error: unknown) => this.#warn(error));
  }

  /** Records or movies wait. */
  async aggregate(): Promise<void> {
    await this.#queue.wake('aggregate', {}).catch((error: unknown) => this.#warn(error));
  }

  /** An export waits. */
  async export(): Promise<void> {
    await this.#queue.wake('export', {}).catch((error: unknown) => this.#warn(error));
  }

  #warn(error: unknown): void {
    this.#log.warn({ err: error }, 'failed to wake a worker: it looks for work later');
  }
}
