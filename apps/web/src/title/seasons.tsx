import { useMemo, useState, type ReactNode } from 'react';
import { useSearchParams } from 'wouter';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ApiResponses } from '../api-client.ts';
import { Chart, type Plot } from '../chart.tsx';
import { Section } from '../design/section.tsx';
import { ErrorMessage, Loading } from '../feedback.tsx';
import { joinFacts, quantity } from '../format.ts';
import { TitleRow } from '../title-list.tsx';
import { EpisodeGrid } from './episode-grid.tsx';
import { chartOf, csvRows, seasonLabels } from './episode-chart.ts';
import {
  chosenSeason,
  seasonName,
  seasonParameter,
  summaryOf,
  type GridEpisode,
  type RatingSummary,
  type Season,
} from './episodes.ts';

/**
 * The episodes of a series: all of them as a grid, a chart of their ratings, and the list of the
 * season that the URL names.
 */
export function Seasons({
  id,
  grid,
}: {
  readonly id: string;
  readonly grid: UseQueryResult<ApiResponses['episodeGrid']>;
}): ReactNode {
  const [params, setParams] = useSearchParams();
  if (grid.isPending) return <Loading what="the episodes" />;
  if (grid.isLoadingError) return <ErrorMessage error={grid.error} />;
  const { seasons, episodes, complete } = grid.data;
  if (seasons.length === 0) return <p className="muted">No episode of this series is known.</p>;
  const parameter = params.get('season');
  const chosen = chosenSeason(seasons, parameter);
  const choose = (season: string) =>
    setParams((now) => {
      now.set('season', season);
      return now;
    });
  return (
    <Section title="Episodes" note={describe(seasons, episodes, complete)}>
      <div className="episodes">
        <EpisodeGrid id={id} seasons={seasons} chosen={chosen} />
        <div className="season">
          <label>
            Season{' '}
            <select
              value={chosen === undefined ? '' : seasonParameter(chosen)}
              onChange={(event) => choose(event.target.value)}
            >
              {chosen === undefined ? <option value="">–</option> : null}
              {seasons.map((season) => (
                <option key={seasonParameter(season)} value={seasonParameter(season)}>
                  {seasonName(season)}
                </option>
              ))}
            </select>
          </label>
          {chosen === undefined ? (
            <p className="muted">This series has no season “{parameter}”. Choose another one.</p>
          ) : (
            <SeasonList key={seasonParameter(chosen)} season={chosen} />
          )}
        </div>
      </div>
      <EpisodeChart seasons={seasons} />
    </Section>
  );
}

function describe(seasons: readonly Season[], episodes: number, complete: boolean): string {
  const numbered = seasons.filter(({ seasonNumber }) => seasonNumber !== null && seasonNumber > 0);
  const all = summaryOf(seasons.flatMap((season) => season.episodes));
  return joinFacts(
    numbered.length > 0 && quantity(numbered.length, 'season'),
    quantity(episodes, 'episode'),
    meanText(all),
    !complete && `the first ${quantity(all.episodes, 'episode')} are shown`,
  );
}

function meanText({ mean, votes }: RatingSummary): string {
  return mean === null
    ? 'not rated'
    : `mean rating ${mean.toFixed(2)} · ${quantity(votes, 'vote')}`;
}

/** Episodes that are shown at first, and more with each click. */
const EPISODES = 50;

function SeasonList({ season }: { readonly season: Season }): ReactNode {
  const [shown, setShown] = useState(EPISODES);
  const { episodes } = season;
  return (
    <>
      <p className="muted">
        {joinFacts(quantity(episodes.length, 'episode'), meanText(summaryOf(episodes)))}
      </p>
      <ol className="rows">
        {episodes.slice(0, shown).map((episode) => (
          <TitleRow
            key={episode.tconst}
            title={titleOf(episode)}
            note={joinFacts(
              episode.episodeNumber !== null && `Episode ${episode.episodeNumber}`,
              episode.startYear?.toString(),
            )}
          />
        ))}
      </ol>
      {shown < episodes.length ? (
        <button type="button" className="more" onClick={() => setShown(shown + EPISODES)}>
          Show more
        </button>
      ) : null}
    </>
  );
}

/** An episode as a title of a list. */
function titleOf(episode: GridEpisode) {
  return {
    ...episode,
    titleType: 'tvEpisode',
    originalTitle: null,
    isAdult: null,
    endYear: null,
    runtimeMinutes: null,
    genres: null,
  };
}

/** Margins of the plot on both sides, in CSS pixels. */
const MARGINS = 68;

function EpisodeChart({ seasons }: { readonly seasons: readonly Season[] }): ReactNode {
  const { dots, seasons: spans } = useMemo(() => chartOf(seasons), [seasons]);
  const draw = useMemo(
    () => (plot: Plot, width: number) => {
      const labels = seasonLabels(spans, width - MARGINS);
      return {
        x: {
          label: 'Season',
          domain: [0.5, dots.length + 0.5],
          ticks: spans.map(({ first, last }) => (first + last) / 2),
          tickFormat: (_: number, tick: number) => labels[tick] ?? '',
          tickSize: 0,
        },
        y: { grid: true, label: 'Rating', nice: true },
        marks: [
          plot.ruleX(spans.slice(1), { x: 'first', stroke: 'var(--line)' }),
          plot.ruleY(spans, {
            y: 'mean',
            x1: 'first',
            x2: 'last',
            stroke: 'var(--muted)',
            strokeWidth: 2,
          }),
          plot.dot(dots, {
            x: 'position',
            y: 'averageRating',
            fill: 'var(--accent)',
            r: radiusFor(dots.length, width),
            title: 'label',
            href: 'href',
          }),
        ],
      };
    },
    [dots, spans],
  );
  if (dots.length < 3) return null;
  return (
    <Chart
      title="Ratings, season by season"
      summary={`Ratings of the episodes in order, with the mean of each of ${quantity(spans.length, 'season')}`}
      csv={csvRows(seasons)}
      draw={draw}
    />
  );
}

/** Dots of many episodes are small, so that they do not hide one another. */
function radiusFor(dots: number, width: number): number {
  return Math.min(4, Math.max(1.5, (width / dots) * 0.45));
}
