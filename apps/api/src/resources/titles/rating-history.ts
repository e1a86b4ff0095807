import { changePartitionSql } from '@marquee/catalogue';
import type { Rating, RatingHistory } from '@marquee/contract';
import type { Database, Statement } from '../../database/database.ts';

/** A change of a title's rating, or the rating of now, as the statement selects it. */
interface HistoryRow {
  /** When the change was published; null for the rating of now. */
  readonly at: Date | null;
  readonly before: Rating | null;
  readonly after: Rating | null;
  /** The last publish before it whose changes are not recorded: a full load, or too long ago. */
  readonly gapAt: Date | null;
  readonly since: Date | null;
}

const rating = (row: string) => `case when ${row} is not null then
  json_build_object('averageRating', ${row}->'average_rating', 'numVotes', ${row}->'num_votes') end`;

/**
 * The kept changes of a rating, found by the index on dataset and key of each partition, and the
 * rating of now. There is a partition for each refresh of CHANGE_DAYS, and a publication for each
 * refresh ever.
 */
const HISTORY: Statement = {
  name: 'rating history',
  text: `
    with publication as materialized (
      select id, run_id, at, kind = 'changes' and to_regclass(${changePartitionSql('run_id')}) is not null as is_kept
      from ingest.publication where dataset = 'title.ratings'
    ),
    known as (
      select coalesce(
        (select max(at) from publication where id < (select min(id) from publication where is_kept)),
        (select max(at) from publication)
      ) as since
    ),
    change as (
      select c.id, p.at, c.before, c.after
      from ingest.change as c join publication as p on p.run_id = c.run_id
      where c.dataset = 'title.ratings' and c.key = $1::text
      union all
      select 9223372036854775807, null, to_jsonb(r), to_jsonb(r)
      from (select $1::text as tconst) as asked left join imdb.title_ratings as r on r.tconst = asked.tconst
    )
    select c.at, ${rating('c.before')} as before, ${rating('c.after')} as after, known.since,
      (select max(p.at) from publication as p where p.id < c.id and not p.is_kept) as "gapAt"
    from change as c cross join known
    order by c.id`,
};

/**
 * The ratings of a title by the time of their publish. A rating that differs from the last one
 * recorded came with a publish whose changes are not recorded.
 */
export async function readRatingHistory(
  database: Database,
  tconst: string,
): Promise<RatingHistory> {
  const rows = await database.read<HistoryRow>(HISTORY, [tconst]);
  const items: RatingHistory['items'] = [];
  const add = (at: Date | null, { averageRating, numVotes }: Rating): void => {
    if (at !== null) items.push({ at: at.toISOString(), averageRating, numVotes });
  };
  let last: Rating | null = null;
  for (const { at, before, after, gapAt } of rows) {
    if (!isSame(before, last)) add(gapAt, before ?? UNRATED);
    if (at !== null) add(at, after ?? UNRATED);
    last = after;
  }
  return { items, since: rows[0]?.since?.toISOString() ?? null };
}

const UNRATED: Rating = { averageRating: null, numVotes: null };

function isSame(a: Rating | null, b: Rating | null): boolean {
  return a?.averageRating === b?.averageRating && a?.numVotes === b?.numVotes;
}
