import { z } from 'zod';
import { Dataset } from './runs.ts';

/** A snapshot: one downloaded, verified version of a dataset that is kept. */
export const Snapshot = z
  .object({
    id: z.string().meta({
      description: 'Its id: POST /run-loader takes it',
      example: 'title.ratings-20260815T061500Z-0a1b2c3d',
    }),
    dataset: Dataset,
    fetchedAt: z.iso.datetime().meta({ description: 'When it was downloaded' }),
    lastModified: z.string().nullable().meta({
      description: 'When its source says that it was last changed',
      example: 'Sat, 15 Aug 2026 00:00:00 GMT',
    }),
    bytes: z
      .int()
      .meta({ description: 'Size of the file as it is kept, gzipped', example: 8612123 }),
    rawBytes: z.int().meta({ description: 'Size of its content', example: 30000000 }),
    rows: z.int().meta({ description: 'Lines after the header', example: 1705427 }),
    isPublished: z.boolean().meta({ description: 'Whether it is what readers see' }),
  })
  .meta({ id: 'Snapshot' });
export type Snapshot = z.infer<typeof Snapshot>;

/** What `GET /snapshots` answers. */
export const SnapshotList = z.object({ items: z.array(Snapshot) }).meta({ id: 'SnapshotList' });
export type SnapshotList = z.infer<typeof SnapshotList>;
