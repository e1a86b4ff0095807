import { Injectable, type OnApplicationShutdown, type OnModuleDestroy } from '@nestjs/common';

/** Whether the process is shutting down: requests in progress finish, and new ones get a 503. */
@Injectable()
export class Shutdown implements OnModuleDestroy, OnApplicationShutdown {
  readonly #last: (() => Promise<void>)[] = [];
  readonly #begun = new AbortController();

  get hasBegun(): boolean {
    return this.#begun.signal.aborted;
  }

  /** Aborts when it begins: for answers that have no end of their own. */
  get signal(): AbortSignal {
    return this.#begun.signal;
  }

  begin(): void {
    this.#begun.abort();
  }

  /** Registers work for when all requests have been answered. */
  afterwards(work: () => Promise<void>): void {
    this.#last.push(work);
  }

  /** Called by Nest before it closes the server. */
  onModuleDestroy(): void {
    this.begin();
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.#last.map(async (work) => work()));
  }
}
