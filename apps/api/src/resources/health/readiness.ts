import type { RunQueue } from '@marquee/runs';
import type { DataSource } from 'typeorm';
import type { Database } from '../../database/database.ts';
import type { ApiTimings } from '../../timings.ts';
import { lookAtTables, type Fault } from './read-tables.ts';
import { SharedLook } from './shared-look.ts';

/** Whether what answers need is there: the database, the queue, and tables that can be read. */
export class Readiness {
  readonly #silence: Readonly<Record<'database' | 'queue', SharedLook<unknown>>>;
  readonly #tables: SharedLook<Fault | null>;

  constructor(
    database: Database,
    dataSource: DataSource,
    queue: RunQueue,
    {
      readyKeepMs: keepMs,
      readyLimitMs: limitMs,
    }: Pick<ApiTimings, 'readyKeepMs' | 'readyLimitMs'>,
  ) {
    const shared = <T>(look: () => Promise<T>) => new SharedLook(look, { keepMs, limitMs });
    this.#silence = {
      database: shared<unknown>(async () => dataSource.query('select 1')),
      queue: shared(async () => queue.ping()),
    };
    this.#tables = shared(async () => lookAtTables(database, dataSource));
  }

  /** What is in the way; null when nothing is. Never takes longer than the limit of a look. */
  async fault(): Promise<Fault | null> {
    const [silent, tables] = await Promise.all([this.#silent(), this.#tableFault()]);
    if (silent.length === 0) return tables;
    const silence = `No answer from the ${silent.join(' and the ')}.`;
    return {
      // a database that does not answer at all has no tables to tell of
      detail:
        tables === null || silent.includes('database') ? silence : `${silence} ${tables.detail}`,
      hint: 'Is it up? See make ps and make logs.',
    };
  }

  async #silent(): Promise<string[]> {
    const asked = await Promise.all(
      Object.entries(this.#silence).map(async ([name, look]) =>
        look.ask().then(
          () => [],
          () => [name],
        ),
      ),
    );
    return asked.flat();
  }

  async #tableFault(): Promise<Fault | null> {
    return this.#tables.ask().catch(() => ({
      detail: 'The database does not answer those who read.',
      hint: 'Is it up? See make ps and make logs.',
    }));
  }
}
