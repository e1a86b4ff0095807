import { MAX_GRID_EPISODES, type EpisodeGrid } from '@marquee/contract';
import { joinRating, joinTitle } from '../../database/columns.ts';
import type { Database, Statement } from '../../database/database.ts';
import { ProblemException } from '../../problems/problem-exception.ts';

/** Title types that have episodes. */
export const SERIES_TYPES: ReadonlySet<string> = new Set(['tvSeries', 'tvMiniSeries']);

/**
 * Bounded by its limit: the index of series, seasons and numbers yields the first episodes, and
 * titles and ratings are looked up for these. The count reads only the series' part of that index.
 */
const GRID: Statement = {
  name: 'episode grid',
  text: `
    with episode as materialized (
      select e.tconst, e.season_number, e.episode_number, count(*) over () as total
      from imdb.title_episode as e
      where e.parent_tconst = $1::text
      order by e.season_number, e.episode_number, e.tconst collate "C" limit ${MAX_GRID_EPISODES}
    )
    select episode.season_number as "seasonNumber", episode.tconst as "tconst", episode.episode_number as "episodeNumber",
      title.primary_title as "primaryTitle", title.start_year as "startYear",
      rating.average_rating as "averageRating", rating.num_votes as "numVotes", episode.total as "total"
    from episode ${joinTitle('episode.tconst')} ${joinRating('episode.tconst')}
    order by episode.season_number, episode.episode_number, episode.tconst collate "C"`,
};

type Season = EpisodeGrid['seasons'][number];
type GridRow = Season['episodes'][number] & Pick<Season, 'seasonNumber'> & { total: number };

/** The episodes of a series by season and number; no seasons for a title without episodes. */
export async function readEpisodeGrid(database: Database, tconst: string): Promise<EpisodeGrid> {
  const rows = await database.read<GridRow>(GRID, [tconst]);
  const episodes = rows[0]?.total ?? 0;
  const bySeason = Map.groupBy(rows, ({ seasonNumber }) => seasonNumber);
  return {
    seasons: [...bySeason].map(([seasonNumber, ofSeason]) => ({
      seasonNumber,
      episodes: ofSeason.map(({ seasonNumber: _, total, ...episode }) => episode),
    })),
    episodes,
    complete: rows.length === episodes,
  };
}

/** 404 for a title that is not a series. @param titleType null if unknown */
export function noSeries(tconst: string, titleType: string | null): ProblemException {
  return new ProblemException({
    status: 404,
    code: 'not-found',
    detail: `${tconst} is no series${titleType === null ? '' : ` but of the type ${titleType}`}: it has no episodes.`,
    hint:
      titleType === 'tvEpisode'
        ? `GET /titles/${tconst}/series names the series of this episode.`
        : 'GET /titles?hasEpisodes=true lists the series.',
  });
}
