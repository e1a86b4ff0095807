import type { Pool } from 'pg';
import { UNMERGED } from '../../unmerged.ts';
import { waitUntil } from '../machine.ts';

/** What follows from deliveries, without times, versions and the ids of deliveries. */
const FOLLOWS = {
  records: `select source, id, encode(hash, 'hex') as hash from sources.record order by source, id`,
  matches: `select source, record_id, movie, state, method, score, reason from sources.match order by source, record_id`,
  movies: `select id, document - 'version' - 'updatedAt' as document from movies.movie order by id`,
  profits: `select * from movies.profit order by dimension, member, year`,
  companies: `select id, name from movies.company order by id`,
} as const;

/** Rows of each table that follows from the deliveries, as texts. */
export type ToldState = Readonly<Record<keyof typeof FOLLOWS, readonly string[]>>;

/** Reads what follows from the deliveries. */
export async function readToldState(pool: Pool): Promise<ToldState> {
  const tables = Object.entries(FOLLOWS).map(async ([name, statement]) => {
    const { rows } = await pool.query<Record<string, unknown>>(statement);
    return [name, rows.map((row) => JSON.stringify(row))];
  });
  return Object.fromEntries(await Promise.all(tables)) as ToldState;
}

/** The first rows that differ, by table; empty if there are none. */
export function differences(found: ToldState, expected: ToldState): string[] {
  return Object.entries(expected).flatMap(([table, rows]) => {
    const there = found[table as keyof ToldState];
    const [missing, added] = [without(rows, there), without(there, rows)];
    return missing.length + added.length === 0
      ? []
      : [
          `${table}: ${missing.length} missing, such as ${missing[0] ?? '-'}; ${added.length} too many, such as ${added[0] ?? '-'}`,
        ];
  });
}

function without(rows: readonly string[], others: readonly string[]): string[] {
  const there = new Set(others);
  return rows.filter((row) => !there.has(row));
}

/** The content that counts of each source: the newest delivery that nobody has taken back. */
export async function targetOf(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ target: string }>(
    `select coalesce(string_agg(source || ' ' || encode(sha256, 'hex'), ', ' order by source), '') as target
     from (select distinct on (source) source, sha256 from sources.delivery where state <> 'withdrawn' order by source, id desc) newest`,
  );
  return rows[0]?.target ?? '';
}

/**
 * Waits until everything follows from the deliveries.
 *
 * @param sources how many sources must have been read
 * @throws Error on timeout, and if a delivery has failed
 */
export async function settled(pool: Pool, sources: number): Promise<void> {
  await waitUntil('all deliveries are read, matched and merged', async () => {
    const { rowCount } = await pool.query(UNMERGED, [sources]);
    return rowCount === 0 && (await isCurrent(pool));
  });
  const { rows } = await pool.query<{ error: unknown }>(
    `select error from sources.delivery where state = 'failed'`,
  );
  if (rows.length > 0) throw new Error(`A delivery failed: ${JSON.stringify(rows[0]?.error)}`);
}

/** Whether the records of no source are made from a delivery that somebody has taken back. */
async function isCurrent(pool: Pool): Promise<boolean> {
  const { rowCount } = await pool.query(
    `select from sources.source s, jsonb_each_text(s.taken -> 'deliveries') t
     where t.value::bigint <> (select max(id) from sources.delivery d where d.source = s.id and d.file = t.key and d.state <> 'withdrawn')`,
  );
  return rowCount === 0;
}
