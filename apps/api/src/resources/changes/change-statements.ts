import type { Statement } from '../../database/database.ts';

/** An entry of the feed, as the statements below answer it. */
export interface ChangeRow {
  readonly position: number;
  readonly runId: string;
  readonly publishedAt: Date;
  readonly dataset: string;
  readonly kind: string;
  readonly key: string | null;
  readonly before: Record<string, unknown> | null;
  readonly after: Record<string, unknown> | null;
}

/**
 * Which changes are asked for. The parameters are position, datasets and limit, then kinds for all
 * but `all`, then the id.
 */
export type ChangeSelection = 'all' | 'of-kinds' | 'of-id';

const COLUMNS = 'c.id, c.run_id, c.dataset, c.kind, c.key, c.before, c.after, c.at';

/** Each by the index that serves it. */
const SELECTED = {
  all: `select ${COLUMNS} from ingest.change c where c.id > $1::int8`,
  // as there are few datasets and kinds, a look into the index for each of them costs less than to
  // walk past what is not asked for
  'of-kinds': `select ${COLUMNS} from unnest($2::text[]) as d (dataset) cross join unnest($4::text[]) as k (kind)
    cross join lateral (select * from ingest.change c where c.dataset = d.dataset and c.kind = k.kind and c.id > $1::int8 order by c.id limit $3::int8) as c`,
  // a key is an id, or begins with one and a space, after which ! comes next
  'of-id': `select ${COLUMNS} from ingest.change c
    where c.dataset = any ($2::text[]) and c.kind = any ($4::text[]) and c.key >= $5::text and c.key < $5::text || '!' and c.id > $1::int8`,
} as const satisfies Record<ChangeSelection, string>;

/** The feed from a position on, in the order in which it was published. */
export function changesStatement(selection: ChangeSelection): Statement {
  return { name: `changes ${selection}`, text: entriesOf(SELECTED[selection]) };
}

/**
 * The same for a stream, which walks along the feed without end; a look into the index for each
 * kind would have to sort all of it.
 */
export function changesStream(selection: ChangeSelection): string {
  return entriesOf(
    selection === 'of-kinds'
      ? `select ${COLUMNS} from ingest.change c where c.dataset = any ($2::text[]) and c.kind = any ($4::text[]) and c.id > $1::int8`
      : SELECTED[selection],
  );
}

/** Reloads stand among the changes whatever is selected: they tell that changes are missing. */
function entriesOf(selected: string): string {
  return `
    select c.id as position, c.run_id as "runId", coalesce(p.at, c.at) as "publishedAt", c.dataset, c.kind, c.key, c.before, c.after
    from (
      select * from (${selected} order by c.id limit $3::int8) as c
      union all
      (select id, run_id, dataset, 'reload', null, null, null, at from ingest.publication
       where kind = 'reload' and id > $1::int8 and dataset = any ($2::text[]) order by id limit $3::int8)
    ) as c
    left join ingest.publication p on p.run_id = c.run_id and p.dataset = c.dataset
    order by c.id limit $3::int8`;
}

/**
 * The end of the feed, and the greatest id that was ever given. A publish is there whole, or not at
 * all.
 */
export const FEED_END: Statement = {
  name: 'changes end',
  text: `select (select coalesce(max(id), 0) from ingest.publication) as "end", case when is_called then last_value else 0 end as given from ingest.change_id`,
};

/** The place after what was published until a time. */
export const POSITION_AT_TIME: Statement = {
  name: 'changes at time',
  text: `select coalesce(max(id), 0) as position from ingest.publication where at <= $1::timestamptz`,
};

/**
 * The place after what a run has published; for one that has published nothing, after what was
 * published until its end.
 */
export const POSITION_AT_RUN: Statement = {
  name: 'changes at run',
  text: `
    select coalesce((select max(id) from ingest.publication where run_id = r.id),
      (select max(id) from ingest.publication where at <= coalesce(r.ended_at, r.requested_at)), 0) as position
    from ingest.run r where r.id = $1::uuid`,
};

/**
 * The last run whose changes follow a position and are not kept any more. One before a reload of
 * the same dataset is not missed: who reads on is told to read that anew.
 */
export const MISSING_CHANGES: Statement = {
  name: 'changes missing',
  text: `
    select p.run_id as "runId", p.at as "publishedAt" from ingest.publication p
    where p.kind = 'changes' and p.id > $1::int8 and p.dataset = any ($2::text[]) and p.inserted + p.updated + p.deleted > 0
      and to_regclass('ingest.change_' || replace(p.run_id::text, '-', '')) is null
      and not exists (select from ingest.publication r where r.kind = 'reload' and r.dataset = p.dataset and r.id > p.id)
    order by p.id desc limit 1`,
};
