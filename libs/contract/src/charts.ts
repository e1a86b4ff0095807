import { z } from 'zod';
import { FoundTitle, WEIGHTED_FORMULA } from './filters.ts';
import { CHART_FORMAT } from './feeds.ts';
import { keysOf, listParameters } from './lists.ts';
import { wholeNumber } from './parameter.ts';
import { wordOf, wordsOf } from './vocabularies.ts';

/** Maximum number of titles in a chart. */
const MAX_CHART = 250;

/** The parameter `limit` of charts. */
export const chartLimit = wholeNumber(1, MAX_CHART)
  .default(100)
  .meta({ description: 'Number of titles', example: 100 });

/** How `GET /charts/top` differs from the chart that people know. */
export const TOP_NOTE =
  "Not IMDb's Top 250. That one counts only the votes of regular voters, who are not in the datasets, from 25,000 votes on, and draws ratings towards IMDb's mean. This chart counts all votes.";

/** A title of a chart. */
export const ChartTitle = FoundTitle.extend({
  rank: z.int().meta({ description: 'Rank, starting at 1', example: 1 }),
}).meta({ id: 'ChartTitle' });

/** Field names of a title in a chart. */
export const CHART_FIELDS = keysOf(ChartTitle);

const { fields, csv } = listParameters(CHART_FIELDS);

const CHART_PARAMETERS = {
  titleType: wordsOf('titleType')
    .default(['movie'])
    .meta({ description: 'Title types, comma-separated', example: 'movie' }),
  genre: wordOf('genre')
    .optional()
    .meta({ description: 'Only titles of this genre', example: 'Drama' }),
  decade: wholeNumber(0, 9990)
    .refine((decade) => decade % 10 === 0, 'expected the first year of a decade, such as 1970')
    .optional()
    .meta({ description: 'Only titles of this decade, given by its first year', example: 1970 }),
  limit: chartLimit,
  fields,
  format: CHART_FORMAT,
  csv,
};

/** Parameters of `GET /charts/top`; unknown ones are rejected. */
export const TopQuery = z.strictObject({
  ...CHART_PARAMETERS,
  minVotes: wholeNumber(1, 2_147_483_647)
    .default(1000)
    .meta({ description: 'Only titles with at least this many votes', example: 25_000 }),
});
export type TopQuery = z.infer<typeof TopQuery>;

/** Parameters of `GET /charts/popular`; unknown ones are rejected. */
export const PopularQuery = z.strictObject(CHART_PARAMETERS);
export type PopularQuery = z.infer<typeof PopularQuery>;

/** Response of `GET /charts/top` and `GET /charts/popular` with all fields. */
export const Chart = z
  .object({
    items: z.array(ChartTitle).meta({ description: 'The titles, the best first' }),
    rankedBy: z.string().meta({
      description: 'Sort criterion',
      example: `the weighted rating: ${WEIGHTED_FORMULA}`,
    }),
    note: z.string().nullable().meta({
      description: "How the chart differs from IMDb's chart of the same kind; null if it has none",
      example: TOP_NOTE,
    }),
    minVotes: z.int().meta({ description: 'Minimum number of votes of a title', example: 1000 }),
  })
  .meta({ id: 'WholeChart' });
export type Chart = z.infer<typeof Chart>;

/** A chart whose titles have only the fields listed in `fields`. */
export const PartialChart = Chart.extend({
  items: z
    .array(ChartTitle.partial().meta({ description: 'All fields, or those listed in `fields`' }))
    .meta({ description: 'The titles, the best first' }),
}).meta({ id: 'Chart' });
export type PartialChart = z.infer<typeof PartialChart>;
