import { inTransaction } from '@marquee/catalogue';
import { DeliveryError, filesWithColumns, type SourceDefinition } from '@marquee/sources';
import type { Pool, PoolClient } from 'pg';
import { checkLoss, checkRejects, type Gates } from './gates.ts';
import { createPieces, stagePieces, type Stores } from './stage-pieces.ts';
import { nextTarget, takenOf, type Delivery, type Target } from './target.ts';
import { joinPieces, UNJOINED, writeRecords, type LateReject } from './write-records.ts';

/** What an extraction needs besides the source. */
export interface Extraction {
  readonly pool: Pool;
  readonly stores: Stores;
  readonly gates: Gates;
  readonly signal: AbortSignal;
  /** Called with the number of rows read so far. */
  readonly onRows: (rows: number) => void;
}

/** The namespace of the advisory locks of extractions: one extraction of a source at a time. */
const LOCKS = 8_213_448;

/**
 * Makes the records of a source follow its deliveries and its definition. Each step is one
 * transaction: records, rejects, what is pending, and the mark that the step is done. A step that
 * dies leaves nothing, and is done again.
 *
 * @returns whether records may have changed
 */
export async function extractSource(source: string, extraction: Extraction): Promise<boolean> {
  let hasChanged = false;
  while (await step(source, extraction)) {
    hasChanged = true;
    extraction.signal.throwIfAborted();
  }
  return hasChanged;
}

/** Takes the next target of a source. @returns false when its records follow its deliveries already */
async function step(source: string, extraction: Extraction): Promise<boolean> {
  return inTransaction(
    extraction.pool,
    async (client) => {
      await client.query('select pg_advisory_xact_lock($1::int, hashtext($2::text))', [
        LOCKS,
        source,
      ]);
      const target = await nextTarget(client, source);
      if (target === null) return false;
      await client.query('savepoint start');
      await take(client, source, target, extraction);
      return true;
    },
    // the pictures of a library are stored between two statements
    { idleMs: 0 },
  );
}

/** A delivery that cannot be taken. */
interface Failure {
  readonly delivery: Delivery;
  readonly error: DeliveryError;
}

async function take(
  client: PoolClient,
  source: string,
  target: Target,
  extraction: Extraction,
): Promise<void> {
  const failure =
    (await stage(client, target, extraction)) ?? (await write(client, target, extraction));
  if (failure === null) return;
  const isNew = target.received.some(({ id }) => id === failure.delivery.id);
  if (isNew) await markFailed(client, failure, await describe(client, failure.error));
  else
    // the definition has changed, and does not fit an older file any more
    await client.query('update sources.source set error = $2::jsonb where id = $1::text', [
      source,
      JSON.stringify({ ...(await describe(client, failure.error)), target: takenOf(target) }),
    ]);
}

/** Reads all files. @returns the first that cannot be read */
async function stage(
  client: PoolClient,
  { definition, deliveries }: Target,
  { stores, signal, onRows }: Extraction,
): Promise<Failure | null> {
  await createPieces(client);
  await client.query(
    'create temporary table rows_read (delivery bigint primary key, "rows" integer not null) on commit drop',
  );
  for (const delivery of deliveries) {
    let rows = 0;
    try {
      await stagePieces(client, definition, delivery, stores, {
        signal,
        onRows: (read) => {
          rows = read;
          onRows(read);
        },
      });
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error;
      await client.query('rollback to savepoint start');
      return { delivery, error };
    }
    await client.query('insert into rows_read values ($1::bigint, $2::int)', [delivery.id, rows]);
  }
  return null;
}

/** Writes records, rejects and states. @returns the delivery that a gate stops */
async function write(
  client: PoolClient,
  target: Target,
  { gates, signal }: Extraction,
): Promise<Failure | null> {
  const { definition, deliveries, received } = target;
  await client.query('savepoint staged');
  const byFile = new Map(deliveries.map(({ file, id }) => [fileNumber(definition, file), id]));
  await joinPieces(client, definition);
  const before = await countRecords(client, definition);
  const written = await writeRecords(client, definition, byFile, signal);
  await writeRejects(client, byFile, written.rejects);
  const counts = await countRows(client, deliveries);
  const newest = received.find(({ file }) => file === definition.files[0]?.name) ?? received.at(-1);
  for (const delivery of received) {
    try {
      const count = counts.get(delivery.id);
      if (count !== undefined) checkRejects(delivery, count, gates);
      if (delivery === newest) checkLoss(delivery, { before, removed: written.removed }, gates);
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error;
      await client.query('rollback to savepoint staged');
      // a person wants to see them
      await writeRejects(client, new Map([...byFile].filter(([, id]) => id === delivery.id)), []);
      return { delivery, error };
    }
  }
  for (const { id, file } of received) {
    const number = fileNumber(definition, file);
    const { rows = null, allRejects = null } = counts.get(id) ?? {};
    const isCurrent = byFile.get(number) === id;
    await markTaken(client, id, {
      rows,
      rejects: allRejects,
      records: isCurrent ? (written.counts.records.get(number) ?? 0) : null,
      equal: isCurrent ? (written.counts.equal.get(number) ?? 0) : null,
      added: written.added.get(id) ?? 0,
      changed: written.changed.get(id) ?? 0,
      removed: id === newest?.id ? written.removed : 0,
    });
  }
  await client.query(
    'update sources.source set taken = $2::jsonb, error = null where id = $1::text',
    [definition.id, JSON.stringify(takenOf(target))],
  );
  return null;
}

function fileNumber({ files }: SourceDefinition, file: string): number {
  return files.findIndex(({ name }) => name === file);
}

/** Counts of a delivery; null keeps those that it has: it was taken before, and is not read again. */
interface DeliveryCounts {
  readonly rows: number | null;
  readonly rejects: number | null;
  readonly records: number | null;
  readonly equal: number | null;
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

/** One that was taken back while it was read stays so: the next step makes the records without it. */
async function markTaken(client: PoolClient, id: number, counts: DeliveryCounts): Promise<void> {
  const { rows, rejects, records, equal, added, changed, removed } = counts;
  await client.query(
    `update sources.delivery
     set state = 'taken', taken_at = now(), error = null, "rows" = coalesce($2::int, "rows"),
       rejects = coalesce($3::int, rejects), records = coalesce($4::int, records),
       equal_rows = coalesce($5::int, equal_rows), added = $6::int, changed = $7::int, removed = $8::int
     where id = $1::bigint and state = 'received'`,
    [id, rows, rejects, records, equal, added, changed, removed],
  );
}

async function countRecords(client: PoolClient, { id }: SourceDefinition): Promise<number> {
  const { rows } = await client.query<{ records: number }>(
    'select count(*)::int as records from sources.record where source = $1::text',
    [id],
  );
  return rows[0]?.records ?? 0;
}

/** Replaces the rejects of deliveries. @param byFile deliveries by the numbers of their files */
async function writeRejects(
  client: PoolClient,
  byFile: ReadonlyMap<number, number>,
  late: readonly LateReject[],
): Promise<void> {
  const ids = [...byFile.values()];
  await client.query('delete from sources.reject where delivery = any($1::bigint[])', [ids]);
  await client.query(
    `insert into sources.reject (delivery, line, raw, reason)
     select d.id, p.line, p.content, p.reason
     from piece p join unnest($1::int[], $2::bigint[]) as d (file, id) using (file)
     where p.reason is not null
     union all
     select d.id, l.line, l.raw, l.reason
     from unnest($3::int[], $4::int[], $5::text[], $6::text[]) as l (file, line, raw, reason)
       join unnest($1::int[], $2::bigint[]) as d (file, id) using (file)
     on conflict (delivery, line) do nothing`,
    [
      [...byFile.keys()],
      ids,
      late.map(({ file }) => file),
      late.map(({ line }) => line),
      late.map(({ raw }) => raw),
      late.map(({ reason }) => reason),
    ],
  );
}

/** The rows and rejects of each delivery; `rejects` without those that other files may mend. */
async function countRows(
  client: PoolClient,
  deliveries: readonly Delivery[],
): Promise<Map<number, { rows: number; rejects: number; allRejects: number }>> {
  const { rows } = await client.query<{
    id: number;
    rows: number;
    rejects: number;
    allRejects: number;
  }>(
    `select d.delivery::int as id, d."rows",
       (count(r.line) filter (where not starts_with(r.reason, $2::text)))::int as rejects,
       count(r.line)::int as "allRejects"
     from rows_read d left join sources.reject r using (delivery)
     where d.delivery = any($1::bigint[])
     group by 1, 2`,
    [deliveries.map(({ id }) => id), UNJOINED],
  );
  return new Map(rows.map(({ id, ...counts }) => [id, counts]));
}

async function markFailed(client: PoolClient, { delivery }: Failure, error: object): Promise<void> {
  await client.query(
    `update sources.delivery
     set state = 'failed', error = $2::jsonb,
       rejects = (select count(*) from sources.reject where delivery = $1::bigint)
     where id = $1::bigint and state = 'received'`,
    [delivery.id, JSON.stringify(error)],
  );
}

/** An error for people. Of a wrong header, it says which files have such columns. */
async function describe(
  client: PoolClient,
  { code, message, hint, columns }: DeliveryError,
): Promise<object> {
  if (columns.length === 0) return { code, message, hint };
  const { rows } = await client.query<{ definition: SourceDefinition }>(
    'select definition from sources.source order by id',
  );
  const files = filesWithColumns(
    rows.map(({ definition }) => definition),
    columns,
  );
  return files.length === 0
    ? { code, message, hint }
    : { code, message: `${message} These columns are those of ${files.join(', ')}.`, hint };
}
