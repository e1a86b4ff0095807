import { DATASET_NAMES } from '@marquee/datasets';
import { z } from 'zod';
import { listParameters } from './lists.ts';
import { subsetOf, text, wholeNumber } from './parameter.ts';
import { NameId, TitleId } from './row.ts';
import { Dataset } from './runs.ts';

/**
 * What can have happened to a row; and a `reload`, which replaced all rows of a dataset at once and
 * left no changes.
 */
export const CHANGE_KINDS = ['insert', 'update', 'delete', 'reload'] as const;
export const ChangeKind = z.enum(CHANGE_KINDS).meta({
  id: 'ChangeKind',
  description:
    'insert, update, delete: what happened to a row; reload: all rows of a dataset were replaced',
  example: 'update',
});
export type ChangeKind = z.infer<typeof ChangeKind>;

/** A row under IMDb's field names. */
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
      description: 'Ask with `since` of this value for what follows this entry',
      example: 'Y2hhbmdlOjE3',
    }),
    runId: z.uuid(),
    publishedAt: z.iso.datetime(),
    dataset: Dataset,
    kind: ChangeKind,
    id: z.string().nullable().meta({
      description: 'The tconst or nconst of the row; null for a reload',
      example: 'tt0000001',
    }),
    ordering: z
      .int()
      .nullable()
      .meta({ description: 'The ordering of the row, where its key has one', example: null }),
    before: values.meta({
      description: "The row as it was, under IMDb's field names; null for an insert and a reload",
      example: { tconst: 'tt0000001', averageRating: 5.6, numVotes: 1200 },
    }),
    after: values.meta({
      description: 'The row as it is from then on; null for a delete and a reload',
      example: { tconst: 'tt0000001', averageRating: 5.7, numVotes: 1210 },
    }),
  })
  .meta({ id: 'ChangeEntry' });
export type ChangeEntry = z.infer<typeof ChangeEntry>;

/** The fields of an entry. */
export const CHANGE_FIELDS = ChangeEntry.keyof().options;

/** How many entries are on a page unless asked otherwise. */
export const DEFAULT_CHANGES = 100;

const { fields, format } = listParameters(CHANGE_FIELDS);

/** Parameters of `GET /changes`; unknown ones are refused. */
export const ChangeQuery = z.strictObject({
  since: text(100).optional().meta({
    description:
      'Only what was published after this: a cursor of an earlier answer, a time, the id of a run, or `now` for a cursor to begin with. Left out: everything that is kept. Cursors alone are exact; a time that lies within the moments of a publish may miss it.',
    example: '2026-08-15T00:00:00Z',
  }),
  dataset: subsetOf(DATASET_NAMES, 'dataset').optional().meta({
    description: 'Only changes of these datasets, with commas between them',
    example: 'title.ratings',
  }),
  id: z
    .union([TitleId, NameId], 'expected the id of a title or a name, such as tt0000001')
    .optional()
    .meta({
      description: 'Only changes of rows whose key is or begins with this id',
      example: 'tt0000001',
    }),
  kind: subsetOf(CHANGE_KINDS, 'kind').optional().meta({
    description:
      'Only changes of these kinds, with commas between them. Reloads are told in any case',
    example: 'insert,delete',
  }),
  limit: wholeNumber(1, 1000)
    .optional()
    .meta({
      description: `How many to answer with at the most: ${DEFAULT_CHANGES} when left out; as a stream, all there are`,
      example: DEFAULT_CHANGES,
    }),
  fields,
  format,
});
export type ChangeQuery = z.infer<typeof ChangeQuery>;

/** What `GET /changes` answers. */
export const ChangePage = z
  .object({
    items: z.array(
      ChangeEntry.partial().meta({ description: 'All fields, or those that `fields` names' }),
    ),
    next: z.string().nullable().meta({
      description:
        'Ask with `since` of this value for what follows; null when there is nothing more by now',
      example: 'Y2hhbmdlOjE3',
    }),
    cursor: z.string().meta({
      description:
        'The same, also at the end: keep it, and ask with it later for what has been published until then',
      example: 'Y2hhbmdlOjE3',
    }),
  })
  .meta({ id: 'ChangePage' });
export type ChangePage = z.infer<typeof ChangePage>;
