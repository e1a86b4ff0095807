import type { PoolClient } from 'pg';

/** How many titles are kept of each publish by votes gained, and by rating in each tier of votes. */
const KEPT = 250;

/** For how long they are kept: the longest time that a chart covers. */
const KEPT_DAYS = 90;

/**
 * Records the titles whose votes or rating a run moved most, inside the publish transaction and
 * after its changes are logged. A day changes hundreds of thousands of ratings, which no request
 * could read; this reads them once, and keeps at most 1,000. Ratings are ranked within tiers of
 * votes (100, 1,000 and 10,000), as most moves are of titles with few.
 */
export async function recordRatingMoves(client: PoolClient, runId: string): Promise<void> {
  await client.query(
    `
    with change as (
      select key as tconst,
        (before->>'average_rating')::numeric as rating_before, (before->>'num_votes')::int4 as votes_before,
        (after->>'average_rating')::numeric as rating_after, (after->>'num_votes')::int4 as votes_after
      from ingest.change
      where run_id = $1::uuid and dataset = 'title.ratings' and kind in ('insert', 'update')
    ),
    ranked as (
      select *,
        row_number() over (order by votes_after - coalesce(votes_before, 0) desc, tconst) as by_votes,
        row_number() over (
          partition by least(length(votes_after::text), 5)
          order by abs(rating_after - rating_before) desc nulls last, votes_after desc, tconst
        ) as by_rating
      from change
      where rating_after is not null and votes_after is not null
    )
    insert into ingest.rating_move (run_id, tconst, rating_before, votes_before, rating_after, votes_after)
    select $1::uuid, tconst, rating_before, votes_before, rating_after, votes_after
    from ranked
    where by_votes <= $2::int4 and votes_after > coalesce(votes_before, 0)
      or by_rating <= $2::int4 and votes_after >= 100 and rating_after <> rating_before`,
    [runId, KEPT],
  );
}

/** Deletes the moves of publishes that no chart covers any more. */
export const DELETE_OLD_MOVES = `
  delete from ingest.rating_move as m using ingest.run as r
  where r.id = m.run_id and r.ended_at < now() - interval '${KEPT_DAYS + 1} days'`;
