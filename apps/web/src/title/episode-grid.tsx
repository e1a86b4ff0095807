import { useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { count } from '../format.ts';
import { Tooltips } from '../tooltips.tsx';
import { episodeLabel } from './episode-chart.ts';
import {
  firstParts,
  isNumbered,
  RATING_STEPS,
  seasonName,
  seasonParameter,
  heatOf,
  type GridEpisode,
  type Season,
} from './episodes.ts';

/** Cells that are drawn at first, and more with each click: thousands are slow on a phone. */
const CELLS = 600;
/** Numbers above the columns; the style sheet shows those that fit. */
const COLUMN_NUMBERS = Array.from({ length: 60 }, (_, index) => index + 1);

/** All episodes of a series, a row for each season and a cell for each episode, coloured by rating. */
export function EpisodeGrid({
  id,
  seasons,
  chosen,
}: {
  readonly id: string;
  readonly seasons: readonly Season[];
  readonly chosen: Season | undefined;
}): ReactNode {
  const [cells, setCells] = useState(CELLS);
  const parts = firstParts(seasons, cells);
  const hidden =
    seasons.reduce((sum, { episodes }) => sum + episodes.length, 0) -
    parts.reduce((sum, part) => sum + part.cells.filter(Boolean).length, 0);
  return (
    <div className="episode-grid">
      <Tooltips label="Episodes by season, with their ratings">
        {isNumbered(parts) ? (
          <div className="grid-row grid-numbers" aria-hidden="true">
            <span />
            <div className="grid-cells">
              {COLUMN_NUMBERS.map((number) => (
                <span key={number}>{number}</span>
              ))}
            </div>
          </div>
        ) : null}
        {parts.map(({ season, cells: ofSeason }) => (
          <div
            key={seasonParameter(season)}
            className={season === chosen ? 'grid-row chosen' : 'grid-row'}
          >
            <Link
              href={`/title/${id}?season=${seasonParameter(season)}`}
              aria-label={seasonName(season)}
              aria-current={season === chosen ? 'true' : undefined}
            >
              {shortName(season)}
            </Link>
            <div className="grid-cells">
              {ofSeason.map((episode, index) =>
                episode === null ? (
                  <span key={index} />
                ) : (
                  <Cell key={episode.tconst} season={season} episode={episode} />
                ),
              )}
            </div>
          </div>
        ))}
      </Tooltips>
      {hidden > 0 ? (
        <button type="button" className="more" onClick={() => setCells(cells + CELLS)}>
          Show more seasons ({count(hidden)} more episodes)
        </button>
      ) : null}
      <Legend />
    </div>
  );
}

function shortName({ seasonNumber }: Season): string {
  if (seasonNumber === null) return '?';
  return seasonNumber === 0 ? 'Sp.' : String(seasonNumber);
}

function Cell({
  season,
  episode,
}: {
  readonly season: Season;
  readonly episode: GridEpisode;
}): ReactNode {
  const { tconst, averageRating } = episode;
  const label = episodeLabel(season, episode);
  return (
    <a
      href={`/title/${tconst}`}
      tabIndex={-1}
      className={`cell heat-${heatOf(averageRating) ?? 'none'}`}
      data-tip={label}
      aria-label={label.replaceAll('\n', ', ')}
    >
      {averageRating === null ? '–' : averageRating.toFixed(1)}
    </a>
  );
}

/** The colours and the ratings they stand for. */
function Legend(): ReactNode {
  return (
    <ul className="grid-legend" aria-label="Colours of ratings">
      {RATING_STEPS.map((step, index) => (
        <li key={step}>
          <span className={`cell heat-${heatOf(step) ?? 0}`} />
          {step === 0 ? `below ${RATING_STEPS[index - 1] ?? 0}` : `${step} and up`}
        </li>
      ))}
      <li>
        <span className="cell heat-none" />
        not rated
      </li>
    </ul>
  );
}
