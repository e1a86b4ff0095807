import { Chart, Stats } from '@marquee/contract';
import type { Context } from '../context.ts';
import { EPISODE, placeOf } from '../episode.ts';
import { count } from '../figures.ts';
import { CliFault, EXIT } from '../faults.ts';
import { offerUpdate } from '../freshness.ts';
import { showOrigin } from '../origin.ts';

export interface TopOptions {
  readonly type: string;
  readonly genre?: string;
  readonly decade?: number;
  readonly minVotes?: number;
  readonly limit: number;
  readonly popular?: boolean;
}

/** Shows the best rated or the most voted titles. @throws CliFault 3 where there are none */
export async function top(
  context: Context,
  { type, genre, decade, minVotes, limit, popular = false }: TopOptions,
): Promise<void> {
  if (popular && minVotes !== undefined)
    throw new CliFault('--min-votes has no meaning with --popular.', {
      exitCode: EXIT.usage,
      code: 'usage',
    });
  await offerUpdate(context);
  const { api, out } = context;
  const chart = await api.get(Chart, popular ? '/charts/popular' : '/charts/top', {
    titleType: type,
    genre,
    decade,
    limit,
    ...(popular ? {} : { minVotes }),
  });
  const rows = chart.items.map(
    ({ rank, tconst, primaryTitle, episodeOf, startYear, averageRating, numVotes }) => [
      rank,
      tconst,
      primaryTitle,
      placeOf(episodeOf),
      startYear,
      averageRating?.toFixed(1),
      count(numVotes),
    ],
  );
  if (out.isJson) out.json(chart);
  else if (rows.length > 0) {
    out.table(
      [
        { head: '#', align: 'right' },
        { head: 'ID' },
        { head: 'TITLE', isFlexible: true },
        EPISODE,
        { head: 'YEAR' },
        { head: 'RATING', align: 'right' },
        { head: 'VOTES', align: 'right' },
      ],
      rows,
    );
    out.line(`By ${chart.rankedBy}`, 'dim');
    await showOrigin(context);
  }
  if (rows.length > 0) return;
  const hint =
    (await unknownGenre(context, genre)) ??
    `Titles need ${count(chart.minVotes)} votes for it: see --min-votes, --type and --genre.`;
  throw new CliFault('No title is in this chart.', {
    exitCode: EXIT.notFound,
    code: 'nothing-found',
    hint,
  });
}

/** Says that no title has the genre, and which ones there are; null where some have it. */
async function unknownGenre({ api }: Context, genre: string | undefined): Promise<string | null> {
  if (genre === undefined) return null;
  const { ratingsByGenre } = await api.get(Stats, '/stats');
  const known = [...new Set(ratingsByGenre.map((entry) => entry.genre))].sort();
  return known.length === 0 || known.includes(genre)
    ? null
    : `There is no genre “${genre}”. There are ${known.join(', ')}.`;
}
