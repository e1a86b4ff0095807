import { useQuery } from '@tanstack/react-query';
import { useMemo, useState, type ReactNode } from 'react';
import { getJson, useApi, useApiList, type ListPage, type ListItems } from '../api-client.ts';
import { Chart } from '../chart.tsx';
import { ErrorMessage, Loading } from '../feedback.tsx';
import { ShowMore, TitleRow } from '../title-list.tsx';
import { quantity, joinFacts } from '../format.ts';
import {
  EPISODE_FIELDS,
  episodeLabel,
  csvRows,
  ratedEpisodes,
  seasonLabels,
  ratedSeasons,
  type ChartEpisode,
} from './rated-episodes.ts';

/** Above this number, dots overlap and are drawn smaller. */
const MANY_DOTS = 300;
/**
 * The seasons of a series: a chart of the ratings of its episodes, and the episodes of the selected
 * season.
 */
export function Seasons({ id }: { readonly id: string }): ReactNode {
  const seasons = useApi('seasons', `/titles/${id}/seasons?limit=200`);
  const [chosen, choose] = useState<string | null>(null);
  if (seasons.isPending) return <Loading what="seasons" />;
  if (seasons.isLoadingError) return <ErrorMessage error={seasons.error} />;
  const { items } = seasons.data;
  if (items.length === 0) return null;
  const shown = chosen ?? seasonParameter(items[0]);
  const season = items.find((one) => seasonParameter(one) === shown);
  return (
    <section>
      <h2>Episodes</h2>
      <EpisodeChart id={id} />
      <label>
        Season{' '}
        <select value={shown} onChange={(event) => choose(event.target.value)}>
          {items.map((one) => (
            <option key={seasonParameter(one)} value={seasonParameter(one)}>
              {one.seasonNumber ?? 'Unknown'}
            </option>
          ))}
        </select>
      </label>{' '}
      <span className="muted">
        {joinFacts(
          quantity(season?.episodes, 'episode'),
          season?.averageRating != null && `mean rating ${season.averageRating.toFixed(2)}`,
          quantity(season?.numVotes, 'vote'),
        )}
      </span>
      <Episodes path={`/titles/${id}/episodes?limit=50&season=${shown}`} />
    </section>
  );
}

/** The season as a query parameter of the API. */
function seasonParameter(season: ListItems['seasons'] | undefined): string {
  return season?.seasonNumber === null ? 'unknown' : String(season?.seasonNumber ?? 'unknown');
}

function Episodes({ path }: { readonly path: string }): ReactNode {
  const list = useApiList('episodes', path);
  if (list.isPending) return <Loading what="episodes" />;
  if (list.isLoadingError) return <ErrorMessage error={list.error} />;
  return (
    <>
      <ol className="rows">
        {list.data.pages
          .flatMap(({ items }) => items)
          .map((episode) => (
            <TitleRow
              key={episode.tconst}
              title={episode}
              note={joinFacts(
                episode.episodeNumber !== null && `Episode ${episode.episodeNumber}`,
                episode.startYear?.toString(),
              )}
            />
          ))}
      </ol>
      <ShowMore list={list} />
    </>
  );
}

function EpisodeChart({ id }: { readonly id: string }): ReactNode {
  const { data, error } = useQuery({
    queryKey: ['episodes', 'all', id],
    queryFn: async ({ signal }) => allEpisodes(id, signal),
  });
  const rated = useMemo(() => ratedEpisodes(data ?? []), [data]);
  const seasons = useMemo(() => ratedSeasons(rated), [rated]);
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
          x: 'position',
          y: 'averageRating',
          z: 'seasonNumber',
          stroke: 'seasonNumber',
          strokeOpacity: 0.6,
        }),
        plot.dot(rated, {
          x: 'position',
          y: 'averageRating',
          fill: 'seasonNumber',
          r: rated.length > MANY_DOTS ? 1.5 : 3.5,
        }),
        plot.tip(
          rated,
          plot.pointer({
            x: 'position',
            y: 'averageRating',
            title: episodeLabel,
            fill: 'var(--raised)',
          }),
        ),
      ],
    }),
    [rated, seasons, labels],
  );
  if (data === undefined && error !== null) return <ErrorMessage error={error} />;
  if (rated.length < 2) return null;
  return (
    <Chart
      title="Ratings, season by season"
      summary={`Ratings of ${rated.length} episodes in order, one line per season, with the mean of each season`}
      csv={csvRows(rated)}
      draw={draw}
    />
  );
}

/**
 * Fetches all pages. Not a stream: most series fit on one page, and the server limits concurrent
 * streams.
 */
async function allEpisodes(id: string, signal: AbortSignal): Promise<ChartEpisode[]> {
  const path = `/titles/${id}/episodes?limit=200&fields=${EPISODE_FIELDS.join(',')}`;
  const episodes: ChartEpisode[] = [];
  for (let next: string | null = ''; next !== null;) {
    const page: ListPage<ChartEpisode> = await getJson(
      'episodes',
      next === '' ? path : `${path}&after=${encodeURIComponent(next)}`,
      signal,
    );
    episodes.push(...page.items);
    ({ next } = page);
  }
  return episodes;
}
