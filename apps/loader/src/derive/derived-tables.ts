import { tableOf } from '@marquee/catalogue';
import type { DatasetName } from '@marquee/datasets';
import type { Pool, PoolClient } from 'pg';
import { allSettledOrThrow } from '../all-settled-or-throw.ts';
import { lockTables } from '../database/table-locks.ts';
import {
  endWhenIdle,
  executeAlone,
  inTransaction,
  withKeepAlive,
} from '../database/transaction.ts';
import { warmUp } from '../database/warm-up.ts';
import { readStaged, type Staged } from '../load/staging.ts';
import { TRANSACTION_LIMITS, type TransactionLimits } from '../timings.ts';
import type { BuildTarget, SearchSchema, DerivedTableSet } from './derived-table-set.ts';
import { NAME_TABLES } from './name-tables.ts';
import { SEARCH_TERMS } from './search-terms.ts';
import { TITLE_TABLES } from './title-tables.ts';

/** Each set is derived from the datasets alone. The one that takes longest comes first. */
const TABLE_SETS: readonly DerivedTableSet[] = [TITLE_TABLES, NAME_TABLES, SEARCH_TERMS];

/** The key of the advisory lock; no other program uses it. */
const BUILD_LOCK = 8_213_447_002;

/** The sets built in `search_next`, for a publish to swap in. */
export interface BuiltTables {
  readonly sets: readonly DerivedTableSet[];
  readonly table: BuildTarget['table'];
}

interface BuildOptions {
  readonly pool: Pool;
  readonly signal: AbortSignal;
  readonly onPhase: (phase: string) => void;
}

/**
 * Does work that builds derived tables and swaps them in, under the build lock. Until they are
 * swapped in, they lie in `search_next`, where the next build would drop them; and no other publish
 * may merge changes into the tables they are built from.
 *
 * @param work gets a signal that is also aborted when the lock is lost
 */
export async function withBuildLock<T>(
  pool: Pool,
  { publishIdleMs }: TransactionLimits,
  signal: AbortSignal,
  work: (held: AbortSignal) => Promise<T>,
): Promise<T> {
  await pool.query('create schema if not exists search; create schema if not exists search_next');
  // the transaction only holds the lock
  return inTransaction(pool, signal, async (client, held) => {
    await endWhenIdle(client, publishIdleMs);
    // without parameters: a statement with parameters would keep its snapshot as long as the
    // transaction, and no row of a build could be frozen
    await client.query(`select pg_advisory_xact_lock(${BUILD_LOCK})`);
    try {
      return await withKeepAlive(client, publishIdleMs, work(held));
    } catch (error) {
      // throws the reason of the abort, if that is why the work failed
      held.throwIfAborted();
      throw error;
    }
  });
}

/**
 * Builds, in `search_next`, every set that is derived from a dataset which the run has loaded in
 * full, and every set that is missing. Runs before the publish transaction, because it takes long,
 * and under the same {@link withBuildLock}. Reads the staged tables, or else the published ones.
 */
export async function buildDerivedTables(
  runId: string,
  options: BuildOptions,
): Promise<BuiltTables> {
  const staged = await readStaged(options.pool, runId);
  const whole = new Set(
    staged.filter(({ baseSnapshotId }) => baseSnapshotId === null).map(({ dataset }) => dataset),
  );
  const table = (dataset: DatasetName) =>
    tableOf(dataset, whole.has(dataset) ? 'imdb_next' : 'imdb');
  return {
    sets: await build(options, table, ({ datasets }) =>
      datasets.some((dataset) => whole.has(dataset)),
    ),
    table,
  };
}

/**
 * Builds the missing sets from the published tables, and reads them into memory: for a new
 * database, and after an update of the program.
 *
 * @param waitSeconds how long to wait for readers of tables that are replaced
 * @throws RunFault when they do not release them in time
 */
export async function prepareDerivedTables(
  pool: Pool,
  signal: AbortSignal,
  waitSeconds = 600,
  limits: TransactionLimits = TRANSACTION_LIMITS,
): Promise<void> {
  const table = (dataset: DatasetName) => tableOf(dataset, 'imdb');
  const isReplaced = await withBuildLock(pool, limits, signal, async (held) => {
    const options = { pool, signal: held, onPhase: () => undefined };
    const built = { sets: await build(options, table, () => false), table };
    if (built.sets.length === 0) return false;
    await inTransaction(pool, held, async (client) => {
      await endWhenIdle(client, limits.publishIdleMs);
      const replaced = await replacedTables(client, built);
      if (replaced.length > 0)
        await lockTables(client, replaced, 'access exclusive', {
          ...options,
          ...limits,
          waitSeconds,
          giveUpAt: Date.now() + waitSeconds * 1000,
        });
      await swapDerivedTables(client, built);
    });
    return true;
  });
  if (isReplaced) await warmUp(pool, signal);
}

async function build(
  { pool, signal, onPhase }: BuildOptions,
  table: BuildTarget['table'],
  isStale: (set: DerivedTableSet) => boolean,
): Promise<DerivedTableSet[]> {
  await clearBuilds(pool);
  const missing = await missingRelations(pool);
  const chosen = TABLE_SETS.filter(
    (set) => isStale(set) || relationsOf(set).some((name) => missing.has(name)),
  );
  if (chosen.length > 0) onPhase(`building ${chosen.map(({ name }) => name).join(', ')}`);
  const buildInTurn = async (sets: readonly DerivedTableSet[], alone: Promise<unknown>) => {
    for (const set of sets) await set.build({ pool, signal, schema: 'search_next', table, alone });
  };
  // the first takes longest, mostly in one process: the others, one after another, leave it a core
  const [first, others] = [Promise.withResolvers<null>(), Promise.withResolvers<null>()];
  await allSettledOrThrow([
    buildInTurn(chosen.slice(0, 1), others.promise).finally(() => first.resolve(null)),
    buildInTurn(chosen.slice(1), first.promise).finally(() => others.resolve(null)),
  ]);
  await allSettledOrThrow(
    chosen.flatMap(({ tables }) =>
      tables.map(async (name) => freeze(pool, signal, `search_next.${name}`)),
    ),
  );
  return chosen;
}

/**
 * Marks a table's rows as visible to all, for index-only scans. That fails for rows that an older
 * statement may not see, and some statements of a build run for minutes; nor can a vacuum run in
 * the transaction that creates the table. Skips the indexes, which are new.
 */
async function freeze(pool: Pool, signal: AbortSignal, table: string): Promise<void> {
  await executeAlone(pool, signal, `vacuum (freeze, index_cleanup off) ${table}`);
}

/** Drops what an unfinished build has left. */
async function clearBuilds(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ table: string }>(
    `select format('%I.%I', schemaname, tablename) as table from pg_tables where schemaname = 'search_next'`,
  );
  for (const { table } of rows) await pool.query(`drop table if exists ${table} cascade`);
}

/** The relations by which a set of this version of the program is recognised. */
function relationsOf({ tables, indexes = [] }: DerivedTableSet): string[] {
  return [...tables, ...indexes];
}

async function missingRelations(pool: Pool): Promise<Set<string>> {
  const names = TABLE_SETS.flatMap(relationsOf);
  const { rows } = await pool.query<{ name: string }>(
    `select name from unnest($1::text[]) as name where to_regclass('search.' || name) is null`,
    [names],
  );
  return new Set(rows.map(({ name }) => name));
}

/**
 * Applies the changes that a run has merged and logged, inside its transaction: to the tables in
 * use, and to those just built, which were derived from the tables before the merge.
 */
export async function refreshDerivedTables(
  client: PoolClient,
  runId: string,
  { sets: built, table }: BuiltTables,
  merged: readonly Staged[],
): Promise<void> {
  const changed = new Set<DatasetName>();
  for (const { dataset, inserted, updated, deleted } of merged) {
    if (
      inserted + updated + deleted === 0 ||
      !TABLE_SETS.some(({ datasets }) => datasets.includes(dataset))
    )
      continue;
    const ids = idsOf(dataset);
    await client.query(`create temp table ${ids} (id text collate "C" primary key) on commit drop`);
    await client.query(
      `insert into ${ids}
       select distinct split_part(key, ' ', 1) from ingest.change
       where run_id = $1::uuid and dataset = $2::text`,
      [runId, dataset],
    );
    await client.query(`analyze ${ids}`);
    changed.add(dataset);
  }
  for (const set of TABLE_SETS) {
    const datasets = new Set(set.datasets.filter((dataset) => changed.has(dataset)));
    if (datasets.size === 0) continue;
    const schema = built.includes(set) ? 'search_next' : 'search';
    await set.refresh(client, { schema, table }, { runId, datasets, idsOf });
    await mergePendingEntries(client, schema, set);
  }
}

/**
 * A GIN index collects new entries in a pending list, which every reader scans. Merging them in
 * bulk costs a tenth of inserting them one by one. A vacuum would merge them, but these tables have
 * no autovacuum.
 */
async function mergePendingEntries(
  client: PoolClient,
  schema: SearchSchema,
  { tables }: DerivedTableSet,
): Promise<void> {
  await client.query(
    `select gin_clean_pending_list(i.indexrelid)
     from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am a on a.oid = c.relam
     where a.amname = 'gin' and i.indrelid = any ($1::text[]::regclass[])`,
    [tables.map((name) => `${schema}.${name}`)],
  );
}

function idsOf(dataset: DatasetName): string {
  return `changed_${dataset.replace('.', '_')}`;
}

/**
 * The tables in use that {@link swapDerivedTables} will replace, and that have to be locked before.
 */
export async function replacedTables(client: PoolClient, { sets }: BuiltTables): Promise<string[]> {
  const tables = sets.flatMap((set) => set.tables.map((name) => `search.${name}`));
  const { rows } = await client.query<{ table: string }>(
    'select t as table from unnest($1::text[]) as t where to_regclass(t) is not null',
    [tables],
  );
  return rows.map(({ table }) => table);
}

/** Replaces the tables in use by those built, inside the caller's transaction. */
export async function swapDerivedTables(client: PoolClient, { sets }: BuiltTables): Promise<void> {
  for (const name of sets.flatMap(({ tables }) => tables)) {
    await client.query(`drop table if exists search.${name}`);
    await client.query(`alter table search_next.${name} set schema search`);
  }
}
