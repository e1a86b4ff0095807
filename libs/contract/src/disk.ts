import { z } from 'zod';
import { Dataset } from './runs.ts';

const size = (description: string, example: number) =>
  z.int().meta({ description: `${description}, in bytes`, example });

/** The disk that one dataset takes. */
const DatasetDisk = z
  .object({
    dataset: Dataset,
    tableBytes: size('Its table', 1_290_000_000),
    indexBytes: size('The indexes of its table', 640_000_000),
    snapshots: z.int().meta({ description: 'How many of its snapshots are kept', example: 3 }),
    snapshotBytes: size('Their files as they were fetched', 660_000_000),
  })
  .meta({ id: 'DatasetDisk' });

/** What `GET /disk` answers. */
export const Disk = z
  .object({
    measuredAt: z.iso
      .datetime()
      .meta({ description: 'When it was measured: at most a minute ago' }),
    datasets: z.array(DatasetDisk),
    searchBytes: size(
      'Tables and indexes by which titles and names are found (schema search)',
      9_800_000_000,
    ),
    stagingBytes: size(
      'What a load is building beside what is published (schemas imdb_next and search_next); next to nothing between runs',
      81_920,
    ),
    recordBytes: size(
      'Runs, changes, rejects, webhooks, keys and the audit (schemas ingest and access)',
      310_000_000,
    ),
    databaseBytes: size('All of these tables and indexes together', 38_400_000_000),
    snapshotBytes: size('The files of all snapshots, as they were fetched', 6_100_000_000),
    freeBytes: size(
      'Room on the disk of the database; null where it may not be asked for that',
      120_000_000_000,
    ).nullable(),
  })
  .meta({ id: 'Disk' });
export type Disk = z.infer<typeof Disk>;
