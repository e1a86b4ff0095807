import type { RunQueue } from '@marquee/runs';
import type { DataSource } from 'typeorm';
import type { Database } from '../../database/database.ts';
import type { ReadServers } from '../../database/read-servers.ts';
import type { ReplicaReport } from '../../database/replica.ts';
import type { ApiTimings } from '../../timings.ts';
import { checkTables, type Fault } from './read-tables.ts';
import { SharedCheck } from './shared-check.ts';
import type { Shutdown } from './shutdown.ts';

/** What balancers of load are told, while requests that still come are answered. */
const DRAINING: Fault = {
  detail: 'The server is shutting down.',
  hint: 'Send new requests to another one, or to this one when it is ready again.',
};

/** What the check asks. */
interface ReadinessParts {
  readonly database: Database;
  readonly dataSource: DataSource;
  readonly servers: ReadServers;
  readonly queue: RunQueue;
  readonly shutdown: Shutdown;
}

const ANSWERS = { name: 'ready answers', text: 'select 1 as one' };

/**
 * Whether the API can answer: the database and the queue respond, and the tables can be read, on a
 * server where requests read them.
 */
export class Readiness {
  readonly #silence: Readonly<Record<'database' | 'queue', SharedCheck<unknown>>>;
  readonly #tables: SharedCheck<Fault | null>;
  readonly #shutdown: Shutdown;
  readonly #servers: ReadServers;

  constructor(
    { database, dataSource, servers, queue, shutdown }: ReadinessParts,
    {
      readyKeepMs: keepMs,
      readyLimitMs: limitMs,
    }: Pick<ApiTimings, 'readyKeepMs' | 'readyLimitMs'>,
  ) {
    const shared = <T>(check: () => Promise<T>) => new SharedCheck(check, { keepMs, limitMs });
    this.#silence = {
      database: shared<unknown>(async () =>
        servers.during('published', async () => database.read(ANSWERS, [])),
      ),
      queue: shared(async () => queue.ping()),
    };
    this.#tables = shared(async () =>
      servers.during('published', async () => checkTables(database, dataSource)),
    );
    this.#servers = servers;
    this.#shutdown = shutdown;
  }

  /** Null when the API is ready. Never takes longer than the limit of a check. */
  async fault(): Promise<Fault | null> {
    if (this.#shutdown.isDraining) return DRAINING;
    const [silent, tables] = await Promise.all([this.#silent(), this.#tableFault()]);
    if (silent.length === 0) return tables;
    const silence = `No answer from the ${silent.join(' and the ')}.`;
    return {
      // if the database is down, the fault of its tables adds nothing
      detail:
        tables === null || silent.includes('database') ? silence : `${silence} ${tables.detail}`,
      hint: 'Is it up? See make ps and make logs.',
    };
  }

  /** The states of the replicas, in the order of DATABASE_READ_URLS. */
  replicas(): ReplicaReport['state'][] {
    return this.#servers.replicas.map((replica) => replica.report().state);
  }

  async #silent(): Promise<string[]> {
    const asked = await Promise.all(
      Object.entries(this.#silence).map(async ([name, check]) =>
        check.run().then(
          () => [],
          () => [name],
        ),
      ),
    );
    return asked.flat();
  }

  async #tableFault(): Promise<Fault | null> {
    return this.#tables.run().catch(() => ({
      detail: 'The database does not answer reads.',
      hint: 'Is it up? See make ps and make logs.',
    }));
  }
}
