import { DATASET_NAMES } from '@marquee/datasets';
import { z } from 'zod';
import { keysOf, listPage, listParameters } from './lists.ts';
import { EXAMPLE_ID, text } from './parameter.ts';

/** The name of a dataset. */
export const Dataset = z
  .enum(DATASET_NAMES)
  .meta({ id: 'Dataset', description: 'A dataset, as IMDb names it', example: 'title.basics' });

/** A quality gate that a request can switch off for its run. */
export const Gate = z
  .enum(['rejects', 'row-loss'])
  .meta({ id: 'Gate', description: 'A quality gate of the publish', example: 'row-loss' });
export type Gate = z.infer<typeof Gate>;

const datasets = z
  .array(Dataset, 'expected a list of datasets')
  .min(1, 'expected at least one dataset')
  .transform((names) => [...new Set(names)])
  .optional()
  .meta({
    description: 'Which datasets; all seven when left out',
    example: ['title.basics', 'title.ratings'],
  });

const ignoreGates = z
  .array(Gate)
  .default([])
  .meta({ description: 'Publish in spite of these gates', example: [] });

/** Body of `POST /run-downloader`; no body asks for the defaults, as in the two below. */
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
        description: 'Which snapshots, by their ids, of any age; instead of the newest ones',
        example: ['title.ratings-20260815T061500Z-0a1b2c3d'],
      }),
    ignoreGates,
    force: z.literal('full').optional().meta({
      description: 'Load everything anew, although only changes could be published',
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
          'true: update although the last successful update is of today (UTC); full: and load everything anew',
        example: false,
      }),
  })
  .prefault({})
  .meta({ id: 'UpdateRequest' });

/** What went wrong in a run, and what to do. */
export const RunError = z
  .object({
    code: z
      .string()
      .meta({ description: 'A stable word for programs', example: 'download-failed' }),
    message: z.string().meta({ description: 'What we got, where, and what was expected' }),
    hint: z.string().meta({ description: 'What to do about it' }),
    dataset: Dataset.nullable(),
  })
  .meta({ id: 'RunError' });
export type RunError = z.infer<typeof RunError>;

/** How far one step of a run is: the download or the load of one dataset. */
export const RunStep = z
  .object({
    job: z.enum(['download', 'load']),
    dataset: Dataset,
    state: z.enum(['waiting', 'running', 'done', 'failed']),
    phase: z.string().nullable().meta({
      description: 'What it is at: fetching, comparing, copying, indexing, unchanged …',
      example: 'copying',
    }),
    note: z.string().nullable().meta({
      description:
        'What a refresh of the dataset has changed; or why the dataset is loaded in full, where only its changes could be; or that a download waits for the server, or has columns that are left out',
      example: 'refresh: 120 rows added, 4031 changed, 15 removed',
    }),
    bytesDone: z.int(),
    bytesTotal: z.int().nullable(),
    rowsDone: z.int(),
    rowsTotal: z.int().nullable(),
    rejects: z.int().meta({
      description:
        'Rows that could not be taken, also of a step that failed; `GET /runs/{id}/rejects` lists them',
    }),
    bytesPerSecond: z.int().nullable(),
    rowsPerSecond: z.int().nullable(),
    secondsLeft: z
      .int()
      .nullable()
      .meta({ description: 'Time left at the rate so far; null when it is not known' }),
    snapshotId: z.string().nullable(),
    startedAt: z.iso.datetime().nullable(),
    endedAt: z.iso.datetime().nullable(),
    error: RunError.nullable().meta({
      description:
        'Why the step failed. With the code skipped it was not begun, because of the failed step that the message names',
    }),
  })
  .meta({ id: 'RunStep' });
export type RunStep = z.infer<typeof RunStep>;

const RUN_KINDS = ['download', 'load', 'update'] as const;
const RUN_STATES = ['running', 'succeeded', 'failed'] as const;

/** A run: one asked-for piece of work. */
export const Run = z
  .object({
    id: z.uuid().meta({ description: 'Id of the run' }),
    url: z.string().meta({
      description: 'Where to ask for it',
      example: '/runs/0199aaaa-0000-7000-8000-000000000000',
    }),
    kind: z.enum(RUN_KINDS),
    state: z.enum(RUN_STATES),
    phase: z.string().nullable().meta({
      description:
        'What the run as a whole is at, when its steps are done: publishing, waiting for readers …',
      example: null,
    }),
    datasets: z.array(Dataset),
    requestedAt: z.iso.datetime(),
    endedAt: z.iso.datetime().nullable(),
    error: RunError.nullable().meta({
      description:
        'Why the run failed: the first error of its steps, or that it was cancelled (code cancelled)',
    }),
    steps: z.array(RunStep),
  })
  .meta({ id: 'Run' });
export type Run = z.infer<typeof Run>;

/** What the endpoints that start a run answer with. */
export const RunAccepted = z.object({ id: z.uuid(), url: z.string() }).meta({ id: 'RunAccepted' });
export type RunAccepted = z.infer<typeof RunAccepted>;

/** The id in the path of `GET /runs/{id}`. */
export const RunPath = z.object({
  id: z
    .uuid('expected a UUID, as the answer that started the run has it')
    .meta({ description: 'Id of a run', example: EXAMPLE_ID }),
});
export type RunPath = z.infer<typeof RunPath>;

/** Parameters of `GET /runs`. */
export const RunQuery = z.strictObject(listParameters(keysOf(Run)));
export type RunQuery = z.infer<typeof RunQuery>;

/** What `GET /runs` answers. */
export const RunPage = listPage(Run).meta({ id: 'RunPage' });

/** An input row that could not be taken. */
export const Reject = z
  .object({
    id: z.string().meta({ description: 'Its place among all rejects', example: '17' }),
    dataset: Dataset,
    snapshotId: z.string(),
    line: z.int().meta({ description: 'Line in the file; the header is line 1', example: 4711 }),
    raw: z.string().meta({
      description:
        'The line to read: what is no UTF-8 stands as U+FFFD, NUL as U+2400; at most 64 KiB',
    }),
    reason: z
      .string()
      .meta({ description: 'Why it could not be taken', example: 'expected 9 fields, got 8' }),
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

/** What `GET /runs/{id}/rejects` answers. */
export const RejectPage = listPage(Reject).meta({ id: 'RejectPage' });
