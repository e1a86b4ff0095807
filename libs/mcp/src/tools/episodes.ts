import { EpisodeGrid, EpisodePage, SeasonPage } from '@marquee/contract';
import { UserError } from '@marquee/process';
import { z } from 'zod';
import type { Api } from '../api.ts';
import { clip, fitting } from '../answer-size.ts';
import type { Item } from '../lines.ts';
import { EXPECTED_MORE, MORE, tool } from '../tool.ts';

const ORDERS = ['episode', 'best', 'worst', 'votes'] as const;

/** How many episodes an answer has. */
const EPISODES = 20;

const EpisodeLine = z.object({
  id: z.string(),
  title: z.string(),
  season: z.number().optional(),
  episode: z.number().optional(),
  year: z.number().optional(),
  rating: z.number().optional(),
  votes: z.number().optional(),
});
type EpisodeLine = z.infer<typeof EpisodeLine>;

/** Seasons and episodes of a series. */
export const episodes = tool({
  name: 'episodes',
  title: 'Seasons and episodes of a series',
  description:
    'Lists the seasons of a series with their mean ratings; with season, the episodes of that season; with order best, worst or votes, the episodes of the whole series (or season) in that order, of those that are rated, up to 20,000. 20 episodes at a time. No seasons: it is not a series, or its episodes are not known. For an episode, the tool title names its series.',
  input: z.strictObject({
    series: z.string().max(200).describe('Id of the series, such as tt0000001'),
    season: z.int().min(0).max(99_999).optional().describe('Only this season'),
    order: z.enum(ORDERS).default('episode').describe('best and worst: by rating'),
    minVotes: z
      .int()
      .min(0)
      .default(0)
      .describe('For best, worst and votes: only episodes with at least this many votes'),
    more: MORE,
  }),
  output: {
    seasons: z
      .array(
        z.object({
          season: z.number().optional().describe('Absent: of unknown season'),
          episodes: z.number(),
          meanRating: z.number().optional(),
          votes: z.number(),
        }),
      )
      .optional(),
    episodes: z.array(EpisodeLine).optional(),
  },
  answer: async (api, { series, season, order, minVotes, more }) => {
    const path = `/titles/${encodeURIComponent(series)}`;
    if (order !== 'episode') return rankEpisodes(api, path, { season, order, minVotes, more });
    if (season === undefined) return listSeasons(api, path, more);
    return fitting(EPISODES, async (limit) => {
      const query = { season, limit, after: more };
      const page = await api.get(EpisodePage, `${path}/episodes`, query);
      const items = page.items.map((one) => lineOf(one, one.seasonNumber ?? null));
      return {
        episodes: items,
        more: page.next ?? undefined,
        note: items.length === 0 ? `It has no season ${season}.` : undefined,
      };
    });
  },
});

async function listSeasons(api: Api, path: string, after: string | undefined) {
  return fitting(40, async (limit) => {
    const page = await api.get(SeasonPage, `${path}/seasons`, { limit, after });
    const seasons = page.items.map((one) => ({
      season: one.seasonNumber ?? undefined,
      episodes: one.episodes ?? 0,
      meanRating: one.averageRating ?? undefined,
      votes: one.numVotes ?? 0,
    }));
    return {
      seasons,
      more: page.next ?? undefined,
      note: seasons.length === 0 ? 'It has no episodes.' : undefined,
    };
  });
}

interface Ranking {
  readonly season: number | undefined;
  readonly order: Exclude<(typeof ORDERS)[number], 'episode'>;
  readonly minVotes: number;
  /** The number of episodes that were answered before. */
  readonly more: string | undefined;
}

async function rankEpisodes(api: Api, path: string, { season, order, minVotes, more }: Ranking) {
  if (!/^\d{1,9}$/u.test(more ?? '0'))
    throw new UserError(`more: not of this list; ${EXPECTED_MORE}`);
  const grid = await api.get(EpisodeGrid, `${path}/episode-grid`);
  const sign = order === 'worst' ? -1 : 1;
  const key = (one: EpisodeLine) => (order === 'votes' ? one.votes : one.rating) ?? 0;
  const ranked = grid.seasons
    .filter(({ seasonNumber }) => season === undefined || seasonNumber === season)
    .flatMap((one) => one.episodes.map((episode) => lineOf(episode, one.seasonNumber)))
    .filter(({ votes }) => votes !== undefined && votes >= minVotes)
    .sort((a, b) => sign * (key(b) - key(a)) || (b.votes ?? 0) - (a.votes ?? 0));
  const start = Number(more ?? 0);
  return fitting(EPISODES, (limit) => {
    const end = start + limit;
    return Promise.resolve({
      episodes: ranked.slice(start, end),
      more: end < ranked.length ? String(end) : undefined,
      note:
        ranked.length === 0
          ? 'None of its episodes is rated.'
          : grid.complete
            ? undefined
            : 'Only the first 20,000 episodes were ranked.',
    });
  });
}

function lineOf(
  episode: Item<z.infer<typeof EpisodePage>['items'][number]>,
  season: number | null,
): EpisodeLine {
  const { tconst = '', primaryTitle, episodeNumber, startYear, averageRating, numVotes } = episode;
  return {
    id: tconst,
    title: clip(primaryTitle ?? tconst, 100),
    season: season ?? undefined,
    episode: episodeNumber ?? undefined,
    year: startYear ?? undefined,
    rating: averageRating ?? undefined,
    votes: numVotes ?? undefined,
  };
}
