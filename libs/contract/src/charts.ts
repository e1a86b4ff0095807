import { z } from 'zod';
import { FoundTitle, WEIGHTED_FORMULA } from './filters.ts';
import { keysOf, listParameters } from './lists.ts';
import { wholeNumber, word, words } from './parameter.ts';
import { canonicalGenre, canonicalTitleType } from './title-words.ts';

/** How many titles a chart has at the most. */
const MAX_CHART = 250;

const ChartTitle = FoundTitle.extend({
  rank: z.int().meta({ description: 'Its place, from 1', example: 1 }),
}).meta({ id: 'ChartTitle' });

/** The fields of a title in a chart. */
export const CHART_FIELDS = keysOf(ChartTitle);

const { fields, format } = listParameters(CHART_FIELDS);

const CHART_PARAMETERS = {
  titleType: words(canonicalTitleType)
    .default(['movie'])
    .meta({ description: 'Titles of these types, with commas between', example: 'movie' }),
  genre: word(canonicalGenre)
    .optional()
    .meta({ description: 'Only titles that have this genre', example: 'Drama' }),
  decade: wholeNumber(0, 9990)
    .refine((decade) => decade % 10 === 0, 'expected the first year of a decade, such as 1970')
    .optional()
    .meta({ description: 'Only titles of this decade, named by its first year', example: 1970 }),
  limit: wholeNumber(1, MAX_CHART)
    .default(100)
    .meta({ description: 'How many titles', example: 100 }),
  fields,
  format,
};

/** Parameters of `GET /charts/top`; unknown ones are refused. */
export const TopQuery = z.strictObject({
  ...CHART_PARAMETERS,
  minVotes: wholeNumber(1, 2_147_483_647)
    .default(1000)
    .meta({ description: 'Only titles with so many votes or more', example: 25_000 }),
});
export type TopQuery = z.infer<typeof TopQuery>;

/** Parameters of `GET /charts/popular`; unknown ones are refused. */
export const PopularQuery = z.strictObject(CHART_PARAMETERS);
export type PopularQuery = z.infer<typeof PopularQuery>;

/** What `GET /charts/top` and `GET /charts/popular` answer, when all fields are asked for. */
export const Chart = z
  .object({
    items: z.array(ChartTitle),
    rankedBy: z.string().meta({
      description: 'What the order is',
      example: `the weighted rating: ${WEIGHTED_FORMULA}`,
    }),
    minVotes: z.int().meta({ description: 'How many votes a title must have', example: 1000 }),
  })
  .meta({ id: 'WholeChart' });
export type Chart = z.infer<typeof Chart>;

/** The same where `fields` leaves some out. */
export const PartialChart = Chart.extend({
  items: z.array(
    ChartTitle.partial().meta({ description: 'All fields, or those that `fields` names' }),
  ),
}).meta({ id: 'Chart' });
export type PartialChart = z.infer<typeof PartialChart>;
