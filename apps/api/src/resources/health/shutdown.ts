import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnApplicationShutdown, type OnModuleDestroy } from '@nestjs/common';

/**
 * How far the process is in shutting down. First it drains: it is not ready any more and still
 * answers, so that those who send requests learn of it and go elsewhere. Then it stops: it listens no
 * longer, and finishes the requests that it has.
 */
@Injectable()
export class Shutdown implements OnModuleDestroy, OnApplicationShutdown {
  readonly #last: (() => Promise<void>)[] = [];
  readonly #begun = new AbortController();
  #isDraining = false;

  /** True from the start of draining to the end of the process. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Aborts when it stops: for answers that have no end of their own. */
  get signal(): AbortSignal {
    return this.#begun.signal;
  }

  async drain(seconds: number): Promise<void> {
    this.#isDraining = true;
    await sleep(seconds * 1000);
  }

  begin(): void {
    this.#isDraining = true;
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
