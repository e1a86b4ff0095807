import { useQuery } from '@tanstack/react-query';
import { useMemo, useState, type ReactNode } from 'react';
import { ask, useAnswer, useList, type ListOf, type Lists } from '../answers.ts';
import { Chart } from '../chart.tsx';
import { Failure, Loading } from '../states.tsx';
import { More, TitleRow } from '../title-list.tsx';
import { counted, facts } from '../wording.ts';
import {
  CHARTED,
  episodeLabel,
  episodeRows,
  ratedEpisodes,
  seasonLabels,
  seasonsOf,
  type Charted,
} from './rated-episodes.ts';

/** More dots than these cover one another, and are drawn small. */
const MANY_DOTS = 300;
/**
 * The seasons of a series: a chart of how its episodes are rated, and the episodes of one season.
 */
export function Seasons({ id }: { readonly id: string }): ReactNode {
  const seasons = useAnswer('seasons', `/titles/${id}/seasons?limit=200`);
  const [chosen, choose] = useState<string | null>(null);
  if (seasons.isPending) return <Loading what="seasons" />;
  if (seasons.isLoadingError) return <Failure error={seasons.error} />;
  const { items } = seasons.data;
  if (items.length === 0) return null;
  const shown = chosen ?? nameOf(items[0]);
  const season = items.find((one) => nameOf(one) === shown);
  return (
    <section>
      <h2>Episodes</h2>
      <EpisodeChart id={id} />
      <label>
        Season{' '}
        <select value={shown} onChange={(event) => choose(event.target.value)}>
          {items.map((one) => (
            <option key={nameOf(one)} value={nameOf(one)}>
              {one.seasonNumber ?? 'not known'}
            </option>
          ))}
        </select>
      </label>{' '}
      <span className="muted">
        {facts(
          counted(season?.episodes, 'episode'),
          season?.averageRating != null && `mean rating ${season.averageRating.toFixed(2)}`,
          counted(season?.numVotes, 'vote'),
        )}
      </span>
      <Episodes path={`/titles/${id}/episodes?limit=50&season=${shown}`} />
    </section>
  );
}

/** A season as the API is asked for it. */
function nameOf(season: Lists['seasons'] | undefined): string {
  return season?.seasonNumber === null ? 'unknown' : String(season?.seasonNumber ?? 'unknown');
}

function Episodes({ path }: { readonly path: string }): ReactNode {
  const list = useList('episodes', path);
  if (list.isPending) return <Loading what="episodes" />;
  if (list.isLoadingError) return <Failure error={list.error} />;
  return (
    <>
      <ol className="rows">
        {list.data.pages
          .flatMap(({ items }) => items)
          .map((episode) => (
            <TitleRow
              key={episode.tconst}
              title={episode}
              note={facts(
                episode.episodeNumber !== null && `Episode ${episode.episodeNumber}`,
                episode.startYear?.toString(),
              )}
            />
          ))}
      </ol>
      <More list={list} />
    </>
  );
}

function EpisodeChart({ id }: { readonly id: string }): ReactNode {
  const { data, error } = useQuery({
    queryKey: ['episodes', 'all', id],
    queryFn: async ({ signal }) => allEpisodes(id, signal),
  });
  const rated = useMemo(() => ratedEpisodes(data ?? []), [data]);
  const seasons = useMemo(() => seasonsOf(rated), [rated]);
  const labels = useMemo(() => seasonLabels(seasons), [seasons]);
  const draw = useMemo(
    () => (plot: typeof import('@observablehq/plot')) => ({
      x: {
        label: 'Season',
        ticks: seasons.map(({ middle }) => middle),
        tickFormat: (_: number, tick: number) => labels[tick] ?? '',
      },
      y: { grid: true, label: 'Rating', nice: true },
      color: { type: 'ordinal' as const, scheme: 'observable10' as const },
      marks: [
        plot.ruleY(seasons, {
          y: 'mean',
          x1: 'first',
          x2: 'last',
          stroke: 'seasonNumber',
          strokeOpacity: 0.4,
          strokeWidth: 2,
        }),
        plot.line(rated, {
          x: 'place',
          y: 'averageRating',
          z: 'seasonNumber',
          stroke: 'seasonNumber',
          strokeOpacity: 0.6,
        }),
        plot.dot(rated, {
          x: 'place',
          y: 'averageRating',
          fill: 'seasonNumber',
          r: rated.length > MANY_DOTS ? 1.5 : 3.5,
        }),
        plot.tip(
          rated,
          plot.pointer({
            x: 'place',
            y: 'averageRating',
            title: episodeLabel,
            fill: 'var(--raised)',
          }),
        ),
      ],
    }),
    [rated, seasons, labels],
  );
  if (data === undefined && error !== null) return <Failure error={error} />;
  if (rated.length < 2) return null;
  return (
    <Chart
      title="Ratings, season by season"
      summary={`Ratings of ${rated.length} episodes in their order, joined by a line in each season, with the mean of each season`}
      rows={episodeRows(rated)}
      draw={draw}
    />
  );
}

/**
 * Page by page to the end: most series are one page, and of streams the server gives few at a time.
 */
async function allEpisodes(id: string, signal: AbortSignal): Promise<Charted[]> {
  const path = `/titles/${id}/episodes?limit=200&fields=${CHARTED.join(',')}`;
  const episodes: Charted[] = [];
  for (let next: string | null = ''; next !== null;) {
    const page: ListOf<Charted> = await ask(
      'episodes',
      next === '' ? path : `${path}&after=${encodeURIComponent(next)}`,
      signal,
    );
    episodes.push(...page.items);
    ({ next } = page);
  }
  return episodes;
}
