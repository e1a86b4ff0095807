import { PEOPLE_SORTS, PeopleChart, RANKED_TITLES } from '@marquee/contract';
import { z } from 'zod';
import { fitting } from '../answer-size.ts';
import { FILTER_ARGUMENTS } from '../filters.ts';
import { PersonRef, personRef } from '../lines.ts';
import { tool } from '../tool.ts';

/** People by their credits on titles that match filters. */
export const rankPeople = tool({
  name: 'rank_people',
  title: 'Rank people',
  description: `Ranks people by their credits on titles that match filters: who directed most horror films of the 1980s, whose comedies have the best ratings, with whom somebody works most (person). Movies only unless titleType is given. Reads the ${RANKED_TITLES.toLocaleString('en')} matching titles with the most votes; isComplete says whether that is all. No items: no title matches, or nobody has minTitles.`,
  input: z.strictObject({
    as: z
      .string()
      .max(200)
      .describe('Their role: director, writer, actor, actress, composer … or cast'),
    sort: z
      .enum(PEOPLE_SORTS)
      .default('titles')
      .describe('By number of titles, votes for all, or mean weighted rating'),
    minTitles: z
      .int()
      .min(1)
      .max(RANKED_TITLES)
      .optional()
      .describe('At least so many titles; 3 for rating'),
    ...FILTER_ARGUMENTS,
    limit: z.int().min(1).max(25).default(10).describe('Number of people'),
  }),
  output: {
    items: z.array(
      PersonRef.extend({
        rank: z.number(),
        titles: z.number(),
        votes: z.number(),
        meanRating: z.number().optional().describe('Mean weighted rating'),
        best: z.string().describe('The most voted of these titles'),
      }),
    ),
    titles: z.number().describe('Number of titles that were read'),
    isComplete: z.boolean().describe('Whether these are all titles that match'),
  },
  answer: async (api, { minTitles, limit: wanted, ...query }) =>
    fitting(wanted, async (limit) => {
      const least = minTitles ?? (query.sort === 'rating' ? 3 : 1);
      const chart = await api.get(PeopleChart, '/charts/people', {
        ...query,
        minTitles: least,
        limit,
      });
      return {
        items: chart.items.map((one, i) => ({
          rank: one.rank ?? i + 1,
          ...personRef(one),
          titles: one.titles ?? 0,
          votes: one.numVotes ?? 0,
          meanRating: one.weightedRating ?? undefined,
          best: (one.best ?? [])
            .map(({ primaryTitle, startYear }) => `${primaryTitle ?? '?'} (${startYear ?? '?'})`)
            .join('; '),
        })),
        titles: chart.titles,
        isComplete: chart.isComplete,
        note:
          chart.items.length === 0
            ? chart.titles === 0
              ? 'No title matches these filters.'
              : `Nobody has ${least} of these titles in this role.`
            : undefined,
      };
    }),
});
