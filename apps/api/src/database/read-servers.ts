import { AsyncLocalStorage } from 'node:async_hooks';
import { isRetryable } from '@marquee/runs';
import type { OnApplicationShutdown } from '@nestjs/common';
import { isBusy } from '../problems/busy.ts';
import type { ApiTimings } from '../timings.ts';
import type { Connections } from './connections.ts';
import { PipelinedConnections } from './pipelined-connections.ts';
import type { Catalogue } from './published-watch.ts';
import type { ReadServer } from './read-server.ts';
import type { Replica } from './replica.ts';

/** Where the reads of a request go. */
interface RequestReads {
  readonly catalogue: Catalogue;
  /** Chosen at its first read; all others go there too, so that they agree. */
  server: ReadServer | null;
  readonly failed: Set<ReadServer>;
}

/**
 * Chooses the server for each read. Reads go to the primary, except those of a request that is
 * answered from the catalogue alone ({@link ReadServers.during}): they go to a replica that has
 * replayed all that the answer needs.
 *
 * | case                                         | server                                          |
 * | -------------------------------------------- | ----------------------------------------------- |
 * | replicas are current                         | each in turn                                    |
 * | none is current, or a notification just came | the primary                                     |
 * | a read fails as its server is lost or hangs  | the same read on the next one, each at most once |
 * | the primary is lost                          | a replica with what was published last          |
 */
export class ReadServers implements OnApplicationShutdown {
  readonly #primary: ReadServer;
  readonly #replicas: readonly Replica[];
  readonly #requests = new AsyncLocalStorage<RequestReads>();
  readonly #reads = new Map<string, number>();
  #turn = 0;

  constructor(
    { pools }: Connections,
    { pipelineStalledMs }: Pick<ApiTimings, 'pipelineStalledMs'>,
    replicas: readonly Replica[] = [],
  ) {
    const pipelined = new PipelinedConnections(pools.lookups, pipelineStalledMs);
    this.#primary = { name: 'primary', pools, pipelined };
    this.#replicas = replicas;
  }

  get replicas(): readonly Replica[] {
    return this.#replicas;
  }

  /** How many reads each server has been sent. */
  get reads(): ReadonlyMap<string, number> {
    return this.#reads;
  }

  /** How many servers this request has lost: reads before and after that were on different ones. */
  get lost(): number {
    return this.#requests.getStore()?.failed.size ?? 0;
  }

  /** Does work whose reads are of the catalogue alone, and so may go to a replica. */
  during<T>(catalogue: Catalogue, work: () => T): T {
    return this.#replicas.length === 0
      ? work()
      : this.#requests.run({ catalogue, server: null, failed: new Set() }, work);
  }

  /** Reads on the server of the request, and on others if that one is lost. */
  async read<T>(run: (server: ReadServer) => Promise<T>): Promise<T> {
    const request = this.#requests.getStore();
    if (request === undefined) return run(this.#count(this.#primary));
    for (;;) {
      const server = (request.server ??= this.#choose(request));
      try {
        return await run(this.#count(server));
      } catch (error) {
        if (!isFaultOfServer(error)) throw error;
        request.failed.add(server);
        this.#replicas.find((replica) => replica === server)?.check();
        // another read of the request may have changed it meanwhile
        if (request.server === server) request.server = null;
        if (request.server === null && this.#candidates(request).length === 0) throw error;
      }
    }
  }

  async onApplicationShutdown(): Promise<void> {
    this.#primary.pipelined.close();
    await Promise.all(this.#replicas.map(async (replica) => replica.close()));
  }

  #choose(request: RequestReads): ReadServer {
    return this.#candidates(request)[0] ?? this.#primary;
  }

  #candidates({ catalogue, failed }: RequestReads): ReadServer[] {
    const current = this.#replicas.filter((replica) => replica.isCurrent(catalogue));
    const turn = current.length === 0 ? 0 : this.#turn++ % current.length;
    return [...current.slice(turn), ...current.slice(0, turn), this.#primary].filter(
      (server) => !failed.has(server),
    );
  }

  #count(server: ReadServer): ReadServer {
    this.#reads.set(server.name, (this.#reads.get(server.name) ?? 0) + 1);
    return server;
  }
}

/** What a replica says of a statement that kept it from replaying, if not by a SQLSTATE of its own. */
const RECOVERY_CONFLICT = 'conflict with recovery';

/** Whether another server may answer: this one is lost, full, hangs, or replays what is in the way. */
function isFaultOfServer(error: unknown): boolean {
  return (
    isRetryable(error) ||
    isBusy(error) ||
    (error instanceof Error && error.message.includes(RECOVERY_CONFLICT))
  );
}
