import { z } from 'zod';
import { Dataset } from './runs.ts';

const size = (description: string, example: number) =>
  z.int().meta({ description: `${description}, in bytes`, example });

/** Disk usage of one dataset. */
const DatasetDisk = z
  .object({
    dataset: Dataset,
    tableBytes: size('Size of its table', 1_290_000_000),
    indexBytes: size('Size of the indexes of its table', 640_000_000),
    snapshots: z.int().meta({ description: 'Number of its stored snapshots', example: 3 }),
    snapshotBytes: size('Size of the stored snapshot files, as downloaded', 660_000_000),
  })
  .meta({ id: 'DatasetDisk' });

/** Response of `GET /disk`. All sizes are in bytes. */
export const Disk = z
  .object({
    measuredAt: z.iso.datetime().meta({
      description: 'Time of the measurement: at most a minute ago',
      example: '2026-08-15T06:15:00Z',
    }),
    datasets: z.array(DatasetDisk).meta({ description: 'All datasets, by name' }),
    searchBytes: size('Size of the search tables and indexes (schema search)', 9_800_000_000),
    stagingBytes: size(
      'Size of the tables that a running load builds (schemas imdb_next and search_next); almost nothing between runs',
      81_920,
    ),
    recordBytes: size(
      'Size of runs, changes, rejects, webhooks, keys and audit log (schemas ingest and access)',
      310_000_000,
    ),
    sourceBytes: size(
      'Size of records of other sources, their matches, and merged movies (schemas sources and movies)',
      420_000_000,
    ),
    databaseBytes: size('Total size of all these tables and indexes', 38_400_000_000),
    snapshotBytes: size('Size of all snapshot files, as downloaded', 6_100_000_000),
    deliveryBytes: size('Size of all files that were delivered to sources, each once', 52_000_000),
    pictureBytes: size('Size of all pictures of movies and people, each once', 18_000_000),
    exportBytes: size('Size of all files of exports, each once', 3_900_000_000),
    freeBytes: size(
      'Free space on the disk of the database; null if unknown',
      120_000_000_000,
    ).nullable(),
  })
  .meta({ id: 'Disk' });
export type Disk = z.infer<typeof Disk>;
