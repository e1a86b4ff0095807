import { storedKeys } from '@marquee/matching';
import type { ClientBase, Pool } from 'pg';
import { columnsOf, readRecords, refKey, type MatchedRecord, type RecordRef } from './records.ts';

/** A key of a record. */
export interface RecordKey extends RecordRef {
  readonly key: string;
}

/**
 * Stores the keys of all pending records, so that these find each other. Idempotent. Beside those of
 * what it tells, a record has keys of its last result:
 *
 * | key | the record |
 * |---|---|
 * | `own:` | founds this movie |
 * | `movie:` | was put into this movie |
 * | `group:` | was matched together with the others of this group; one that is alone has none |
 * | `near:` | was compared with this title of IMDb, gives its id, or was decided to be of this movie |
 */
export async function storePendingKeys(
  pool: Pool,
  signal: AbortSignal,
  chunk: number,
): Promise<void> {
  let last: RecordRef | undefined = { source: '', id: '' };
  while (last !== undefined) {
    signal.throwIfAborted();
    const { rows }: { rows: RecordRef[] } = await pool.query<RecordRef>(
      'select source, record_id as id from sources.pending where (source, record_id) > ($1::text, $2::text) order by source, record_id limit $3::int',
      [last.source, last.id, chunk],
    );
    if (rows.length > 0) await storeKeysOf(pool, rows);
    last = rows.at(-1);
  }
}

async function storeKeysOf(pool: Pool, refs: readonly RecordRef[]): Promise<void> {
  const client = await pool.connect();
  try {
    await storeTextKeys(client, refs, await readRecords(client, refs));
  } finally {
    client.release();
  }
}

/**
 * Stores the keys of what records tell; those of their last results stay.
 *
 * @param records those of the refs that exist
 * @returns all keys that the refs had before
 */
export async function storeTextKeys(
  client: ClientBase,
  refs: readonly RecordRef[],
  records: readonly MatchedRecord[],
): Promise<RecordKey[]> {
  const keys = new Map(
    records.map((record) => [
      refKey(record),
      [...storedKeys(record.description), `own:${record.ownMovie}`],
    ]),
  );
  const keysOf = (ref: RecordRef) => keys.get(refKey(ref)) ?? [];
  return replaceKeys(client, refs, keysOf, ['group:', 'near:', 'movie:']);
}

/**
 * Gives records other keys, and writes only those that differ.
 *
 * @param kept beginnings of keys that stay as they are
 * @returns the keys that the records had before
 */
export async function replaceKeys(
  client: ClientBase,
  refs: readonly RecordRef[],
  keysOf: (ref: RecordRef) => readonly string[],
  kept: readonly string[],
): Promise<RecordKey[]> {
  const rowKey = (row: RecordKey) => `${row.key}\n${refKey(row)}`;
  const wanted = refs.flatMap((ref) => keysOf(ref).map((key) => ({ ...ref, key })));
  const wantedRows = new Set(wanted.map(rowKey));
  const present = await readKeys(client, refs);
  const presentRows = new Set(present.map(rowKey));
  const surplus = present.filter(
    (row) => !wantedRows.has(rowKey(row)) && !kept.some((kind) => row.key.startsWith(kind)),
  );
  const missing = wanted.filter((row) => !presentRows.has(rowKey(row)));
  if (surplus.length > 0)
    await client.query(
      `delete from sources.record_key k
       using unnest($1::text[], $2::text[], $3::text[]) as surplus (source, id, key)
       where k.key = surplus.key and k.source = surplus.source and k.record_id = surplus.id`,
      [...columnsOf(surplus), surplus.map(({ key }) => key)],
    );
  if (missing.length > 0)
    await client.query(
      `insert into sources.record_key (key, source, record_id)
       select key, source, id from unnest($1::text[], $2::text[], $3::text[]) as missing (source, id, key)
       order by key collate "C", source collate "C", id collate "C"
       on conflict do nothing`,
      [...columnsOf(missing), missing.map(({ key }) => key)],
    );
  return present;
}

/** The records that have one of the keys, with the key, at most 1000 for each. */
export async function findByKeys(
  client: ClientBase,
  keys: readonly string[],
): Promise<RecordKey[]> {
  if (keys.length === 0) return [];
  const { rows } = await client.query<RecordKey>(
    `select wanted.key, found.source, found.record_id as id
     from unnest($1::text[]) as wanted (key)
       cross join lateral (
         select k.source, k.record_id from sources.record_key k where k.key = wanted.key
         order by k.source, k.record_id limit 1000
       ) as found`,
    [[...new Set(keys)]],
  );
  return rows;
}

/** All keys of records. */
async function readKeys(client: ClientBase, refs: readonly RecordRef[]): Promise<RecordKey[]> {
  const { rows } = await client.query<RecordKey>(
    `select k.source, k.record_id as id, k.key
     from unnest($1::text[], $2::text[]) as wanted (source, id)
       join sources.record_key k on k.source = wanted.source and k.record_id = wanted.id`,
    columnsOf(refs),
  );
  return rows;
}
