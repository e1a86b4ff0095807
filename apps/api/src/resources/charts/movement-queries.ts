import { changePartitionSql } from '@marquee/catalogue';
import type { MoversQuery, NewTitlesQuery } from '@marquee/contract';
import { WEIGHTED_TITLE } from '../../database/columns.ts';
import type { Database } from '../../database/database.ts';

/** The titles of a chart in its order, and the time that it covers. */
interface MovementChart {
  readonly since: string | null;
  /** With all fields but the rank. */
  readonly titles: readonly object[];
}

/** The start of the time that a chart covers: a position in the change log, and its time. */
interface ChartStart {
  readonly position: number;
  readonly at: Date | null;
}

const NOT_KEPT = `kind = 'changes' and to_regclass(${changePartitionSql('run_id')}) is null`;

/** @param isLater condition on publications at which a chart cannot start before */
const startStatement = (isLater: string) => `
  with publication as materialized (
    select id, run_id, kind, at from ingest.publication where dataset = $1::text
  ),
  known as (select min(at) as first, max(at) - make_interval(days => $2::int4) as wanted from publication)
  select coalesce(max(p.id), 0) as position, greatest(known.first, known.wanted, max(p.at)) as at
  from known left join publication as p on p.at <= known.wanted or ${isLater}
  group by known.first, known.wanted`;

/**
 * The start of a chart: a number of days before the last publish of a dataset. Counted from there,
 * the answer stays the same until the next publish.
 */
async function readStart(
  database: Database,
  name: string,
  text: string,
  values: readonly [dataset: string, days: number],
): Promise<ChartStart> {
  const [start] = await database.read<ChartStart>({ name, text }, values);
  return start ?? { position: 0, at: null };
}

/** How many added titles are ranked: those added last. */
const MAX_ADDED = 50_000;

const NEW_TITLES = `
  with added as materialized (
    select c.id, c.key as tconst, c.run_id from ingest.change as c
    -- bounds, not equality: with it the planner may scan the index on id alone, through all ratings
    where (c.dataset, c.kind) <= ('title.basics', 'insert') and (c.dataset, c.kind, c.id) > ('title.basics', 'insert', $1::int8)
      and (c.after->>'title_type' = any ($2::text[]) or $2::text[] is null and c.after->>'title_type' is distinct from 'tvEpisode')
    order by c.dataset desc, c.kind desc, c.id desc limit ${MAX_ADDED}
  ),
  page as (
    select a.tconst, a.run_id, t.votes
    from (select distinct on (tconst) * from added order by tconst, id) as a join search.title as t on t.tconst = a.tconst
    where t.votes >= $3::int4
    order by t.votes desc, t.tconst desc limit $4::int8
  )
  select page.tconst, p.at as "addedAt", ${WEIGHTED_TITLE.columns}
  from page join ingest.publication as p on p.run_id = page.run_id and p.dataset = 'title.basics'
    ${WEIGHTED_TITLE.joins('page.tconst')}
  order by page.votes desc, page.tconst desc`;

/**
 * The titles that refreshes have added, those with the most votes first. Of a long time or a large
 * refresh, the last {@link MAX_ADDED} are ranked: an index scan of the change log and as many
 * look-ups, 0.1 s.
 */
export async function readNewTitles(
  database: Database,
  { days, titleType, minVotes, limit }: NewTitlesQuery,
): Promise<MovementChart> {
  const start = await readStart(database, 'start of new titles', startStatement(NOT_KEPT), [
    'title.basics',
    days,
  ]);
  const titles = await database.read({ name: 'new titles', text: NEW_TITLES }, [
    start.position,
    titleType ?? null,
    minVotes,
    limit,
  ]);
  return { since: start.at?.toISOString() ?? null, titles };
}

/** How far a title moved, as SQL: by the recorded moves, and from its rating before to that of now. */
const MOVED = {
  votes: {
    recorded: 'sum(m.votes_after - coalesce(m.votes_before, 0))',
    exact: 'r.num_votes - coalesce(previous.votes, 0)',
  },
  rating: {
    recorded: 'abs(sum(m.rating_after - m.rating_before))',
    exact: 'abs(r.average_rating - previous.rating)',
  },
} as const satisfies Record<MoversQuery['by'], { recorded: string; exact: string }>;

/** How many more titles are compared exactly than a chart has. */
const MORE_CANDIDATES = 50;

const moversStatement = ({ recorded, exact }: (typeof MOVED)[MoversQuery['by']]) => `
  with recent as materialized (
    select run_id, id from ingest.publication where dataset = 'title.ratings' and id > $1::int8
  ),
  moved as (
    select m.tconst, ${recorded} as moved
    from recent join ingest.rating_move as m on m.run_id = recent.run_id
    where m.votes_after >= $3::int4
    group by m.tconst
  ),
  candidate as materialized (
    select moved.* from moved join search.title as t on t.tconst = moved.tconst
    where moved.moved > 0 and t.votes >= $3::int4
      and (t.type = any ($2::text[]) or $2::text[] is null and t.type is distinct from 'tvEpisode')
    order by moved.moved desc, t.votes desc, t.tconst limit $4::int8 + ${MORE_CANDIDATES}
  ),
  page as (
    select c.tconst, previous.rating, previous.votes, ${exact} as moved, r.num_votes
    from candidate as c
      join imdb.title_ratings as r on r.tconst = c.tconst
      cross join lateral (
        select * from (
          (
            select recent.id as position, m.rating_before as rating, m.votes_before as votes
            from recent join ingest.rating_move as m on m.run_id = recent.run_id and m.tconst = c.tconst
            order by recent.id limit 1
          )
          union all
          (
            select one.id, (one.before->>'average_rating')::numeric, (one.before->>'num_votes')::int4
            from ingest.change as one
            where one.dataset = 'title.ratings' and one.key = c.tconst and one.id > $1::int8
            order by one.id limit 1
          )
        ) as known
        order by position limit 1
      ) as previous
    where ${exact} > 0
    order by moved desc, r.num_votes desc, c.tconst limit $4::int8
  )
  select page.tconst, ${WEIGHTED_TITLE.columns},
    case when page.votes is not null then json_build_object('averageRating', page.rating, 'numVotes', page.votes) end as previous
  from page ${WEIGHTED_TITLE.joins('page.tconst')}
  order by page.moved desc, page.num_votes desc, page.tconst`;

/**
 * The titles that have moved most. Candidates are among those that moved most at a publish
 * (`ingest.rating_move`, at most 1,000 each: 90,000 in 90 days, which take 0.1 s). Their ratings at
 * the start are looked up by key in the change log, as far as it is kept.
 */
export async function readMovers(
  database: Database,
  { days, titleType, minVotes, by, limit }: MoversQuery,
): Promise<MovementChart> {
  const start = await readStart(database, 'start of movers', startStatement('false'), [
    'title.ratings',
    days,
  ]);
  const titles = await database.read(
    { name: `movers by ${by}`, text: moversStatement(MOVED[by]) },
    [start.position, titleType ?? null, minVotes, limit],
  );
  return { since: start.at?.toISOString() ?? null, titles };
}
