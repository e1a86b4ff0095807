import { changePartitionSql } from '@marquee/catalogue';
import type { Statement } from '../../database/database.ts';

/** An entry of the feed, as the statements below select it. */
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
 * Which changes are selected. The parameters are position, datasets and limit; then the kinds, except
 * for `all`; then, for `of-id`, the id.
 */
export type ChangeSelection = 'all' | 'of-kinds' | 'of-id';

const COLUMNS = 'c.id, c.run_id, c.dataset, c.kind, c.key, c.before, c.after, c.at';

/** Each selection uses an index of its own. */
const SELECTED = {
  all: `select ${COLUMNS} from ingest.change c where c.id > $1::int8`,
  // datasets and kinds are few: an index scan for each pair costs less than one scan with a filter
  'of-kinds': `select ${COLUMNS} from unnest($2::text[]) as d (dataset) cross join unnest($4::text[]) as k (kind)
    cross join lateral (select * from ingest.change c where c.dataset = d.dataset and c.kind = k.kind and c.id > $1::int8 order by c.id limit $3::int8) as c`,
  // a key is an id, or an id and a space and more; ! is the character after the space
  'of-id': `select ${COLUMNS} from ingest.change c
    where c.dataset = any ($2::text[]) and c.kind = any ($4::text[]) and c.key >= $5::text and c.key < $5::text || '!' and c.id > $1::int8`,
} as const satisfies Record<ChangeSelection, string>;

/** The feed from a position on, in the order of publishing. */
export function changesStatement(selection: ChangeSelection): Statement {
  return { name: `changes ${selection}`, text: entriesOf(SELECTED[selection]) };
}

/**
 * The same for a stream, which has no limit: it scans the feed in order. An index scan for each kind
 * would have to sort all of it.
 */
export function changesStream(selection: ChangeSelection): string {
  return entriesOf(
    selection === 'of-kinds'
      ? `select ${COLUMNS} from ingest.change c where c.dataset = any ($2::text[]) and c.kind = any ($4::text[]) and c.id > $1::int8`
      : SELECTED[selection],
  );
}

/** Reloads are among the entries of every selection: they tell that changes are missing. */
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

/** The end of the feed, and the greatest id ever given. A publish is visible whole or not at all. */
export const FEED_END: Statement = {
  name: 'changes end',
  text: `select (select coalesce(max(id), 0) from ingest.publication) as "end", case when is_called then last_value else 0 end as given from ingest.change_id`,
};

/** The position after what was published until a time. */
export const POSITION_AT_TIME: Statement = {
  name: 'changes at time',
  text: `select coalesce(max(id), 0) as position from ingest.publication where at <= $1::timestamptz`,
};

/**
 * The position after what a run has published; for a run that published nothing, after what was
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
 * The last run after a position whose changes are no longer kept. A run before a reload of the same
 * dataset does not count: the reload tells readers to read the whole dataset again.
 */
export const MISSING_CHANGES: Statement = {
  name: 'changes missing',
  text: `
    select p.run_id as "runId", p.at as "publishedAt" from ingest.publication p
    where p.kind = 'changes' and p.id > $1::int8 and p.dataset = any ($2::text[]) and p.inserted + p.updated + p.deleted > 0
      and to_regclass(${changePartitionSql('p.run_id')}) is null
      and not exists (select from ingest.publication r where r.kind = 'reload' and r.dataset = p.dataset and r.id > p.id)
    order by p.id desc limit 1`,
};
