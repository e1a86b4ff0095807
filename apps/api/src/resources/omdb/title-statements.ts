import type { Statement } from '../../database/database.ts';

/** A title in a list of OMDb's. */
export interface BriefRow {
  readonly tconst: string;
  readonly titleType: string | null;
  readonly primaryTitle: string | null;
  readonly startYear: number | null;
  readonly endYear: number | null;
}

/** A title with all that OMDb tells of it and IMDb's files have. */
export interface TitleRow extends BriefRow {
  readonly runtimeMinutes: number | null;
  readonly genres: string[] | null;
  readonly averageRating: number | null;
  readonly numVotes: number | null;
  readonly parentTconst: string | null;
  readonly seasonNumber: number | null;
  readonly episodeNumber: number | null;
  /** The highest season number; clients request every season up to it. 0 if there is none. */
  readonly seasons: number;
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

/** Of hundreds of directors or writers, as some titles have them, so many are told. */
const MAX_CREW = 10;

const crew = (column: string): string => `array(
    select n.primary_name from unnest(c.${column}[:${MAX_CREW}]) with ordinality as d (nconst, place) join imdb.name_basics n using (nconst)
    where n.primary_name is not null order by d.place)`;

/**
 * Where a title comes from is in no file; what is said of the original title, where anything is,
 * comes nearest.
 */
const origin = (column: string): string => `array(
    select distinct a.${column} from imdb.title_akas a where a.title_id = b.tconst and a.is_original_title and a.${column} is not null order by 1)`;

/** One title. */
export const TITLE: Statement = {
  name: 'omdb title',
  text: `
    select ${BRIEF}, b.runtime_minutes as "runtimeMinutes", b.genres, r.average_rating as "averageRating", r.num_votes as "numVotes",
      e.parent_tconst as "parentTconst", e.season_number as "seasonNumber", e.episode_number as "episodeNumber",
      (select coalesce(max(s.season_number), 0) from imdb.title_episode s where s.parent_tconst = b.tconst) as seasons,
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
    where b.tconst = $1::text`,
};

/** Some titles, in the order of their ids as given. */
export const BRIEFS: Statement = {
  name: 'omdb titles',
  text: `select ${BRIEF} from unnest($1::text[]) with ordinality as a (tconst, place) join imdb.title_basics b using (tconst) order by a.place`,
};

/**
 * The episodes of a season of a series; with an episode's number, only that. What has no number
 * cannot be told from others, and is left out.
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
