import { Injectable, type OnApplicationShutdown, type OnModuleDestroy } from '@nestjs/common';

/**
 * Whether the process is being stopped: what is under way is finished then, and nothing new is
 * begun.
 */
@Injectable()
export class Shutdown implements OnModuleDestroy, OnApplicationShutdown {
  readonly #last: (() => Promise<void>)[] = [];
  #begun = false;

  get hasBegun(): boolean {
    return this.#begun;
  }

  /** Does something when all requests have been answered. */
  afterwards(what: () => Promise<void>): void {
    this.#last.push(what);
  }

  /** Nest calls it before it closes the server. */
  onModuleDestroy(): void {
    this.#begun = true;
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.#last.map(async (what) => what()));
  }
}
