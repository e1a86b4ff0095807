import { DATASET_NAMES } from '@marquee/datasets';
import { z } from 'zod';
import { CHANGE_KINDS, ChangeEntry } from './changes.ts';
import { NameBasic, TitleBasic } from './catalogue.ts';
import { DEFAULT_LIMIT, listParameters, MAX_LIMIT } from './lists.ts';
import { subsetOf } from './parameter.ts';
import { NameId } from './row.ts';
import { episodeOf } from './titles.ts';

/** The kinds of change of single rows. */
export const ROW_CHANGES = CHANGE_KINDS.filter((kind) => kind !== 'reload');

/** The changes of a run in one dataset. */
const DatasetChanges = z
  .object({
    dataset: ChangeEntry.shape.dataset,
    isReload: z.boolean().meta({
      description: 'Whether all rows were replaced: then it is not known which have changed',
    }),
    added: z.int().nullable().meta({ description: 'Rows added; null for a reload', example: 120 }),
    changed: z
      .int()
      .nullable()
      .meta({ description: 'Rows changed; null for a reload', example: 4031 }),
    removed: z
      .int()
      .nullable()
      .meta({ description: 'Rows removed; null for a reload', example: 15 }),
    rows: z.int().meta({ description: 'Rows of the dataset afterwards', example: 1_500_000 }),
    isKept: z.boolean().meta({
      description:
        'Whether the changes are still kept and among the items; CHANGE_DAYS sets how long',
    }),
  })
  .meta({ id: 'DatasetChanges' });

/** A changed row, with the title or the person that it is about. */
const RunChange = ChangeEntry.pick({ dataset: true, ordering: true, before: true, after: true })
  .extend({
    kind: z.enum(ROW_CHANGES).meta({ description: 'What happened to the row', example: 'update' }),
    id: z.string().meta({ description: 'tconst or nconst of the row', example: 'tt0000001' }),
    name: z.string().nullable().meta({
      description: 'Primary title or name now, or before the row was removed; null if unknown',
      example: 'The Long Winter',
    }),
    titleType: TitleBasic.shape.titleType.meta({
      description: 'Title type; null for a person',
      example: 'movie',
    }),
    startYear: TitleBasic.shape.startYear.meta({
      description: 'Start year; null for a person',
      example: 1977,
    }),
    episodeOf,
    person: z
      .object({ nconst: NameId, primaryName: NameBasic.shape.primaryName })
      .nullable()
      .meta({ description: 'The person of a row of title.principals; otherwise null' }),
  })
  .meta({ id: 'RunChange' });
export type RunChange = z.infer<typeof RunChange>;

const { limit, after } = listParameters([]);

/** Parameters of `GET /runs/{id}/changes`; unknown ones are rejected. */
export const RunChangesQuery = z.strictObject({
  dataset: subsetOf(DATASET_NAMES, 'dataset').optional().meta({
    description: 'Only items of these datasets, comma-separated',
    example: 'title.ratings',
  }),
  kind: subsetOf(ROW_CHANGES, 'kind').optional().meta({
    description: 'Only items of these kinds, comma-separated',
    example: 'insert,delete',
  }),
  limit: limit
    .default(DEFAULT_LIMIT)
    .meta({ description: `Maximum number of items, up to ${MAX_LIMIT}`, example: DEFAULT_LIMIT }),
  after,
});
export type RunChangesQuery = z.infer<typeof RunChangesQuery>;

/** Response of `GET /runs/{id}/changes`. */
export const RunChanges = z
  .object({
    datasets: z
      .array(DatasetChanges)
      .meta({ description: 'What the run has published; empty if it has published nothing' }),
    items: z
      .array(RunChange)
      .meta({ description: 'A page of the changed rows, by dataset and kind' }),
    next: z.string().nullable().meta({
      description: 'Pass it as `after` to get the next page; null on the last page',
      example: null,
    }),
  })
  .meta({ id: 'RunChanges' });
export type RunChanges = z.infer<typeof RunChanges>;
