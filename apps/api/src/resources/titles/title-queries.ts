import { Aka, Credit, Episode, keysOf, Season, SimilarTitle } from '@marquee/contract';
import type {
  AkaQuery,
  Crew,
  CreditQuery,
  EpisodePosition,
  EpisodeQuery,
  RatedTitle,
  Rating,
  TitleBasic,
} from '@marquee/contract';
import { selectListOf, LISTED_TITLE, RATED_TITLE } from '../../database/columns.ts';
import type { Database, Statement } from '../../database/database.ts';
import type { List } from '../../read-models/lists/list.ts';

const TITLE: Statement = {
  name: 'title',
  text: `select ${selectListOf('title.basics', 't')} from imdb.title_basics as t where t.tconst = $1::text`,
};

/** A title by its id. */
export async function readTitle(database: Database, tconst: string): Promise<TitleBasic | null> {
  const [title] = await database.lookUp<TitleBasic>(TITLE, [tconst]);
  return title ?? null;
}

/** The titles with these ids, in no order. Unknown ids are left out. */
export async function readTitles(
  database: Database,
  ids: readonly string[],
): Promise<RatedTitle[]> {
  const text = `select title.tconst as "tconst", ${RATED_TITLE.columns}
    from unnest($1::text[]) as asked (tconst) ${RATED_TITLE.joins('asked.tconst')} where title.tconst is not null`;
  return database.read<RatedTitle>({ name: 'titles by ids', text }, [ids]);
}

const RATING: Statement = {
  name: 'rating',
  text: `select ${selectListOf('title.ratings', 'r', 'tconst')} from imdb.title_ratings as r where r.tconst = $1::text`,
};

/** The rating of a title; null without votes. */
export async function readRating(database: Database, tconst: string): Promise<Rating | null> {
  const [rating] = await database.lookUp<Rating>(RATING, [tconst]);
  return rating ?? null;
}

/** Directors and writers of a title with their names, in the file's order. */
export async function readCrew(database: Database, tconst: string): Promise<Crew> {
  const text = `
    select person.role, person.nconst, n.primary_name as "primaryName"
    from imdb.title_crew as c
      cross join lateral (
        select 'director' as role, nconst, number from unnest(c.directors) with ordinality as one (nconst, number)
        union all
        select 'writer', nconst, number from unnest(c.writers) with ordinality as one (nconst, number)
      ) as person
      left join imdb.name_basics as n on n.nconst = person.nconst
    where c.tconst = $1::text
    order by person.number`;
  const people = await database.read<Crew['directors'][number] & { role: 'director' | 'writer' }>(
    { name: 'crew', text },
    [tconst],
  );
  const inRole = (wanted: string) =>
    people
      .filter(({ role }) => role === wanted)
      .map(({ nconst, primaryName }) => ({ nconst, primaryName }));
  return { directors: inRole('director'), writers: inRole('writer') };
}

/** The names of a title in regions and languages. */
export function akasOf(titleId: string, { region, language }: Partial<AkaQuery> = {}): List {
  return {
    name: 'akas',
    text: `select ${selectListOf('title.akas', 'a')} from imdb.title_akas as a
      where a.title_id = $1::text and ($2::text[] is null or a.region = any ($2::text[])) and ($3::text[] is null or a.language = any ($3::text[]))`,
    values: [titleId, region ?? null, language ?? null],
    sort: [{ column: 'ordering', type: 'int4' }],
    fields: keysOf(Aka),
  };
}

/** Who did what for a title, in the order of billing. */
export function creditsOf(tconst: string, { category }: Partial<CreditQuery> = {}): List {
  return {
    name: 'credits',
    text: `select ${selectListOf('title.principals', 'p', 'tconst')} from imdb.title_principals as p
      where p.tconst = $1::text and ($2::text[] is null or p.category = any ($2::text[]))`,
    details: {
      columns: 'n.primary_name as "primaryName"',
      joins: 'left join imdb.name_basics as n on n.nconst = page.nconst',
    },
    values: [tconst, category ?? null],
    sort: [{ column: 'ordering', type: 'int4' }],
    fields: keysOf(Credit),
  };
}

/** Sorts unknown seasons and episodes after all known ones. */
const LAST = 2_147_483_647;

/** The episodes of a series by season and number; unknown seasons and numbers come last. */
export function episodesOf(parentTconst: string, { season }: Partial<EpisodeQuery> = {}): List {
  const [which, condition, values] = seasonOf(season);
  return {
    name: `episodes${which}`,
    text: `select e.tconst, e.season_number as "seasonNumber", e.episode_number as "episodeNumber",
        coalesce(e.season_number, ${LAST}) as "_season", coalesce(e.episode_number, ${LAST}) as "_episode"
      from imdb.title_episode as e
      where e.parent_tconst = $1::text${condition}`,
    details: { columns: RATED_TITLE.columns, joins: RATED_TITLE.joins('page.tconst') },
    values: [parentTconst, ...values],
    sort: [
      { column: '_season', type: 'int4' },
      { column: '_episode', type: 'int4' },
      { column: 'tconst', type: 'text' },
    ],
    fields: keysOf(Episode),
  };
}

/**
 * What a season adds to the name, the condition and the values of a statement. Each case is a
 * statement of its own, so that the index serves it.
 */
function seasonOf(
  season: EpisodeQuery['season'],
): [name: string, condition: string, values: number[]] {
  if (season === undefined) return ['', '', []];
  if (season === 'unknown') return [' of no season', ' and e.season_number is null', []];
  return [' of a season', ' and e.season_number = $2::int4', [season]];
}

/** The seasons of a series; the last one holds the episodes of an unknown season. */
export function seasonsOf(parentTconst: string): List {
  return {
    name: 'seasons',
    text: `select e.season_number as "seasonNumber", count(*) as episodes, count(r.tconst) as "ratedEpisodes",
        round(avg(r.average_rating), 2) as "averageRating", coalesce(sum(r.num_votes), 0) as "numVotes", coalesce(e.season_number, ${LAST}) as "_season"
      from imdb.title_episode as e left join imdb.title_ratings as r on r.tconst = e.tconst
      where e.parent_tconst = $1::text
      group by e.season_number`,
    values: [parentTconst],
    sort: [{ column: '_season', type: 'int4' }],
    fields: keysOf(Season),
  };
}

/** A row of {@link readEpisodeContext}: the series or a neighbour, beside the episode's own numbers. */
interface EpisodeContextRow extends Omit<Episode, 'tconst'> {
  readonly role: 'series' | 'previous' | 'next';
  /** Null where there is no such title. */
  readonly tconst: string | null;
  readonly season: number | null;
  readonly episode: number | null;
}

/** The series of an episode, its numbers and its neighbours; null for a title that is no episode. */
export async function readEpisodeContext(
  database: Database,
  tconst: string,
): Promise<EpisodePosition | null> {
  const sortKey = '(e.season_number, e.episode_number, e.tconst)';
  const neighbour = (role: string, compared: string, direction: string) => `
    select '${role}', near.* from me left join lateral (
      select e.tconst, e.season_number, e.episode_number from imdb.title_episode as e
      where e.parent_tconst = me.parent_tconst and ${sortKey} ${compared} (me.season_number, me.episode_number, me.tconst)
      order by e.season_number ${direction}, e.episode_number ${direction}, e.tconst ${direction} limit 1
    ) as near on true`;
  const text = `
    with me as materialized (select * from imdb.title_episode where tconst = $1::text),
    others (role, tconst, season_number, episode_number) as (
      select 'series', parent_tconst, null::int4, null::int4 from me
      union all (${neighbour('previous', '<', 'desc')})
      union all (${neighbour('next', '>', 'asc')})
    )
    select o.role, o.tconst, me.season_number as season, me.episode_number as episode, o.season_number as "seasonNumber", o.episode_number as "episodeNumber", ${RATED_TITLE.columns}
    from me cross join others as o ${RATED_TITLE.joins('o.tconst')}`;
  const rows = await database.read<EpisodeContextRow>({ name: 'context of an episode', text }, [
    tconst,
  ]);
  const [first] = rows;
  if (first === undefined) return null;
  return {
    series: titleOf(rows),
    seasonNumber: first.season,
    episodeNumber: first.episode,
    previous: episodeOf(rows, 'previous'),
    next: episodeOf(rows, 'next'),
  };
}

function episodeOf(
  rows: readonly EpisodeContextRow[],
  wanted: EpisodeContextRow['role'],
): Episode | null {
  const row = rows.find(({ role }) => role === wanted);
  if (row === undefined) return null;
  const { role, season, episode, tconst, ...rest } = row;
  return tconst === null ? null : { tconst, ...rest };
}

function titleOf(rows: readonly EpisodeContextRow[]): RatedTitle | null {
  const series = episodeOf(rows, 'series');
  if (series === null) return null;
  const { seasonNumber, episodeNumber, ...title } = series;
  return title;
}

/** How many people of a title are read, in the order of billing. */
const PEOPLE = 10;
/** How many credits of each are read: a few people have tens of thousands. */
const CREDITS_EACH = 150;
/** How many titles that share people are compared by genre: those with the most people and votes. */
const CANDIDATES = 300;

/**
 * Titles that share people with a title, by the number of shared people and genres and by votes.
 * Episodes are similar to episodes only.
 */
export function similarTo(tconst: string): List {
  return {
    name: 'similar',
    text: `
      with me as materialized (select * from imdb.title_basics where tconst = $1::text),
      people as materialized (
        select distinct nconst from (select nconst from imdb.title_principals where tconst = $1::text order by ordering limit ${PEOPLE}) as billed
      ),
      shared as materialized (
        select credit.tconst, count(distinct people.nconst) as people
        from people cross join lateral (select p.tconst from imdb.title_principals as p where p.nconst = people.nconst limit ${CREDITS_EACH}) as credit
        where credit.tconst <> $1::text
        group by credit.tconst
      ),
      candidates as materialized (
        select s.tconst, s.people, coalesce(t.votes, 0) as votes
        from shared as s left join search.title as t on t.tconst = s.tconst
        order by s.people * ln(10 + coalesce(t.votes, 0)) desc, s.tconst limit ${CANDIDATES}
      )
      select c.tconst, c.people as "sharedPeople", g.count as "sharedGenres", round(((c.people + g.count * 0.5) * ln(10 + c.votes))::numeric, 3)::float8 as score
      from candidates as c
        cross join me
        join imdb.title_basics as t on t.tconst = c.tconst
        cross join lateral (select count(*) as count from unnest(t.genres) as genre where genre = any (me.genres)) as g
      where t.title_type <> 'tvEpisode' or me.title_type = 'tvEpisode'`,
    details: { columns: LISTED_TITLE.columns, joins: LISTED_TITLE.joins('page.tconst') },
    values: [tconst],
    sort: [
      { column: 'score', type: 'float8', descending: true },
      { column: 'tconst', type: 'text' },
    ],
    fields: keysOf(SimilarTitle),
  };
}
