import { z } from 'zod';
import { chartLimit, ChartTitle } from './charts.ts';
import { CHART_FORMAT } from './feeds.ts';
import { keysOf, listParameters } from './lists.ts';
import { wholeNumber } from './parameter.ts';
import { Rating } from './titles.ts';
import { wordsOf } from './vocabularies.ts';

/** The longest time that these charts cover, in days. */
const MAX_DAYS = 90;

const NewTitle = ChartTitle.extend({
  addedAt: z.iso
    .datetime()
    .meta({ description: 'When the title was first published', example: '2026-08-15T06:15:00Z' }),
}).meta({ id: 'NewTitle' });

const Mover = ChartTitle.extend({
  previous: Rating.nullable().meta({
    description: 'The rating at the start of the time that the chart covers; null without one',
  }),
}).meta({ id: 'Mover' });

/** Field names of the titles of both charts. */
export const NEW_TITLE_FIELDS = keysOf(NewTitle);
export const MOVER_FIELDS = keysOf(Mover);

const commonParameters = <F extends string>(names: readonly F[]) => {
  const { fields, csv } = listParameters(names);
  return {
    days: wholeNumber(1, MAX_DAYS).default(7).meta({
      description: 'Number of days that the chart covers, until the last publish',
      example: 7,
    }),
    titleType: wordsOf('titleType').optional().meta({
      description: 'Title types, comma-separated. Default: all but episodes',
      example: 'movie,tvSeries',
    }),
    limit: chartLimit,
    fields,
    format: CHART_FORMAT,
    csv,
  };
};

const minVotes = (least: number, standard: number) =>
  wholeNumber(least, 2_147_483_647)
    .default(standard)
    .meta({ description: 'Only titles with at least this many votes', example: standard });

/** Parameters of `GET /charts/new`; unknown ones are rejected. */
export const NewTitlesQuery = z.strictObject({
  ...commonParameters(NEW_TITLE_FIELDS),
  minVotes: minVotes(0, 0),
});
export type NewTitlesQuery = z.infer<typeof NewTitlesQuery>;

/** Parameters of `GET /charts/movers`; unknown ones are rejected. */
export const MoversQuery = z.strictObject({
  ...commonParameters(MOVER_FIELDS),
  by: z
    .enum(['votes', 'rating'], 'expected votes or rating')
    .default('votes')
    .meta({ description: 'By votes gained, or by how far the rating moved', example: 'votes' }),
  minVotes: minVotes(100, 1000),
});
export type MoversQuery = z.infer<typeof MoversQuery>;

const chartOf = <S extends z.core.$ZodShape>(item: z.ZodObject<S>) =>
  z.object({
    items: z
      .array(item.partial().meta({ description: 'All fields, or those listed in `fields`' }))
      .meta({ description: 'The titles, the first of the chart first' }),
    days: z.int().meta({ description: 'Number of days that the chart covers', example: 7 }),
    since: z.iso.datetime().nullable().meta({
      description:
        'The start of that time; later where changes are not kept for as long. Null before the first publish',
      example: '2026-08-15T06:15:00Z',
    }),
    minVotes: z.int().meta({ description: 'Minimum number of votes of a title', example: 1000 }),
  });

/** Response of `GET /charts/new`. */
export const NewTitles = chartOf(NewTitle).meta({ id: 'NewTitles' });
export type NewTitles = z.infer<typeof NewTitles>;

/** Response of `GET /charts/movers`. */
export const Movers = chartOf(Mover).meta({ id: 'Movers' });
export type Movers = z.infer<typeof Movers>;
