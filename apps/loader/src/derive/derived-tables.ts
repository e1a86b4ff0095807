import { tableOf } from '@marquee/catalogue';
import type { DatasetName } from '@marquee/datasets';
import type { Pool, PoolClient } from 'pg';
import { readStaged, type Staged } from '../load/staging.ts';
import {
  endWhenIdle,
  executeAlone,
  inTransaction,
  withKeepAlive,
} from '../database/transaction.ts';
import { lockTables } from '../database/table-locks.ts';
import { warmUp } from '../database/warm-up.ts';
import { TRANSACTION_LIMITS, type TransactionLimits } from '../timings.ts';
import { allSettledOrThrow } from '../all-settled-or-throw.ts';
import { NAME_TABLES, TITLE_TABLES } from './title-tables.ts';
import type { BuildTarget, SearchSchema, DerivedTableSet } from './derived-table-set.ts';
import { SEARCH_TERMS } from './search-terms.ts';

/** Each is made of the datasets alone. The one that takes longest comes first. */
const TABLE_SETS: readonly DerivedTableSet[] = [TITLE_TABLES, NAME_TABLES, SEARCH_TERMS];

/** Any number that only we lock. */
const BUILD_LOCK = 8_213_447_002;

/** What was built for a publish to put in place. */
export interface BuiltTables {
  readonly built: readonly DerivedTableSet[];
  readonly table: BuildTarget['table'];
}

export interface BuildOptions {
  readonly pool: Pool;
  readonly signal: AbortSignal;
  readonly onPhase: (phase: string) => void;
}

/**
 * Does work that builds structures and puts them in place, or waits until no other does: what is
 * built lies in `search_next` until then, and must not be cleared away; nor may it be made of
 * tables into which another publishes changes meanwhile.
 *
 * @param work is given a signal that is also aborted when this can be promised no longer
 */
export async function withBuildLock<T>(
  pool: Pool,
  { publishIdleMs }: TransactionLimits,
  signal: AbortSignal,
  work: (held: AbortSignal) => Promise<T>,
): Promise<T> {
  await pool.query('create schema if not exists search; create schema if not exists search_next');
  // the transaction does nothing but hold the lock
  return inTransaction(pool, signal, async (client, held) => {
    await endWhenIdle(client, publishIdleMs);
    // as text: a statement with parameters would keep its snapshot as long as the transaction, and
    // no row of a build could be frozen
    await client.query(`select pg_advisory_xact_lock(${BUILD_LOCK})`);
    try {
      return await withKeepAlive(client, publishIdleMs, work(held));
    } catch (error) {
      // rather than what that has made of the work
      held.throwIfAborted();
      throw error;
    }
  });
}

/**
 * Builds anew, in `search_next`, every structure that is made of a dataset which the run has loaded
 * in full, or that is not there. Comes before the transaction that publishes, and under the same
 * {@link withBuildLock}: it takes long, and reads what is staged and what is published.
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
    built: await build(options, table, ({ datasets }) =>
      datasets.some((dataset) => whole.has(dataset)),
    ),
    table,
  };
}

/**
 * Builds the structures that are not there from what is published, and reads them into memory: on a
 * new database, and after an update of the program.
 *
 * @param waitSeconds how long to wait for readers of those that are replaced
 * @throws RunFault when they do not let go of them in time
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
    const structures = { built: await build(options, table, () => false), table };
    if (structures.built.length === 0) return false;
    await inTransaction(pool, held, async (client) => {
      await endWhenIdle(client, limits.publishIdleMs);
      const replaced = await replacedTables(client, structures);
      if (replaced.length > 0)
        await lockTables(client, replaced, 'access exclusive', {
          ...options,
          ...limits,
          waitSeconds,
          giveUpAt: Date.now() + waitSeconds * 1000,
        });
      await swapDerivedTables(client, structures);
    });
    return true;
  });
  if (isReplaced) await warmUp(pool, signal);
}

async function build(
  { pool, signal, onPhase }: BuildOptions,
  table: BuildTarget['table'],
  isStale: (structure: DerivedTableSet) => boolean,
): Promise<DerivedTableSet[]> {
  await clearBuilds(pool);
  const missing = await missingRelations(pool);
  const chosen = TABLE_SETS.filter(
    (structure) => isStale(structure) || relationsOf(structure).some((name) => missing.has(name)),
  );
  if (chosen.length > 0) onPhase(`building ${chosen.map(({ name }) => name).join(', ')}`);
  const buildInTurn = async (structures: readonly DerivedTableSet[], alone: Promise<unknown>) => {
    for (const structure of structures)
      await structure.build({ pool, signal, schema: 'search_next', table, alone });
  };
  // the first takes longest, and most of that by one process: the others, one after another, leave
  // it a core
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
 * Marks a table's rows as visible to all, for whom looks into its indexes alone. It cannot while an
 * older statement is going on, as some of a build do for minutes; and no transaction can hold a
 * vacuum. Its indexes, which are new, are not gone through.
 */
async function freeze(pool: Pool, signal: AbortSignal, table: string): Promise<void> {
  await executeAlone(pool, signal, `vacuum (freeze, index_cleanup off) ${table}`);
}

/** What a build that was broken off has left. */
async function clearBuilds(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ table: string }>(
    `select format('%I.%I', schemaname, tablename) as table from pg_tables where schemaname = 'search_next'`,
  );
  for (const { table } of rows) await pool.query(`drop table if exists ${table} cascade`);
}

/** What has to be there for a structure to be as this version of the program makes it. */
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
 * Applies the changes that a run has merged and logged, inside its transaction: to the structures
 * in use, and to those just built, which were made from the tables as they were before.
 */
export async function refreshDerivedTables(
  client: PoolClient,
  runId: string,
  { built, table }: BuiltTables,
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
      `insert into ${ids} select distinct split_part(key, ' ', 1) from ingest.change where run_id = $1::uuid and dataset = $2::text`,
      [runId, dataset],
    );
    await client.query(`analyze ${ids}`);
    changed.add(dataset);
  }
  for (const structure of TABLE_SETS) {
    const datasets = new Set(structure.datasets.filter((dataset) => changed.has(dataset)));
    if (datasets.size === 0) continue;
    const schema = built.includes(structure) ? 'search_next' : 'search';
    await structure.refresh(client, { schema, table }, { runId, datasets, idsOf });
    await mergePendingEntries(client, schema, structure);
  }
}

/**
 * New rows wait in a list of each GIN index, which every reader goes through. Sorted in together
 * they cost a tenth of what they would one by one; later would be a vacuum's business, and these
 * tables have none of their own.
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

/** The tables in use that {@link swapDerivedTables} will replace: to be locked before. */
export async function replacedTables(
  client: PoolClient,
  { built }: BuiltTables,
): Promise<string[]> {
  const tables = built.flatMap((structure) => structure.tables.map((name) => `search.${name}`));
  const { rows } = await client.query<{ table: string }>(
    'select t as table from unnest($1::text[]) as t where to_regclass(t) is not null',
    [tables],
  );
  return rows.map(({ table }) => table);
}

/** Puts what was built in the place of what is in use, inside the caller's transaction. */
export async function swapDerivedTables(client: PoolClient, { built }: BuiltTables): Promise<void> {
  for (const name of built.flatMap(({ tables }) => tables)) {
    await client.query(`drop table if exists search.${name}`);
    await client.query(`alter table search_next.${name} set schema search`);
  }
}
