import { FoundTitlePage, TITLE_SORTS } from '@marquee/contract';
import { z } from 'zod';
import { fitting } from '../answer-size.ts';
import { FILTER_ARGUMENTS } from '../filters.ts';
import { TitleLine, titleLine } from '../lines.ts';
import { MORE, tool } from '../tool.ts';

/** Titles by any combination of filters. */
export const discover = tool({
  name: 'discover',
  title: 'Discover titles by filters',
  description:
    'Lists titles that match all given filters, in any order: by type, genres, years, runtime, rating, votes, country, language, person and role. Types: movie, short, tvSeries, tvMiniSeries, tvEpisode, tvMovie, tvSpecial, tvShort, videoGame. For “best”, sort by weighted (few votes weigh little) or set numVotesFrom. Ten at a time. No items: no title matches all filters; drop one. An unknown genre, type or country is an error that names the nearest.',
  input: z.strictObject({
    ...FILTER_ARGUMENTS,
    q: z.string().max(200).optional().describe('Words of the title; then at most 200 titles'),
    sort: z
      .enum(TITLE_SORTS)
      .optional()
      .describe('Default: votes; relevance with q. rating ignores how few the votes are'),
    order: z.enum(['asc', 'desc']).optional().describe('Default: asc for title and id, else desc'),
    count: z.boolean().optional().describe('Also count all titles that match'),
    limit: z.int().min(1).max(25).default(10).describe('Number of titles'),
    more: MORE,
  }),
  output: {
    items: z.array(TitleLine),
    total: z.number().optional().describe('Number of titles that match, if asked for with count'),
  },
  answer: async (api, { count, limit: wanted, more, ...filters }) =>
    fitting(wanted, async (limit) => {
      const page = await api.get(FoundTitlePage, '/titles', {
        ...filters,
        limit,
        after: more,
        total: count === true ? 'exact' : undefined,
      });
      return {
        items: page.items.map(titleLine),
        total: page.total,
        more: page.next ?? undefined,
        note: page.items.length === 0 ? 'No title matches all of these filters.' : undefined,
      };
    }),
});
