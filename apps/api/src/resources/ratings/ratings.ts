import { RequestedTitleId, TitleId, type RatingOfId } from '@marquee/contract';
import { consistentRead } from '../../database/consistent-read.ts';
import type { Database, Statement } from '../../database/database.ts';

/** Bounded by the ids of a statement: each costs two look-ups, some microseconds. */
const IDS_PER_STATEMENT = 1000;

const RATINGS: Statement = {
  name: 'ratings by ids',
  text: `
    select asked.tconst as "tconst", rating.average_rating as "averageRating", rating.num_votes as "numVotes"
    from unnest($1::text[]) as asked (tconst)
      left join imdb.title_ratings as rating on rating.tconst = asked.tconst
      left join imdb.title_basics as title on title.tconst = asked.tconst
    where rating.tconst is not null or title.tconst is not null`,
};

type RatingRow = Omit<RatingOfId, 'state'>;

/**
 * The rating of each id, in the order of the ids and as often as an id comes, all of one publish.
 *
 * @param ids in any form that a request may have; other texts are answered as invalid
 */
export async function readRatings(
  database: Database,
  ids: readonly string[],
): Promise<RatingOfId[]> {
  const asked = ids.map((id) => RequestedTitleId.safeParse(id).data ?? id.trim().toLowerCase());
  const valid = [...new Set(asked)].filter(isTitleId);
  const rows = await consistentRead(database, async () => {
    const found: RatingRow[] = [];
    for (let i = 0; i < valid.length; i += IDS_PER_STATEMENT)
      found.push(
        ...(await database.read<RatingRow>(RATINGS, [valid.slice(i, i + IDS_PER_STATEMENT)])),
      );
    return found;
  });
  const byId = new Map(rows.map((row) => [row.tconst, row]));
  return asked.map((tconst) => {
    const { averageRating = null, numVotes = null } = byId.get(tconst) ?? {};
    return { tconst, state: stateOf(tconst, byId.get(tconst)), averageRating, numVotes };
  });
}

function stateOf(tconst: string, row: RatingRow | undefined): RatingOfId['state'] {
  if (row === undefined) return isTitleId(tconst) ? 'missing' : 'invalid';
  return row.averageRating === null ? 'unrated' : 'rated';
}

function isTitleId(id: string): boolean {
  return TitleId.safeParse(id).success;
}
