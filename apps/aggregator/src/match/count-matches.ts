import type { Pool, PoolClient } from 'pg';

/**
 * Marks the counts as stale, in the transaction that matches records. A process that dies before
 * {@link countMatched} leaves the mark, and the next pass counts.
 */
export async function markCountsStale(client: PoolClient): Promise<void> {
  await client.query(`
    insert into sources.match_count as c (source, deliveries, is_current)
    select id, '{}', false from sources.source
    on conflict (source) do update set is_current = false where c.is_current`);
}

/** Counts the records of all sources by state, if any may have been matched since the last count. */
export async function countMatched(pool: Pool): Promise<void> {
  const { rowCount } = await pool.query(
    'select from sources.match_count where not is_current limit 1',
  );
  if (rowCount !== 0) await pool.query(COUNT);
}

/**
 * One pass over an index of each table: seconds for a million records. All sources are counted, as a
 * match can change the state of a record of another source.
 */
const COUNT = `
  with counted as (
    select r.source, r.delivery, coalesce(m.state, 'waiting') as state, count(*) as records
    from sources.record r
      left join sources.match m on m.source = r.source and m.record_id = r.id
    group by 1, 2, 3
  ),
  by_delivery as (
    select source, delivery::text as delivery, jsonb_object_agg(state, records) as states
    from counted
    group by 1, 2
  ),
  by_source as (
    select s.id as source, coalesce(jsonb_object_agg(d.delivery, d.states) filter (where d.delivery is not null), '{}') as deliveries
    from sources.source s left join by_delivery d on d.source = s.id
    where s.id <> 'imdb'
    group by 1
    union all
    -- of IMDb's titles, those that a record of another source tells of
    select 'imdb', jsonb_build_object('published', jsonb_build_object('matched', count(distinct movie)))
    from sources.match where movie like 'tt%'
  )
  insert into sources.match_count (source, deliveries, is_current)
  select source, deliveries, true from by_source
  on conflict (source) do update
    set deliveries = excluded.deliveries, is_current = excluded.is_current, counted_at = now()`;
