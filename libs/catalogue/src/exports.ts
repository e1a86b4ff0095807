import { randomBytes } from 'node:crypto';

/** A request for an export. */
export interface ExportWish {
  readonly formats: readonly string[];
  /** Who asks: the name of a key, an address, or `publish`. */
  readonly requestedBy: string;
  /** Whether to make one even if the newest has the same rows and formats. */
  readonly again: boolean;
}

/**
 * Records a request, unless a waiting export serves it, or the newest one has what is published now.
 * After a write by hand, no export is known to have the same rows: later writes leave no record.
 * Bounded: it reads the few rows of `ingest.data_control` and the newest exports by their key.
 */
const REQUEST = `
  with published as (
    select coalesce(jsonb_object_agg(dataset, run_id) filter (where status = 'published'), '{}') as runs
    from ingest.data_control
  ), merged as (
    select greatest((select max(id) from movies.change), (select max(changes_gone) from movies.progress), 0) as change
  ), newest as (
    select id, formats, manifest from ingest.export where state = 'done' order by id desc limit 1
  ), found as (
    select id from ingest.export where state = 'waiting' and formats @> $2::text[]
    union all
    select n.id
    from newest n, published p, merged m
    where not $4::boolean
      and n.formats @> $2::text[]
      and not exists (select from ingest.hand_write)
      and (n.manifest ->> 'movieChange')::bigint = m.change
      and p.runs = (
        select coalesce(jsonb_object_agg(t ->> 'dataset', t ->> 'run') filter (where t ->> 'run' is not null), '{}')
        from jsonb_array_elements(n.manifest -> 'tables') as t)
    limit 1
  ), made as (
    insert into ingest.export (id, formats, requested_by)
    select $1::text, $2::text[], $3::text
    from published
    where runs <> '{}' and not exists (select from found)
    returning id
  )
  select id, true as "isNew" from made union all select id, false from found`;

/**
 * Records a request for an export. Wake the job `export` afterwards if it is new.
 *
 * @param query runs a statement
 * @returns the export that serves it; null when nothing is published yet
 */
export async function requestExport(
  query: (statement: string, values: unknown[]) => Promise<{ id: string; isNew: boolean }[]>,
  { formats, requestedBy, again }: ExportWish,
): Promise<{ readonly id: string; readonly isNew: boolean } | null> {
  const [found] = await query(REQUEST, [exportId(new Date()), formats, requestedBy, again]);
  return found ?? null;
}

/**
 * A new id. Ids sort by time, as the oldest exports expire first: after the second come three digits
 * for its millisecond, and five at random.
 */
function exportId(now: Date): string {
  const time = now.toISOString().replaceAll(/[-:]|\.\d+/gu, '');
  const millisecond = now.getUTCMilliseconds().toString(16).padStart(3, '0');
  return `${time}-${millisecond}${randomBytes(3).toString('hex').slice(0, 5)}`;
}
