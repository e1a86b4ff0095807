import type { Episode } from '@marquee/contract';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState, type ReactNode } from 'react';
import { ask, useAnswer, useList, type Answers, type Lists } from '../answers.ts';
import { Chart } from '../chart.tsx';
import { Failure, Loading } from '../states.tsx';
import { More, TitleRow } from '../title-list.tsx';
import { count, facts } from '../wording.ts';

/** A chart of more than so many pages of 200 episodes shows nothing but noise. */
const MOST_PAGES = 5;

/** The seasons of a series: a chart of how its episodes are rated, and the episodes of one season. */
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
      <span className="muted">{facts(`${count(season?.episodes)} episodes`, season?.averageRating != null && `mean rating ${season.averageRating.toFixed(2)}`, `${count(season?.numVotes)} votes`)}</span>
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
            <TitleRow key={episode.tconst} title={episode} note={facts(episode.episodeNumber !== null && `Episode ${episode.episodeNumber}`, episode.startYear?.toString())} />
          ))}
      </ol>
      <More list={list} />
    </>
  );
}

function EpisodeChart({ id }: { readonly id: string }): ReactNode {
  const { data } = useQuery({ queryKey: ['episodes', 'all', id], queryFn: async ({ signal }) => allEpisodes(id, signal) });
  const rated = useMemo(() => (data ?? []).filter(({ averageRating, seasonNumber }) => averageRating !== null && seasonNumber !== null).map((episode, place) => ({ ...episode, place: place + 1 })), [data]);
  const draw = useMemo(
    () => (plot: typeof import('@observablehq/plot')) => ({
      x: { label: 'Episodes in their order', ticks: 8, tickFormat: 'd' },
      y: { grid: true, label: 'Rating', nice: true },
      color: { type: 'ordinal' as const, scheme: 'observable10' as const, label: 'Season', legend: new Set(rated.map(({ seasonNumber }) => seasonNumber)).size <= 12 },
      marks: [
        plot.dot(rated, { x: 'place', y: 'averageRating', fill: 'seasonNumber', r: 3.5, title: label }),
        plot.ruleY(seasonMeans(rated), { y: 'mean', x1: 'first', x2: 'last', stroke: 'seasonNumber', strokeWidth: 2 }),
      ],
    }),
    [rated],
  );
  if (rated.length < 2) return null;
  const rows = [['tconst', 'seasonNumber', 'episodeNumber', 'averageRating', 'numVotes'], ...rated.map((episode) => [episode.tconst, episode.seasonNumber, episode.episodeNumber, episode.averageRating, episode.numVotes])];
  return <Chart title="Ratings, season by season" summary={`Ratings of ${rated.length} episodes in their order, with the mean of each season as a line`} rows={rows} draw={draw} />;
}

type Placed = Episode & { readonly place: number };

function label({ seasonNumber, episodeNumber, primaryTitle, averageRating }: Placed): string {
  return `S${seasonNumber ?? '?'} E${episodeNumber ?? '?'} ${primaryTitle ?? ''}: ${averageRating ?? ''}`;
}

/** Where each season begins and ends, and the mean of its ratings. */
function seasonMeans(rated: readonly Placed[]): { seasonNumber: number | null; first: number; last: number; mean: number }[] {
  return [...Map.groupBy(rated, ({ seasonNumber }) => seasonNumber)].map(([seasonNumber, episodes]) => ({
    seasonNumber,
    first: (episodes[0]?.place ?? 0) - 0.4,
    last: (episodes.at(-1)?.place ?? 0) + 0.4,
    mean: episodes.reduce((sum, { averageRating }) => sum + (averageRating ?? 0), 0) / episodes.length,
  }));
}

async function allEpisodes(id: string, signal: AbortSignal): Promise<Episode[]> {
  const episodes: Episode[] = [];
  let after: string | null = '';
  for (let page = 0; page < MOST_PAGES && after !== null; page++) {
    const answer: Answers['episodes'] = await ask('episodes', `/titles/${id}/episodes?limit=200${after === '' ? '' : `&after=${encodeURIComponent(after)}`}`, signal);
    episodes.push(...answer.items);
    after = answer.next;
  }
  return episodes;
}
