import { DATASET_NAMES } from '@marquee/datasets';
import { z } from 'zod';
import { keysOf, listPage, listParameters } from './lists.ts';
import { EXAMPLE_ID, text } from './parameter.ts';

/** The name of a dataset. */
export const Dataset = z
  .enum(DATASET_NAMES)
  .meta({ id: 'Dataset', description: 'Dataset name, as used by IMDb', example: 'title.basics' });

/** A quality gate that a request can ignore for its run. */
export const Gate = z
  .enum(['rejects', 'row-loss'])
  .meta({ id: 'Gate', description: 'Quality gate before the publish', example: 'row-loss' });
export type Gate = z.infer<typeof Gate>;

const datasets = z
  .array(Dataset, 'expected a list of datasets')
  .min(1, 'expected at least one dataset')
  .transform((names) => [...new Set(names)])
  .optional()
  .meta({
    description: 'Datasets of the run. Default: all seven',
    example: ['title.basics', 'title.ratings'],
  });

const ignoreGates = z
  .array(Gate)
  .default([])
  .meta({ description: 'Publish even if these gates fail', example: [] });

/** Body of `POST /run-downloader`. Here and in the two below, no body means the defaults. */
export const DownloadRequest = z
  .strictObject({ datasets })
  .prefault({})
  .meta({ id: 'DownloadRequest' });
/** Body of `POST /run-loader`. */
export const LoadRequest = z
  .strictObject({
    datasets,
    snapshots: z
      .array(text(100))
      .min(1)
      .optional()
      .meta({
        description:
          'Ids of the snapshots to load, of any age. Default: the newest of each dataset',
        example: ['title.ratings-20260815T061500Z-0a1b2c3d'],
      }),
    ignoreGates,
    force: z.literal('full').optional().meta({
      description: 'full: load all rows, even if a refresh is possible',
      example: 'full',
    }),
  })
  .prefault({})
  .meta({ id: 'LoadRequest' });
/** Body of `POST /updatedata`. */
export const UpdateRequest = z
  .strictObject({
    datasets,
    ignoreGates,
    force: z
      .union([z.boolean(), z.literal('full')], 'expected true, false or full')
      .default(false)
      .meta({
        description:
          'true: update even if today (UTC) has a successful update already; full: also load all rows',
        example: false,
      }),
  })
  .prefault({})
  .meta({ id: 'UpdateRequest' });

/** Why a run or one of its steps failed, and what to do next. */
export const RunError = z
  .object({
    code: z.string().meta({ description: 'Stable code for programs', example: 'download-failed' }),
    message: z.string().meta({
      description: 'What was found, where, and what was expected',
      example: 'The server answered 503 to the request for title.ratings; expected 200.',
    }),
    hint: z.string().meta({ description: 'What to do next', example: 'Try again later.' }),
    dataset: Dataset.nullable().meta({ description: 'Its dataset; null for a fault of the run' }),
  })
  .meta({ id: 'RunError' });
export type RunError = z.infer<typeof RunError>;

/** A step of a run: the download or the load of one dataset. */
export const RunStep = z
  .object({
    job: z.enum(['download', 'load']).meta({ description: 'What the step does', example: 'load' }),
    dataset: Dataset,
    state: z
      .enum(['waiting', 'running', 'done', 'failed'])
      .meta({ description: 'State of the step', example: 'running' }),
    phase: z.string().nullable().meta({
      description: 'Current activity: fetching, comparing, copying, indexing, unchanged …',
      example: 'copying',
    }),
    note: z.string().nullable().meta({
      description:
        'The changes of a refresh, the reason for a full load instead of a refresh, or a remark of the download: waiting for the server, or unknown columns ignored',
      example: 'refresh: 120 rows added, 4031 changed, 15 removed',
    }),
    bytesDone: z.int().meta({ description: 'Bytes downloaded or read so far', example: 4_194_304 }),
    bytesTotal: z
      .int()
      .nullable()
      .meta({ description: 'Bytes of the file; null if unknown', example: 8_612_123 }),
    rowsDone: z.int().meta({ description: 'Rows read so far', example: 830_000 }),
    rowsTotal: z
      .int()
      .nullable()
      .meta({ description: 'Rows of the snapshot; null if unknown', example: 1_705_427 }),
    rejects: z.int().meta({
      description:
        'Number of rejected lines of the snapshot, also of a failed step. `GET /runs/{id}/rejects` lists those that this run read: a refresh does not read unchanged lines',
      example: 0,
    }),
    bytesPerSecond: z
      .int()
      .nullable()
      .meta({ description: 'Bytes a second; null while it waits', example: 2_097_152 }),
    rowsPerSecond: z
      .int()
      .nullable()
      .meta({ description: 'Rows a second; null while it waits', example: 415_000 }),
    secondsLeft: z.int().nullable().meta({
      description: 'Estimated time left at the current rate; null if unknown',
      example: 3,
    }),
    snapshotId: z.string().nullable().meta({
      description: 'Id of its snapshot; null before there is one',
      example: 'title.ratings-20260815T061500Z-0a1b2c3d',
    }),
    startedAt: z.iso.datetime().nullable().meta({
      description: 'Time of the start; null while it waits',
      example: '2026-08-15T06:15:00Z',
    }),
    endedAt: z.iso
      .datetime()
      .nullable()
      .meta({ description: 'Time of the end; null before it', example: '2026-08-15T06:15:00Z' }),
    error: RunError.nullable().meta({
      description:
        'Why the step failed. Code skipped: the step did not start because another step failed, which the message names',
    }),
  })
  .meta({ id: 'RunStep' });
export type RunStep = z.infer<typeof RunStep>;

const RUN_KINDS = ['download', 'load', 'update'] as const;
const RUN_STATES = ['running', 'succeeded', 'failed'] as const;

/** A run: one requested download, load or update. */
export const Run = z
  .object({
    id: z
      .uuid()
      .meta({ description: 'Id of the run', example: '0199aaaa-0000-7000-8000-000000000000' }),
    url: z.string().meta({
      description: 'URL of the run',
      example: '/runs/0199aaaa-0000-7000-8000-000000000000',
    }),
    kind: z.enum(RUN_KINDS).meta({
      description: 'What the run does; update: download, load and publish',
      example: 'update',
    }),
    state: z.enum(RUN_STATES).meta({ description: 'State of the run', example: 'succeeded' }),
    phase: z.string().nullable().meta({
      description: 'Current activity after all steps are done: publishing, waiting for readers …',
      example: null,
    }),
    datasets: z.array(Dataset).meta({ description: 'Datasets of the run' }),
    requestedAt: z.iso
      .datetime()
      .meta({ description: 'Time of the request', example: '2026-08-15T06:15:00Z' }),
    endedAt: z.iso.datetime().nullable().meta({
      description: 'Time of the end; null while it runs',
      example: '2026-08-15T06:15:00Z',
    }),
    error: RunError.nullable().meta({
      description: 'Why the run failed: the first error of its steps, or code cancelled',
    }),
    steps: z.array(RunStep).meta({ description: 'The downloads and loads of the run' }),
  })
  .meta({ id: 'Run' });
export type Run = z.infer<typeof Run>;

/** Response of the endpoints that start a run. */
export const RunAccepted = Run.pick({ id: true, url: true }).meta({ id: 'RunAccepted' });
export type RunAccepted = z.infer<typeof RunAccepted>;

/** The id in the path of `GET /runs/{id}`. */
export const RunPath = z.object({
  id: z
    .uuid('expected the UUID from the response that started the run')
    .meta({ description: 'Id of a run', example: EXAMPLE_ID }),
});
export type RunPath = z.infer<typeof RunPath>;

/** Parameters of `GET /runs`. */
export const RunQuery = z.strictObject(listParameters(keysOf(Run)));
export type RunQuery = z.infer<typeof RunQuery>;

/** Response of `GET /runs`. */
export const RunPage = listPage(Run).meta({ id: 'RunPage' });

/** A rejected input row. */
export const Reject = z
  .object({
    id: z.string().meta({ description: 'Sequence number among all rejects', example: '17' }),
    dataset: Dataset.meta({ description: 'Dataset of the line' }),
    snapshotId: z.string().meta({
      description: 'Id of the snapshot',
      example: 'title.ratings-20260815T061500Z-0a1b2c3d',
    }),
    line: z
      .int()
      .meta({ description: 'Line number in the file; the header is line 1', example: 4711 }),
    raw: z.string().meta({
      description: 'The line as text: invalid UTF-8 as U+FFFD, NUL as U+2400; at most 64 KiB',
      example: 'tt0000001\\t5.7',
    }),
    reason: z
      .string()
      .meta({ description: 'Why it was rejected', example: 'expected 9 fields, got 8' }),
  })
  .meta({ id: 'Reject' });

/** Parameters of `GET /runs/{id}/rejects`. */
export const RejectQuery = z.strictObject({
  dataset: Dataset.optional().meta({
    description: 'Only rejects of this dataset',
    example: 'title.basics',
  }),
  ...listParameters(keysOf(Reject)),
});
export type RejectQuery = z.infer<typeof RejectQuery>;

/** Response of `GET /runs/{id}/rejects`. */
export const RejectPage = listPage(Reject).meta({ id: 'RejectPage' });
