import { keysOf, Work, type NameSummary, type WorkQuery } from '@marquee/contract';
import { LISTED_TITLE } from '../../database/columns.ts';
import type { Database } from '../../database/database.ts';
import type { List } from '../../read-models/lists/list.ts';
import { categoriesOf } from '../../read-models/title-lists/filmography.ts';

/**
 * The credits of the person `$1` in the categories `$2`, each with its work: the series of an
 * episode if there is one in title.basics, else the title itself. Index-only scans and look-ups by
 * key: 50 ms for the 20,000 credits of the busiest.
 */
const CREDITED = `
  credit as materialized (
    select p.tconst, p.ordering, p.category, e.parent_tconst, e.season_number, e.episode_number,
      nullif(t.year, 0) as year, nullif(t.votes, 0) as votes, t.rating
    from imdb.title_principals as p
      left join imdb.title_episode as e on e.tconst = p.tconst
      left join search.title as t on t.tconst = p.tconst
    where p.nconst = $1::text and ($2::text[] is null or p.category = any ($2::text[]))
  ),
  series as materialized (
    select t.tconst
    from (select distinct parent_tconst from credit) as parent
      join search.title as t on t.tconst = parent.parent_tconst
  ),
  credited as (
    select c.*, coalesce(s.tconst, c.tconst) as work, s.tconst is not null as is_episode
    from credit as c left join series as s on s.tconst = c.parent_tconst
  )`;

/** A work by its sort key, as SQL. */
const SORTED_BY = {
  year: 'coalesce(w.last_year, t.year, 0)',
  votes: 'coalesce(t.votes, 0)',
  rating: 'coalesce(t.rating, 0)',
  weighted: 'coalesce(t.weighted, 0)',
} as const satisfies Record<WorkQuery['sort'], string>;

/**
 * The works of a person, each once with all the person's roles. All credits are grouped, whatever
 * the page; characters and jobs are read for the works of a page alone.
 */
export function workListOf(
  nconst: string,
  { role, sort, order }: Pick<WorkQuery, 'role' | 'sort' | 'order'>,
): List {
  return {
    name: `works by ${sort} ${order}`,
    text: `
      with ${CREDITED},
      work as (
        select work as tconst, max(year) as last_year,
          case when bool_or(is_episode) then json_build_object(
            'count', count(distinct tconst) filter (where is_episode),
            'firstYear', min(year) filter (where is_episode),
            'lastYear', max(year) filter (where is_episode)
          ) end as episodes,
          array_agg(tconst order by year, season_number, episode_number, tconst, ordering) as titles,
          array_agg(ordering order by year, season_number, episode_number, tconst, ordering) as orderings
        from credited
        group by work
      )
      select w.tconst, w.episodes, w.titles as "_titles", w.orderings as "_orderings",
        ${SORTED_BY[sort]} as "_sort", coalesce(t.votes, 0) as "_votes"
      from work as w left join search.title as t on t.tconst = w.tconst`,
    details: {
      columns: `${LISTED_TITLE.columns}, did.roles`,
      joins: `${LISTED_TITLE.joins('page.tconst')} cross join lateral (${ROLES}) as did`,
    },
    values: [nconst, categoriesOf(role)],
    sort: [
      { column: '_sort', type: 'int4', descending: order === 'desc' },
      { column: '_votes', type: 'int4', descending: true },
      { column: 'tconst', type: 'text' },
    ],
    fields: keysOf(Work),
  };
}

/** The roles of a page's work, from the keys of its credits in the order of appearance. */
const ROLES = `
  with did as materialized (
    select key.number, p.tconst, coalesce(p.category, 'unknown') as role, p.characters, p.job
    from unnest(page."_titles", page."_orderings") with ordinality as key (tconst, ordering, number)
      join imdb.title_principals as p on p.tconst = key.tconst and p.ordering = key.ordering
  )
  select json_agg(
    json_build_object('role', r.role, 'titles', r.titles, 'characters', c.characters, 'jobs', j.jobs)
    order by r.titles desc, r.role collate "C"
  ) as roles
  from (select role, count(distinct tconst) as titles from did group by role) as r
    cross join lateral (
      select coalesce(array_agg(one.character order by one.first), '{}') as characters
      from (
        select character, min((number, place)) as first
        from did cross join lateral unnest(did.characters) with ordinality as played (character, place)
        where did.role = r.role
        group by character
      ) as one
    ) as c
    cross join lateral (
      select coalesce(array_agg(one.job order by one.first), '{}') as jobs
      from (
        select job, min(number) as first from did
        where did.role = r.role and job is not null
        group by job
      ) as one
    ) as j`;

/** How many rated works a summary has. */
const RATED_WORKS = 300;

const SUMMARY = `
  with ${CREDITED},
  -- the year and the rating of a title that the person has several credits for count once
  title as materialized (select distinct tconst, work, is_episode, year, votes, rating from credited),
  work as materialized (
    select w.tconst, t.votes, t.genres
    from (select distinct work as tconst from title) as w left join search.title as t on t.tconst = w.tconst
  )
  select
    (select count(*) from work) as titles,
    (select count(*) from title where is_episode) as episodes,
    (
      select coalesce(json_agg(one order by titles desc, role collate "C"), '[]')
      from (select coalesce(category, 'unknown') as role, count(distinct work) as titles from credited group by 1) as one
    ) as roles,
    (
      select coalesce(json_agg(one order by titles desc, genre collate "C"), '[]')
      from (select genre, count(*) as titles from work cross join lateral unnest(genres) as genre group by genre) as one
    ) as genres,
    (
      select coalesce(json_agg(one order by year), '[]')
      from (
        select year, count(*) filter (where not is_episode) as titles, count(*) filter (where is_episode) as episodes,
          count(votes) as rated, round(avg(rating / 10.0), 2) as "averageRating", coalesce(sum(votes), 0) as "numVotes"
        from title
        group by year
      ) as one
    ) as years,
    (
      select coalesce(json_agg(one order by "numVotes" desc, tconst collate "C"), '[]')
      from (
        select best.tconst, t.primary_title as "primaryTitle", t.title_type as "titleType", t.start_year as "startYear",
          r.average_rating as "averageRating", r.num_votes as "numVotes"
        from (select tconst from work where votes > 0 order by votes desc, tconst limit ${RATED_WORKS}) as best
          join imdb.title_ratings as r on r.tconst = best.tconst
          join imdb.title_basics as t on t.tconst = best.tconst
      ) as one
    ) as rated`;

/** Counts over all credits of a person. */
export async function readNameSummary(database: Database, nconst: string): Promise<NameSummary> {
  const [summary] = await database.read<NameSummary>({ name: 'summary of a name', text: SUMMARY }, [
    nconst,
    null,
  ]);
  if (summary === undefined) throw new Error('The statement of a summary has always a row.');
  return summary;
}
