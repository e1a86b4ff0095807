import {
  mergePieces,
  type ExtractedRecord,
  type MergedPieces,
  type Piece,
  type PieceContent,
  type SourceDefinition,
} from '@marquee/sources';
import type { ClientBase } from 'pg';

/** Pieces read at once, and records compared at once. */
const BATCH = 2000;

/** A reject of a row that was read, but whose record has another one. */
export type LateReject = MergedPieces['rejects'][number];

/** What came of the pieces, for each file by its number. */
export interface RecordCounts {
  /** Number of records that have a row of the file. */
  readonly records: Map<number, number>;
  /** Number of rows that are equal to another one. */
  readonly equal: Map<number, number>;
}

/**
 * Finds for each row of the other files the record that it belongs to, by their keys. A row without
 * one keeps its own id if it has one; otherwise it becomes a reject.
 *
 * Each statement sorts the pieces once; the planner spills to disk.
 */
export async function joinPieces(client: ClientBase, { files }: SourceDefinition): Promise<void> {
  if (files.length < 2) return;
  await client.query('analyze piece');
  // the planner cannot know how few keys the groups have, and would loop over all of them
  await client.query('set local enable_nestloop = off');
  const many = files.flatMap(({ join }, i) => (join?.many === true ? [i] : []));
  await client.query(
    `with main as (
       select k.file, k.key, min(p.id) as id
       from piece p, unnest(p.keys) with ordinality as k (key, file)
       where p.file = 0 and p.reason is null and k.key is not null
       group by 1, 2
       having count(distinct p.id) = 1
     ),
     other as (
       select file, keys[1] as key
       from piece
       where file > 0 and reason is null and keys[1] is not null
       group by 1, 2
       having file = any($1::int[]) or count(distinct content) = 1
     )
     update piece p
     set id = main.id
     from main join other using (file, key)
     where p.file = main.file and p.keys[1] = main.key and p.file > 0 and p.reason is null`,
    [many],
  );
  const first = files[0]?.name ?? '';
  await client.query(
    `update piece
     set reason = $1::text, content = left(coalesce(content::jsonb ->> 'raw', content), 10000)
     where id is null and reason is null`,
    [`${UNJOINED} ${first}`],
  );
  await client.query('set local enable_nestloop = on');
}

/** How the reason of a row begins that belongs to no record. The first file may come later. */
export const UNJOINED = 'it belongs to no row of';

/**
 * Writes the records that differ from those in the database, removes those that are gone, and marks
 * both as pending.
 *
 * @param deliveries by the numbers of files
 * @returns also how many records were added and changed, by delivery, and removed
 */
export async function writeRecords(
  client: ClientBase,
  definition: SourceDefinition,
  deliveries: ReadonlyMap<number, number>,
  signal: AbortSignal,
): Promise<{
  readonly counts: RecordCounts;
  readonly rejects: readonly LateReject[];
  readonly added: ReadonlyMap<number, number>;
  readonly changed: ReadonlyMap<number, number>;
  readonly removed: number;
}> {
  const counts: RecordCounts = { records: new Map(), equal: new Map() };
  const [added, changed] = [new Map<number, number>(), new Map<number, number>()];
  const rejects: LateReject[] = [];
  await client.query('create temporary table seen (id text collate "C" not null) on commit drop');
  let batch: ExtractedRecord[] = [];
  const write = async () => {
    for (const row of await writeBatch(client, definition.id, deliveries, batch))
      add(row.isNew ? added : changed, row.delivery, row.records);
    batch = [];
  };
  for await (const [id, pieces] of groups(client, signal)) {
    const merged = mergePieces(definition, id, pieces);
    for (const file of merged.record.files) add(counts.records, file);
    for (const file of merged.equal) add(counts.equal, file);
    rejects.push(...merged.rejects);
    if (batch.push(merged.record) === BATCH) await write();
  }
  await write();
  const removed = await removeRecords(client, definition.id);
  return { counts, rejects, added, changed, removed };
}

function add(counts: Map<number, number>, key: number, number = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + number);
}

/** The pieces of each id, in the order of ids: as the primary key of records has them. */
async function* groups(client: ClientBase, signal: AbortSignal): AsyncGenerator<[string, Piece[]]> {
  await client.query(
    `declare pieces no scroll cursor for
     select id, file, line, content from piece where reason is null order by id, file, line`,
  );
  let id: string | null = null;
  let pieces: Piece[] = [];
  for (;;) {
    signal.throwIfAborted();
    const { rows } = await client.query<{
      id: string;
      file: number;
      line: number;
      content: string;
    }>(`fetch ${BATCH} from pieces`);
    for (const row of rows) {
      if (id !== null && row.id !== id) {
        yield [id, pieces];
        pieces = [];
      }
      ({ id } = row);
      pieces.push({ ...row, keys: [], content: JSON.parse(row.content) as PieceContent });
    }
    if (rows.length < BATCH) break;
  }
  if (id !== null) yield [id, pieces];
  await client.query('close pieces');
}

async function writeBatch(
  client: ClientBase,
  source: string,
  deliveries: ReadonlyMap<number, number>,
  records: readonly ExtractedRecord[],
): Promise<{ delivery: number; isNew: boolean; records: number }[]> {
  const delivery = ({ files }: ExtractedRecord) =>
    Math.max(...files.map((file) => deliveries.get(file) ?? 0));
  const { rows } = await client.query<{ delivery: number; isNew: boolean; records: number }>(
    `with next as (
       select *
       from unnest($2::text[], $3::bigint[], $4::int[], $5::bytea[], $6::jsonb[], $7::jsonb[])
         as n (id, delivery, line, hash, record, raw)
     ),
     noted as (insert into seen (id) select id from next),
     -- a lookup for each: of a join, the planner may read the whole table for each batch
     compared as (
       select next.*, (select r.hash from sources.record r where r.source = $1::text and r.id = next.id) as old_hash
       from next
     ),
     different as (
       select *, old_hash is null as is_new from compared where old_hash is distinct from hash
     ),
     written as (
       insert into sources.record (source, id, delivery, line, hash, record, raw)
       select $1::text, id, delivery, line, hash, record, raw from different
       on conflict (source, id) do update
         set delivery = excluded.delivery, line = excluded.line, hash = excluded.hash,
           record = excluded.record, raw = excluded.raw, changed_at = now()
     ),
     pending as (
       insert into sources.pending (source, record_id)
       select $1::text, id from different order by id
       on conflict (source, record_id) do update set since = now()
     )
     select delivery::int, is_new as "isNew", count(*)::int as records
     from different
     group by 1, 2`,
    [
      source,
      records.map(({ id }) => id),
      records.map(delivery),
      records.map(({ line }) => line),
      records.map(({ hash }) => hash),
      records.map(({ record }) => JSON.stringify(record)),
      records.map(({ raw }) => JSON.stringify(raw)),
    ],
  );
  return rows;
}

/**
 * Removes the records that no piece tells of. Their matches go with them; the matcher knows their
 * movies by its keys, and marks them.
 */
async function removeRecords(client: ClientBase, source: string): Promise<number> {
  await client.query('analyze seen');
  const { rowCount } = await client.query(
    `with gone as (
       delete from sources.record r
       where r.source = $1::text and not exists (select from seen where seen.id = r.id)
       returning r.id
     )
     insert into sources.pending (source, record_id)
     select $1::text, id from gone order by id
     on conflict (source, record_id) do update set since = now()`,
    [source],
  );
  return rowCount ?? 0;
}
