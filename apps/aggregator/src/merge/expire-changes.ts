import type { Pool } from 'pg';

/** Changes of a statement: a merge that waits for its locks waits no longer than a batch takes. */
const BATCH = 10_000;

/**
 * Removes the changes of movies and the events that are older than so many days, the oldest first,
 * and remembers up to where, so that readers of the feeds notice what they have missed.
 */
export async function expireChanges(pool: Pool, days: number, signal: AbortSignal): Promise<void> {
  for (const statement of [EXPIRE, EXPIRE_EVENTS]) {
    for (let removed = BATCH; removed === BATCH;) {
      signal.throwIfAborted();
      const { rows } = await pool.query<{ removed: number }>(statement, [days, BATCH]);
      removed = rows[0]?.removed ?? 0;
    }
  }
}

const EXPIRE = `
  with gone as (
    delete from movies.change
    where id in (
      select id from movies.change
      where changed_at < now() - make_interval(days => $1::int)
      order by changed_at limit $2::int
    )
    returning id
  ), remembered as (
    insert into movies.progress (changes_gone)
    select max(id) from gone having count(*) > 0
    on conflict (is_only) do update set changes_gone = greatest(movies.progress.changes_gone, excluded.changes_gone)
  )
  select count(*)::int as removed from gone`;

const EXPIRE_EVENTS = `
  with gone as (
    delete from events.event
    where id in (
      select id from events.event
      where at < now() - make_interval(days => $1::int)
      order by at limit $2::int
    )
    returning id
  ), remembered as (
    update events.progress set events_gone = greatest(events_gone, last.id)
    from (select max(id) as id from gone) as last where last.id is not null
  )
  select count(*)::int as removed from gone`;
