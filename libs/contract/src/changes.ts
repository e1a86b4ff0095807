import { DATASET_NAMES } from '@marquee/datasets';
import { z } from 'zod';
import { listParameters } from './lists.ts';
import { subsetOf, text, wholeNumber } from './parameter.ts';
import { RequestedNameId, RequestedTitleId } from './row.ts';
import { Dataset } from './runs.ts';

/**
 * What happened to a row. A `reload` replaces all rows of a dataset at once and records no single
 * changes.
 */
export const CHANGE_KINDS = ['insert', 'update', 'delete', 'reload'] as const;
export const ChangeKind = z.enum(CHANGE_KINDS).meta({
  id: 'ChangeKind',
  description:
    'insert, update, delete: one row changed; reload: all rows of the dataset were replaced',
  example: 'update',
});
export type ChangeKind = z.infer<typeof ChangeKind>;

/** A row, keyed by IMDb's field names. */
const values = z
  .record(
    z.string(),
    z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]).nullable(),
  )
  .nullable();

/** One entry of the change feed. */
export const ChangeEntry = z
  .object({
    cursor: z.string().meta({
      description: 'Pass it as `since` to get the entries after this one',
      example: 'Y2hhbmdlOjE3',
    }),
    runId: z.uuid().meta({
      description: 'Id of the run that published it',
      example: '0199aaaa-0000-7000-8000-000000000000',
    }),
    publishedAt: z.iso
      .datetime()
      .meta({ description: 'Time of the publish', example: '2026-08-15T06:15:00Z' }),
    dataset: Dataset.meta({ description: 'Dataset of the row' }),
    kind: ChangeKind.meta({ description: 'What happened to it' }),
    id: z.string().nullable().meta({
      description: 'tconst or nconst of the row; null for a reload',
      example: 'tt0000001',
    }),
    ordering: z
      .int()
      .nullable()
      .meta({ description: 'ordering of the row, if it is part of its key', example: null }),
    before: values.meta({
      description:
        "The row before the change, keyed by IMDb's field names; null for an insert or a reload",
      example: { tconst: 'tt0000001', averageRating: 5.6, numVotes: 1200 },
    }),
    after: values.meta({
      description: 'The row after the change; null for a delete or a reload',
      example: { tconst: 'tt0000001', averageRating: 5.7, numVotes: 1210 },
    }),
  })
  .meta({ id: 'ChangeEntry' });
export type ChangeEntry = z.infer<typeof ChangeEntry>;

/** Field names of an entry. */
export const CHANGE_FIELDS = ChangeEntry.keyof().options;

/** Default page size, in entries. */
export const DEFAULT_CHANGES = 100;

const { fields, format, csv } = listParameters(CHANGE_FIELDS);

/** Parameters of `GET /changes`; unknown ones are rejected. */
export const ChangeQuery = z.strictObject({
  since: text(100).optional().meta({
    description:
      'Return only entries published after this point: a cursor from an earlier response, a time, a run id, or `now` to get a first cursor. Default: all retained entries. Only cursors are exact: a time during a publish may miss that publish.',
    example: '2026-08-15T00:00:00Z',
  }),
  dataset: subsetOf(DATASET_NAMES, 'dataset').optional().meta({
    description: 'Only changes of these datasets, comma-separated',
    example: 'title.ratings',
  }),
  id: z
    .union(
      [RequestedTitleId, RequestedNameId],
      'expected the id of a title or a name, such as tt0000001',
    )
    .optional()
    .meta({
      description: 'Only changes of rows whose key is this id or starts with it',
      example: 'tt0000001',
    }),
  kind: subsetOf(CHANGE_KINDS, 'kind').optional().meta({
    description: 'Only changes of these kinds, comma-separated. Reloads are always included',
    example: 'insert,delete',
  }),
  limit: wholeNumber(1, 1000)
    .optional()
    .meta({
      description: `Maximum number of entries. Default: ${DEFAULT_CHANGES}; in a stream: all`,
      example: DEFAULT_CHANGES,
    }),
  fields,
  format,
  csv,
});
export type ChangeQuery = z.infer<typeof ChangeQuery>;

/** Response of `GET /changes`. */
export const ChangePage = z
  .object({
    items: z
      .array(ChangeEntry.partial().meta({ description: 'All fields, or those listed in `fields`' }))
      .meta({ description: 'The changes, in their order' }),
    next: z.string().nullable().meta({
      description: 'Pass it as `since` to get the next page; null if there are no more entries yet',
      example: 'Y2hhbmdlOjE3',
    }),
    cursor: z.string().meta({
      description:
        'Like `next`, but never null: store it and pass it later as `since` to get everything published in between',
      example: 'Y2hhbmdlOjE3',
    }),
  })
  .meta({ id: 'ChangePage' });
export type ChangePage = z.infer<typeof ChangePage>;
