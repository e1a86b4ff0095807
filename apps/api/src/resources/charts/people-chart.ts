import { RANKED_TITLES, type PeopleChartQuery, type RankedPerson } from '@marquee/contract';
import { consistentRead } from '../../database/consistent-read.ts';
import type { Database } from '../../database/database.ts';
import { categoriesOf } from '../../read-models/title-lists/filmography.ts';
import type { TitleLists } from '../../read-models/title-lists/title-lists.ts';

type Ranking = Omit<PeopleChartQuery, 'fields' | 'format' | 'csv'>;

/** A chart of people before ranks are added. */
interface People {
  readonly items: Omit<RankedPerson, 'rank'>[];
  readonly titles: number;
  readonly isComplete: boolean;
}

/** How people are ranked, as SQL; ties are broken by votes and id. */
const SORTED_BY = {
  titles: 'titles',
  votes: 'votes',
  rating: 'weighted',
} as const satisfies Record<PeopleChartQuery['sort'], string>;

/**
 * Ranks people by their credits on the titles that match, of which those with the most votes are
 * read, up to {@link RANKED_TITLES}: each takes an index scan, a tenth of a second for all.
 */
export async function readPeopleChart(
  database: Database,
  lists: TitleLists,
  { as, sort, minTitles, limit, ...filters }: Ranking,
): Promise<People> {
  return consistentRead(database, async () => {
    const ids = await lists.idsAfter({ ...filters, sort: 'votes' }, null, RANKED_TITLES + 1);
    const read = ids.slice(0, RANKED_TITLES);
    const items = await database.read<Omit<RankedPerson, 'rank'>>(
      { name: `people by ${sort}`, text: statementOf(sort) },
      [read, categoriesOf(as), minTitles, limit, filters.person ?? null],
    );
    return { items, titles: read.length, isComplete: ids.length <= RANKED_TITLES };
  });
}

function statementOf(sort: PeopleChartQuery['sort']): string {
  return `
    with title as materialized (
      select asked.tconst, coalesce(t.votes, 0) as votes, t.weighted
      from unnest($1::text[]) as asked (tconst) left join search.title as t on t.tconst = asked.tconst
    ),
    credit as materialized (
      select distinct p.nconst, title.tconst, title.votes, title.weighted
      from title join imdb.title_principals as p on p.tconst = title.tconst
      where p.category = any ($2::text[]) and p.nconst is distinct from $5::text and p.nconst is not null
    ),
    ranked as materialized (
      select nconst, count(*) as titles, sum(votes) as votes, avg(weighted) as weighted
      from credit
      group by nconst
      having count(*) >= $3::int4
      order by ${SORTED_BY[sort]} desc nulls last, votes desc, nconst
      limit $4::int4
    ),
    -- of those alone who are shown: a sort of the titles of all takes a third of the time
    best as materialized (
      select c.nconst, (array_agg(c.tconst order by c.votes desc, c.tconst))[1:3] as titles
      from ranked as r join credit as c on c.nconst = r.nconst
      group by c.nconst
    )
    select r.nconst as "nconst", n.primary_name as "primaryName", n.birth_year as "birthYear", n.death_year as "deathYear",
      r.titles, r.votes as "numVotes", round(r.weighted / 1000, 3) as "weightedRating", shown.titles as best
    from ranked as r
      join best on best.nconst = r.nconst
      left join imdb.name_basics as n on n.nconst = r.nconst
      cross join lateral (
        select json_agg(json_build_object('tconst', one.tconst, 'primaryTitle', b.primary_title, 'startYear', b.start_year) order by one.number) as titles
        from unnest(best.titles) with ordinality as one (tconst, number) left join imdb.title_basics as b on b.tconst = one.tconst
      ) as shown
    order by r.${SORTED_BY[sort]} desc nulls last, r.votes desc, r.nconst`;
}
