import { Chart, Stats } from '@marquee/contract';
import { count, counted } from '@marquee/terminal/format';
import type { Context } from '../context/context.ts';
import { CliError, EXIT } from '../context/errors.ts';
import { EPISODE_COLUMN, episodePosition } from '../output/episode.ts';
import { showAttribution } from './attribution.ts';
import { offerUpdate } from './offer-update.ts';

export interface TopOptions {
  readonly type: string;
  readonly genre?: string;
  readonly decade?: number;
  readonly minVotes?: number;
  readonly limit: number;
  readonly popular?: boolean;
}

/** Shows the titles with the best rating or the most votes. @throws CliError 3 if there are none */
export async function top(
  context: Context,
  { type, genre, decade, minVotes, limit, popular = false }: TopOptions,
): Promise<void> {
  if (popular && minVotes !== undefined)
    throw new CliError('--min-votes cannot be combined with --popular.', {
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
      episodePosition(episodeOf),
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
        EPISODE_COLUMN,
        { head: 'YEAR' },
        { head: 'RATING', align: 'right' },
        { head: 'VOTES', align: 'right' },
      ],
      rows,
    );
    out.line(`By ${chart.rankedBy}`, 'dim');
    await showAttribution(context);
  }
  if (rows.length > 0) return;
  const hint =
    (await unknownGenre(context, genre)) ??
    `It lists titles with at least ${counted(chart.minVotes, 'vote')}: see --min-votes, --type and --genre.`;
  throw new CliError('No title is in this chart.', {
    exitCode: EXIT.notFound,
    code: 'nothing-found',
    hint,
  });
}

/** A hint with all genres, if no title has this one; else null. */
async function unknownGenre({ api }: Context, genre: string | undefined): Promise<string | null> {
  if (genre === undefined) return null;
  const { ratingsByGenre } = await api.get(Stats, '/stats');
  const known = [...new Set(ratingsByGenre.map((entry) => entry.genre))].sort();
  return known.length === 0 || known.includes(genre)
    ? null
    : `No title has the genre “${genre}”. Genres: ${known.join(', ')}.`;
}
