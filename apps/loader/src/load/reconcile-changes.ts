import { columnsOf, keyColumnsOf, tableOf } from '@marquee/catalogue';
import type { DatasetName } from '@marquee/datasets';
import type { PoolClient } from 'pg';
import { NotComparable } from './compare/not-comparable.ts';
import type { Reject } from './encode/row-encoder.ts';
import { ENCODE } from './thread/encode-task.ts';
import { fillInThread, type CopyTarget } from './thread/fill-in-thread.ts';
import { connectionOf } from '../database/connection.ts';
import { explainHeader } from './file-fault.ts';
import { sameKey, columnList, nonKeyColumnsOf } from './row-sql.ts';
import { changeTableOf, createForRows, firstRowTableOf, type LoadOptions } from './staging.ts';
import { CHECK_CLIENT, inTransaction } from '../database/transaction.ts';

/** Keys that are looked up in the new file at the most: they are held in memory. */
const MAX_AMBIGUOUS_KEYS = 250_000;

/** A row whose key came before, as a thread hands it over. */
export type RepeatedRow = Omit<Reject, 'raw'> & { readonly raw: Uint8Array };

/** What the staged changes come to. */
export interface ReconciledChanges {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  /** Rows of the new snapshot that give way to an earlier one of their key. */
  readonly repeated: readonly RepeatedRow[];
}

/**
 * Makes one change for each key of what the comparison has told, or none.
 *
 * A row that is deleted and inserted has moved in the file: it is updated, or has not changed at
 * all. Where a key has come more than once, the comparison does not tell which of its rows is the
 * first: that is looked up in the new file, and compared with the published table.
 *
 * @param hasRepeats whether keys stand in the published snapshot more than once
 * @throws NotComparable when too many keys would have to be looked up
 */
export async function reconcileChanges(
  options: LoadOptions,
  hasRepeats: boolean,
): Promise<ReconciledChanges> {
  const { pool, dataset, signal } = options;
  const unclear = await findAmbiguousKeys(options, hasRepeats);
  const repeated = unclear.size === 0 ? [] : await copyFirstRows(options, unclear);
  const table = changeTableOf(dataset);
  return inTransaction(pool, signal, async (client) => {
    const isUnclear = `concat_ws(' ', ${keyColumnsOf(dataset).join(', ')}) = any($1::text[])`;
    if (unclear.size > 0)
      await client.query(`delete from ${table} where ${isUnclear}`, [[...unclear]]);
    await client.query(joinMovedRows(dataset));
    if (unclear.size > 0) {
      await client.query(insertResolved(dataset), [[...unclear]]);
      await client.query(`drop table ${firstRowTableOf(dataset)}`);
    }
    await client.query(
      `alter table ${table} add primary key (${keyColumnsOf(dataset).join(', ')})`,
    );
    await client.query(`analyze ${table}`);
    return { ...(await countKinds(client, table)), repeated };
  });
}

async function countKinds(
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
 * The keys of which more than one row was seen in a file, or can be: one that is inserted although
 * it is published stands in both files, where they do not differ.
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
    throw new NotComparable(
      `keys stand in a snapshot more than once, and more than ${MAX_AMBIGUOUS_KEYS} would have to be looked up`,
    );
  return new Set(rows.map((row) => row.key));
}

/**
 * Reads the new snapshot for the first rows of some keys.
 *
 * @returns the others that these keys have
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
    before: [CHECK_CLIENT, createForRows(table, dataset)],
    copy: `copy ${table} from stdin (format binary, freeze)`,
    after: [`analyze ${table}`],
  };
}

/** Makes one update of a delete and an insert of one key, or nothing where the rows are equal. */
function joinMovedRows(dataset: DatasetName): string {
  const table = changeTableOf(dataset);
  return `
    with moved as (
      delete from ${table} as o using ${table} as n
      where o.kind = 'd' and n.kind = 'i' and ${sameKey('o', 'n', dataset)}
      returning n.ctid as place, ${differ('o', 'n', dataset)} as changed
    ), gone as (
      delete from ${table} as c using moved where c.ctid = moved.place and not changed
    )
    update ${table} as c set kind = 'u' from moved where c.ctid = moved.place and changed`;
}

/**
 * Tells what leads from the published table to the first rows of some keys, which are the
 * parameter.
 */
function insertResolved(dataset: DatasetName): string {
  const first = firstRowTableOf(dataset);
  const published = tableOf(dataset, 'imdb');
  const columns = columnsOf(dataset);
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

/** Whether two rows of one key differ. */
function differ(one: string, other: string, dataset: DatasetName): string {
  const rest = nonKeyColumnsOf(dataset);
  return `(${columnList(one, rest)}) is distinct from (${columnList(other, rest)})`;
}
