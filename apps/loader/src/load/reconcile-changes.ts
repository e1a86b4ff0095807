import { sqlColumnsOf, keyColumnsOf, tableOf } from '@marquee/catalogue';
import type { DatasetName } from '@marquee/datasets';
import type { PoolClient } from 'pg';
import { connectionOf } from '../database/connection.ts';
import { beginSession, inTransaction } from '../database/transaction.ts';
import { NotComparableError } from './compare/not-comparable.ts';
import type { Reject } from './encode/row-encoder.ts';
import { explainHeader } from './file-fault.ts';
import { sameKey, columnList, nonKeyColumnsOf } from './row-sql.ts';
import { changeTableOf, createForRows, firstRowTableOf, type LoadOptions } from './staging.ts';
import { ENCODE } from './thread/encode-task.ts';
import { fillInThread, type CopyTarget } from './thread/fill-in-thread.ts';

/** The most ambiguous keys that are looked up in the new file: they are held in memory. */
const MAX_AMBIGUOUS_KEYS = 250_000;

/** A row whose key occurred before, as a thread sends it. */
export type RepeatedRow = Omit<Reject, 'raw'> & { readonly raw: Uint8Array };

/** The number of changes by kind, after reconciling. */
interface ReconciledChanges {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  /** Rows of the new snapshot rejected because their key occurred before. */
  readonly repeated: readonly RepeatedRow[];
}

/**
 * Turns the events of a comparison into at most one change per key.
 *
 * A row that was deleted and inserted has moved in the file: it becomes an update, or nothing when
 * the rows are equal. For a key that occurs in a file more than once, the events do not show which
 * row is the first, and the first counts. Such ambiguous keys are looked up in the new file, and
 * their first rows are compared with the published table.
 *
 * @param hasRepeats whether the published snapshot has repeated keys
 * @throws NotComparableError when there are too many ambiguous keys
 */
export async function reconcileChanges(
  options: LoadOptions,
  hasRepeats: boolean,
): Promise<ReconciledChanges> {
  const { pool, dataset, signal } = options;
  const ambiguous = await findAmbiguousKeys(options, hasRepeats);
  const repeated = ambiguous.size === 0 ? [] : await copyFirstRows(options, ambiguous);
  const table = changeTableOf(dataset);
  return inTransaction(pool, signal, async (client) => {
    const isAmbiguous = `concat_ws(' ', ${keyColumnsOf(dataset).join(', ')}) = any($1::text[])`;
    if (ambiguous.size > 0)
      await client.query(`delete from ${table} where ${isAmbiguous}`, [[...ambiguous]]);
    await client.query(joinMovedRows(dataset));
    if (ambiguous.size > 0) {
      await client.query(insertResolved(dataset), [[...ambiguous]]);
      await client.query(`drop table ${firstRowTableOf(dataset)}`);
    }
    await client.query(
      `alter table ${table} add primary key (${keyColumnsOf(dataset).join(', ')})`,
    );
    await client.query(`analyze ${table}`);
    return { ...(await countStagedKinds(client, table)), repeated };
  });
}

async function countStagedKinds(
  client: PoolClient,
  table: string,
): Promise<Omit<ReconciledChanges, 'repeated'>> {
  const { rows } = await client.query<Omit<ReconciledChanges, 'repeated'>>(
    `select count(*) filter (where kind = 'i')::float8 as inserted,
       count(*) filter (where kind = 'u')::float8 as updated,
       count(*) filter (where kind = 'd')::float8 as deleted
     from ${table}`,
  );
  return rows[0] ?? { inserted: 0, updated: 0, deleted: 0 };
}

/**
 * The keys of which a file has, or may have, more than one row. If a published key is only
 * inserted, its other row stands in a part that both files have in common.
 */
async function findAmbiguousKeys(
  { pool, dataset, signal }: LoadOptions,
  hasRepeats: boolean,
): Promise<Set<string>> {
  const key = keyColumnsOf(dataset);
  const isPublished = `exists (select from ${tableOf(dataset, 'imdb')} as t where ${sameKey('t', 'c', dataset)})`;
  const { rows } = await inTransaction(pool, signal, async (client) =>
    client.query<{ key: string }>(
      `select concat_ws(' ', ${key.join(', ')}) as key from ${changeTableOf(dataset)} as c
       group by ${key.join(', ')}
       having count(*) filter (where kind <> 'd') > 1 or count(*) filter (where kind <> 'i') > 1
         or case when bool_or(kind <> 'i') then $1::boolean else ${isPublished} end
       limit $2::int`,
      [hasRepeats, MAX_AMBIGUOUS_KEYS + 1],
    ),
  );
  if (rows.length > MAX_AMBIGUOUS_KEYS)
    throw new NotComparableError(
      `a snapshot has repeated keys, and more than ${MAX_AMBIGUOUS_KEYS} would have to be looked up`,
    );
  return new Set(rows.map((row) => row.key));
}

/**
 * Reads the first rows of some keys from the new snapshot.
 *
 * @returns the further rows of these keys
 */
async function copyFirstRows(
  options: LoadOptions,
  keys: ReadonlySet<string>,
): Promise<RepeatedRow[]> {
  const { storeConfig, dataset, snapshot, signal } = options;
  const repeated: RepeatedRow[] = [];
  try {
    const task = { store: storeConfig, dataset, id: snapshot.id, only: keys };
    for await (const { rejects } of fillInThread(ENCODE, task, firstRowTable(options), signal))
      repeated.push(...rejects);
  } catch (error) {
    throw explainHeader(error);
  }
  return repeated;
}

function firstRowTable({ pool, dataset }: LoadOptions): CopyTarget {
  const table = firstRowTableOf(dataset);
  return {
    connection: connectionOf(pool),
    before: [beginSession(), createForRows(table, dataset)],
    copy: `copy ${table} from stdin (format binary, freeze)`,
    after: [`analyze ${table}`],
  };
}

/**
 * Turns a delete and an insert of one key into an update, or into nothing when the rows are equal.
 */
function joinMovedRows(dataset: DatasetName): string {
  const table = changeTableOf(dataset);
  return `
    with moved as (
      delete from ${table} as o using ${table} as n
      where o.kind = 'd' and n.kind = 'i' and ${sameKey('o', 'n', dataset)}
      returning n.ctid as inserted, ${differ('o', 'n', dataset)} as changed
    ), unchanged as (
      delete from ${table} as c using moved where c.ctid = moved.inserted and not changed
    )
    update ${table} as c set kind = 'u' from moved where c.ctid = moved.inserted and changed`;
}

/**
 * Inserts the changes that lead from the published table to the first rows of the ambiguous keys.
 * The keys are the parameter.
 */
function insertResolved(dataset: DatasetName): string {
  const first = firstRowTableOf(dataset);
  const published = tableOf(dataset, 'imdb');
  const columns = sqlColumnsOf(dataset);
  const [id, ordering] = keyColumnsOf(dataset);
  const isWanted = [
    `t.${id} = split_part(wanted.key, ' ', 1)`,
    ...(ordering === undefined ? [] : [`t.${ordering} = split_part(wanted.key, ' ', 2)::integer`]),
  ].join(' and ');
  return `
    insert into ${changeTableOf(dataset)} (kind, ${columns.join(', ')})
    select case when t.${id} is null then 'i' else 'u' end::"char", ${columnList('f', columns)}
    from ${first} as f left join ${published} as t on ${sameKey('t', 'f', dataset)}
    where t.${id} is null or ${differ('f', 't', dataset)}
    union all
    select 'd', ${columnList('t', columns)}
    from unnest($1::text[]) as wanted (key) join ${published} as t on ${isWanted}
    where not exists (select from ${first} as f where ${sameKey('t', 'f', dataset)})`;
}

/** A condition: whether two rows of one key differ. */
function differ(one: string, other: string, dataset: DatasetName): string {
  const rest = nonKeyColumnsOf(dataset);
  return `(${columnList(one, rest)}) is distinct from (${columnList(other, rest)})`;
}
