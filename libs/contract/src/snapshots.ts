import { z } from 'zod';
import { Dataset } from './runs.ts';

/** A snapshot: one downloaded, verified and stored version of a dataset. */
export const Snapshot = z
  .object({
    id: z.string().meta({
      description: 'Id of the snapshot; POST /run-loader accepts it',
      example: 'title.ratings-20260815T061500Z-0a1b2c3d',
    }),
    dataset: Dataset,
    fetchedAt: z.iso
      .datetime()
      .meta({ description: 'Time of the download', example: '2026-08-15T06:15:00Z' }),
    lastModified: z.string().nullable().meta({
      description: 'Last-Modified header of its source',
      example: 'Sat, 15 Aug 2026 00:00:00 GMT',
    }),
    bytes: z.int().meta({ description: 'Size of the gzipped file, in bytes', example: 8612123 }),
    rawBytes: z
      .int()
      .meta({ description: 'Size of the uncompressed content, in bytes', example: 30000000 }),
    rows: z.int().meta({ description: 'Number of lines after the header', example: 1705427 }),
    isPublished: z.boolean().meta({ description: 'Whether this snapshot is published' }),
  })
  .meta({ id: 'Snapshot' });
export type Snapshot = z.infer<typeof Snapshot>;

/** Response of `GET /snapshots`. */
export const SnapshotList = z
  .object({ items: z.array(Snapshot).meta({ description: 'The snapshots, newest first' }) })
  .meta({ id: 'SnapshotList' });
export type SnapshotList = z.infer<typeof SnapshotList>;
