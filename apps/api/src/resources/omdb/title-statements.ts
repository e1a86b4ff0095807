import type { Statement } from '../../database/database.ts';

/** A title in a list. */
export interface BriefRow {
  readonly tconst: string;
  readonly titleType: string | null;
  readonly primaryTitle: string | null;
  readonly startYear: number | null;
  readonly endYear: number | null;
}

/** A title with all fields of OMDb that IMDb's files contain. */
export interface TitleRow extends BriefRow {
  readonly runtimeMinutes: number | null;
  readonly genres: string[] | null;
  readonly averageRating: number | null;
  readonly numVotes: number | null;
  readonly parentTconst: string | null;
  readonly seasonNumber: number | null;
  readonly episodeNumber: number | null;
  /** The highest season number that is not a year; 0 without one. */
  readonly lastSeason: number;
  /** The seasons that are numbered as years, in order. */
  readonly yearSeasons: number[];
  readonly directors: string[];
  readonly writers: string[];
  readonly actors: string[];
  readonly regions: string[];
  readonly languages: string[];
}

/** An episode of a season. */
export interface EpisodeRow {
  readonly tconst: string;
  readonly primaryTitle: string | null;
  readonly episodeNumber: number;
  readonly averageRating: number | null;
}

const BRIEF =
  'b.tconst, b.title_type as "titleType", b.primary_title as "primaryTitle", b.start_year as "startYear", b.end_year as "endYear"';

/** Some titles have hundreds of directors or writers: the first ten are enough. */
const MAX_CREW = 10;

const crew = (column: string): string => `array(
    select n.primary_name from unnest(c.${column}[:${MAX_CREW}]) with ordinality as d (nconst, place) join imdb.name_basics n using (nconst)
    where n.primary_name is not null order by d.place)`;

/**
 * No file has a title's country or language: those of its original title in title.akas are the
 * nearest.
 */
const origin = (column: string): string => `array(
    select distinct a.${column} from imdb.title_akas a where a.title_id = b.tconst and a.is_original_title and a.${column} is not null order by 1)`;

/** Seasons from this number on are years. */
export const FIRST_YEAR = 1800;

/** One title. */
export const TITLE: Statement = {
  name: 'omdb title',
  text: `
    select ${BRIEF}, b.runtime_minutes as "runtimeMinutes", b.genres, r.average_rating as "averageRating", r.num_votes as "numVotes",
      e.parent_tconst as "parentTconst", e.season_number as "seasonNumber", e.episode_number as "episodeNumber",
      season.last as "lastSeason", season.years as "yearSeasons",
      ${crew('directors')} as directors,
      ${crew('writers')} as writers,
      array(
        select n.primary_name from (
          select p.nconst, min(p.ordering) as place from imdb.title_principals p
          where p.tconst = b.tconst and p.category in ('actor', 'actress', 'self') group by p.nconst order by 2 limit 4
        ) as p join imdb.name_basics n using (nconst) where n.primary_name is not null order by p.place
      ) as actors,
      ${origin('region')} as regions,
      ${origin('language')} as languages
    from imdb.title_basics b
    left join imdb.title_ratings r using (tconst)
    left join imdb.title_episode e using (tconst)
    left join imdb.title_crew c using (tconst)
    cross join lateral (
      select coalesce(max(s.season_number) filter (where s.season_number < ${FIRST_YEAR}), 0) as last,
        coalesce(array_agg(distinct s.season_number) filter (where s.season_number >= ${FIRST_YEAR}), '{}') as years
      from imdb.title_episode s where s.parent_tconst = b.tconst
    ) as season
    where b.tconst = $1::text`,
};

/** Titles by ids, in the order of the ids. */
export const BRIEFS: Statement = {
  name: 'omdb titles',
  text: `select ${BRIEF} from unnest($1::text[]) with ordinality as a (tconst, place) join imdb.title_basics b using (tconst) order by a.place`,
};

/**
 * The episodes of a season, or the one with a number. Episodes without numbers are left out:
 * clients could not tell them apart.
 */
export const EPISODES: Statement = {
  name: 'omdb episodes',
  text: `
    select e.tconst, b.primary_title as "primaryTitle", e.episode_number as "episodeNumber", r.average_rating as "averageRating"
    from imdb.title_episode e
    left join imdb.title_basics b using (tconst)
    left join imdb.title_ratings r using (tconst)
    where e.parent_tconst = $1::text and e.season_number = $2::int and e.episode_number is not null and ($3::int is null or e.episode_number = $3::int)
    order by e.episode_number, e.tconst`,
};
