import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { UNMERGED } from '../../unmerged.ts';
import { waitUntil } from '../machine.ts';
import { SOURCE_IDS, type Inputs } from './source-plan.ts';

/** What follows from the inputs, without times, versions and the ids of deliveries. */
const FOLLOWS = {
  records: `select source, id, encode(hash, 'hex') as hash from sources.record order by source, id`,
  rejects: `
    select d.source, r.line, r.raw, r.reason
    from sources.source s, jsonb_each_text(s.taken -> 'deliveries') t
      join sources.delivery d on d.id = t.value::bigint
      join sources.reject r on r.delivery = d.id
    order by d.source, d.file, r.line`,
  matches: `
    select source, record_id, movie, state, method, score, parts, reason, candidates
    from sources.match order by source, record_id`,
  counts: `
    select c.source, s.state, sum(s.records::int) as records
    from sources.match_count c, jsonb_each(c.deliveries) d, jsonb_each_text(d.value) s (state, records)
    group by 1, 2 order by 1, 2`,
  keys: `select key, source, record_id from sources.record_key order by key, source, record_id`,
  movies: `select id, document - 'version' - 'updatedAt' as document, provenance from movies.movie order by id`,
  profits: `select * from movies.profit order by dimension, member, year`,
  companies: `select id, name from movies.company order by id`,
} as const;

/** Rows of each table that follows from the inputs, as texts. */
export type ToldState = Readonly<Record<keyof typeof FOLLOWS, readonly string[]>>;

/** Reads what follows from the inputs. */
export async function readToldState(pool: Pool): Promise<ToldState> {
  const tables = Object.entries(FOLLOWS).map(async ([name, statement]) => {
    const { rows } = await pool.query<Record<string, unknown>>(statement);
    return [name, rows.map((row) => JSON.stringify(row, withoutDelivery))];
  });
  return Object.fromEntries(await Promise.all(tables)) as ToldState;
}

/** Provenance names the delivery of each value and its time: other ones have the same content. */
function withoutDelivery(key: string, value: unknown): unknown {
  return key === 'delivery' || key === 'at' ? undefined : value;
}

/** How often it is looked whether work has ended, in ms. */
const LOOK_MS = 100;
/** How much of a row is shown, from shortly before where it differs. */
const SHOWN = 300;

/** The first rows that differ, by table; empty if there are none. */
export function differences(found: ToldState, expected: ToldState): string[] {
  return Object.entries(expected).flatMap(([table, rows]) => {
    const there = found[table as keyof ToldState];
    const [missing, added] = [without(rows, there), without(there, rows)];
    if (missing.length + added.length === 0) return [];
    const [wanted = '', got = ''] = [missing[0], added[0]];
    const same = Array.from({ length: wanted.length }).findIndex((_, i) => wanted[i] !== got[i]);
    const shown = (row: string) =>
      row.slice(0, 60) + ' … ' + row.slice(Math.max(0, same - 60), same + SHOWN);
    return [
      `${table}: ${missing.length} missing, such as ${shown(wanted)}; ${added.length} too many, such as ${shown(got)}`,
    ];
  });
}

function without(rows: readonly string[], others: readonly string[]): string[] {
  const there = new Set(others);
  return rows.filter((row) => !there.has(row));
}

/**
 * Movies whose log of changes does not follow on, or does not end with what is stored.
 *
 * @param after the id of a change: those before it were looked at
 */
export async function brokenChanges(pool: Pool, after: string): Promise<string[]> {
  const { rows } = await pool.query<{ broken: string }>(
    `with recent as (select movie, version, before, after from movies.change where id > $1::bigint)
     select format('version %s of %s follows no change', version, movie) as broken
     from recent as c
     where version > 1 and not exists (
       select from movies.change p
       where p.movie = c.movie and p.version = c.version - 1 and p.after is not distinct from c.before
     )
     union all
     select format('%s differs from its last change', last.movie)
     from (select distinct on (movie) movie, after from recent order by movie, version desc) as last
       left join movies.movie m on m.id = last.movie
     where m.document is distinct from last.after`,
    [after],
  );
  return rows.map(({ broken }) => broken);
}

/** The id of the newest change of a movie. */
export async function lastChange(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ id: string }>(
    'select coalesce(max(id), 0) as id from movies.change',
  );
  return rows[0]?.id ?? '0';
}

/** What must have been read before anything can follow from it. */
const UNREAD = `
  select 'deliveries of ' || s.id as what from sources.source s, jsonb_each_text(s.taken -> 'deliveries') t
  where t.value::bigint <> (select max(id) from sources.delivery d where d.source = s.id and d.file = t.key and d.state <> 'withdrawn')
  union all
  select 'a publish'
  from (select run_id from ingest.publication order by id desc limit 1) as last
  where not exists (select from movies.progress as p where p.run_id = last.run_id)
  union all
  select 'a rule' where not exists (
    select from movies.progress
    where rules #> '{rules,genres}' = coalesce((select rule from movies.rule where field = 'genres'), '{"kind": "union"}')
  )
  limit 1`;

/** Whether everything follows from the inputs. The first statement comes first: work goes one way. */
export async function isSettled(pool: Pool): Promise<boolean> {
  for (const { text, values } of [
    { text: UNREAD, values: [] },
    { text: UNMERGED, values: [SOURCE_IDS.length] },
    { text: 'select from sources.match_count where not is_current', values: [] },
  ]) {
    const { rowCount } = await pool.query(text, values);
    if (rowCount !== 0) return false;
  }
  return true;
}

/**
 * Waits until everything follows from the inputs.
 *
 * @throws Error on timeout, and if a delivery has failed
 */
export async function settled(pool: Pool): Promise<void> {
  await waitUntil('all inputs are read, matched and merged', async () => {
    await sleep(LOOK_MS);
    return isSettled(pool);
  });
  const { rows } = await pool.query<{ error: unknown }>(
    `select error from sources.delivery where state = 'failed'`,
  );
  if (rows.length > 0) throw new Error(`A delivery failed: ${JSON.stringify(rows[0]?.error)}`);
}

/** The inputs as a key of learned states. */
export function keyOf({ files, day, rule }: Inputs): string {
  return JSON.stringify([...SOURCE_IDS.map((id) => files[id]), day, rule]);
}
