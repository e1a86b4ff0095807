import { z } from 'zod';
import { Dataset, RunError } from './runs.ts';

/** The formats of exports. Parquet is always made, as the others are made from it. */
export const EXPORT_FORMATS = ['parquet', 'duckdb', 'sqlite'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** Formats in the order in which they are made: Parquet comes first, asked for or not. */
export function withParquet(formats: readonly ExportFormat[]): ExportFormat[] {
  return EXPORT_FORMATS.filter((format) => format === 'parquet' || formats.includes(format));
}

/** The version of the manifest, which is raised when a program that reads it has to change. */
export const MANIFEST_VERSION = 1;

const ID = /^\d{8}T\d{6}Z-[0-9a-f]{8}$/u;
const EXAMPLE = '20260815T063000Z-0a1b2c3d';

const ExportId = z
  .string()
  .regex(ID, 'expected the id of an export, such as 20260815T063000Z-0a1b2c3d')
  .meta({
    description: 'Id of the export: the time of its request, and a random part',
    example: EXAMPLE,
  });

const formats = z
  .array(z.enum(EXPORT_FORMATS))
  .meta({ description: 'Formats of the files', example: ['parquet'] });

const time = (description: string) =>
  z.iso.datetime().meta({ description, example: '2026-08-15T06:30:00Z' });

const snapshotId = z
  .string()
  .meta({ description: 'Id of a snapshot', example: 'title.ratings-20260815T061500Z-0a1b2c3d' });

/** A column of a file. */
export const ExportColumn = z
  .object({
    name: z.string().meta({ description: 'Name of the column', example: 'average_rating' }),
    type: z
      .string()
      .meta({ description: 'Its type, as DuckDB writes it', example: 'DECIMAL(3,1)' }),
    comment: z
      .string()
      .meta({ description: 'What it holds', example: 'Weighted mean of the votes, 1.0 to 10.0' }),
  })
  .meta({ id: 'ExportColumn' });
export type ExportColumn = z.infer<typeof ExportColumn>;

/** A file of an export. */
export const ExportFile = z
  .object({
    name: z.string().meta({
      description: 'Name of the file in the export; GET /exports/{id}/{name} returns it',
      example: 'title_ratings.parquet',
    }),
    kind: z.enum(['table', 'changes', 'database']).meta({
      description:
        'table: all rows of a table; changes: those since the previous export; database: all tables',
      example: 'table',
    }),
    format: z.enum(EXPORT_FORMATS).meta({ description: 'Format of the file', example: 'parquet' }),
    table: z.string().nullable().meta({
      description: 'Name of the table; null for a file of all tables',
      example: 'title_ratings',
    }),
    path: z.string().meta({
      description:
        'Path in the snapshot store, on disk or S3. The file at a path never changes; exports of the same rows share it',
      example: `exports/title_ratings/${EXAMPLE}/title_ratings.parquet`,
    }),
    rows: z.int().meta({ description: 'Number of rows', example: 1_705_427 }),
    bytes: z.int().meta({ description: 'Size in bytes', example: 12_000_000 }),
    sha256: z
      .string()
      .meta({ description: 'SHA-256 of the content, in hexadecimal', example: 'a'.repeat(64) }),
    columns: z
      .array(ExportColumn)
      .meta({ description: 'Its columns in order; empty for a file of all tables' }),
    sortedBy: z
      .array(z.string())
      .meta({ description: 'Columns by which its rows are sorted', example: ['tconst'] }),
  })
  .meta({ id: 'ExportFile' });
export type ExportFile = z.infer<typeof ExportFile>;

/**
 * Why an export has no changes of a table: nothing changed; there is no previous export to start
 * from; the table was loaded in full in between; or the changes are no longer kept.
 */
export const NO_CHANGES = ['unchanged', 'first', 'reloaded', 'expired'] as const;

/** What an export holds of a table. */
export const ExportTable = z
  .object({
    name: z.string().meta({ description: 'Name of the table', example: 'title_ratings' }),
    dataset: Dataset.nullable().meta({
      description: 'Dataset of IMDb; null for movies of several sources',
    }),
    snapshot: snapshotId.nullable().meta({ description: 'Snapshot whose rows it has' }),
    run: z.uuid().nullable().meta({
      description: 'Run that published them',
      example: '0199aaaa-0000-7000-8000-000000000000',
    }),
    publishedAt: time('Time of the publish').nullable(),
    rows: z.int().meta({ description: 'Number of rows', example: 1_705_427 }),
    changes: z.enum(['file', ...NO_CHANGES]).meta({
      description:
        'file: the export has the changes since the previous one; else why not. unchanged: nothing to do; first, reloaded, expired: take the whole table',
      example: 'file',
    }),
  })
  .meta({ id: 'ExportTable' });
export type ExportTable = z.infer<typeof ExportTable>;

/** The manifest of an export: `exports/manifests/{id}.json` in the snapshot store. */
export const ExportManifest = z
  .object({
    version: z.literal(MANIFEST_VERSION).meta({ description: 'Version of this format' }),
    id: ExportId,
    createdAt: time('Time at which its files were complete'),
    previous: ExportId.nullable().meta({
      description: 'The export to which its changes are to be applied; null for the first',
    }),
    formats,
    attribution: z.string().meta({
      description: 'To be shown wherever the data is shown',
      example: 'Information courtesy of IMDb (https://www.imdb.com). Used with permission.',
    }),
    movieChange: z.int().meta({
      description: 'The last change of a movie that it has, as a number of the feed of movies',
      example: 4711,
    }),
    tables: z.array(ExportTable).meta({ description: 'Its tables' }),
    files: z.array(ExportFile).meta({ description: 'Its files' }),
  })
  .meta({ id: 'ExportManifest' });
export type ExportManifest = z.infer<typeof ExportManifest>;

/** An export, made or in the making. */
export const Export = z
  .object({
    id: ExportId,
    url: z.string().meta({ description: 'URL of the export', example: `/exports/${EXAMPLE}` }),
    state: z.enum(['waiting', 'running', 'done', 'failed', 'removed']).meta({
      description: 'removed: newer exports have replaced it',
      example: 'done',
    }),
    formats,
    requestedAt: time('Time of the request'),
    requestedBy: z.string().meta({
      description: 'Who has asked for it; publish: the setting EXPORT_FORMATS',
      example: 'publish',
    }),
    startedAt: time('Time of the start; null while it waits').nullable(),
    endedAt: time('Time of the end; null before it').nullable(),
    phase: z
      .string()
      .nullable()
      .meta({ description: 'The file in the making; null unless it runs', example: null }),
    rowsDone: z.int().meta({ description: 'Rows written so far', example: 212_702_007 }),
    rowsTotal: z.int().nullable().meta({
      description: 'Rows to write in all; null before the start',
      example: 212_702_007,
    }),
    files: z.int().meta({ description: 'Number of its files', example: 10 }),
    bytes: z.int().meta({ description: 'Size of all its files in bytes', example: 3_900_000_000 }),
    error: RunError.nullable().meta({ description: 'Why it failed; null unless it did' }),
  })
  .meta({ id: 'Export' });
export type Export = z.infer<typeof Export>;

/** Response of `GET /exports`. */
export const ExportList = z
  .object({ items: z.array(Export).meta({ description: 'The exports, newest first' }) })
  .meta({ id: 'ExportList' });
export type ExportList = z.infer<typeof ExportList>;

/** Response of `GET /exports/{id}`. */
export const ExportDetails = Export.extend({
  manifest: ExportManifest.nullable().meta({
    description: 'Its tables and files; null unless it is done',
  }),
}).meta({ id: 'ExportDetails' });
export type ExportDetails = z.infer<typeof ExportDetails>;

/** Body of `POST /exports`; no body means the defaults. */
export const ExportRequest = z
  .strictObject({
    formats: z
      .array(z.enum(EXPORT_FORMATS), 'expected a list of formats')
      .min(1, 'expected at least one format')
      .default(['parquet'])
      .transform(withParquet)
      .meta({
        description:
          'Formats besides Parquet, which is always made: duckdb, sqlite: one file of all tables each',
        example: ['parquet', 'duckdb'],
      }),
    again: z.boolean().default(false).meta({
      description: 'true: make one even if the newest has the same rows and formats',
      example: false,
    }),
  })
  .prefault({})
  .meta({ id: 'ExportRequest' });
export type ExportRequest = z.infer<typeof ExportRequest>;

const idOrLatest = z
  .string()
  .regex(
    /^(?:latest|\d{8}T\d{6}Z-[0-9a-f]{8})$/u,
    'expected latest, or the id of an export, such as 20260815T063000Z-0a1b2c3d',
  )
  .meta({ description: 'Id of an export; latest: the newest one', example: 'latest' });

/** The id in the path of `GET /exports/{id}`. */
export const ExportPath = z.object({ id: idOrLatest });
export type ExportPath = z.infer<typeof ExportPath>;

/** The file in the path of `GET /exports/{id}/{file}`. */
export const ExportFilePath = z.object({
  id: idOrLatest,
  file: z
    .string()
    .max(100)
    .regex(/^[a-z_]+(?:\.changes)?\.(?:parquet|duckdb|sqlite|json)$/u, {
      error: 'expected the name of a file, such as title_ratings.parquet or manifest.json',
    })
    .meta({ description: 'Name of a file of it, or manifest.json', example: 'manifest.json' }),
});
export type ExportFilePath = z.infer<typeof ExportFilePath>;
