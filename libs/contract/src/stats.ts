import { z } from 'zod';
import { Dataset } from './runs.ts';

const titles = z.int().meta({ description: 'Number of titles', example: 1234 });

const DatasetStats = z
  .object({
    dataset: Dataset,
    snapshotAt: z.iso.datetime().nullable().meta({
      description: 'Time of the download of the published snapshot',
      example: '2026-08-15T06:15:00Z',
    }),
    lastModified: z.string().nullable().meta({
      description: 'Last-Modified header of its source',
      example: 'Sat, 15 Aug 2026 00:00:00 GMT',
    }),
    rows: z.int().meta({ description: 'Number of published rows', example: 12_345_678 }),
    orphans: z
      .int()
      .meta({ description: 'Number of references to missing titles or names', example: 12 }),
    rejects: z.int().meta({ description: 'Number of rejected lines of the snapshot', example: 0 }),
  })
  .meta({ id: 'DatasetStats' });

/** Response of `GET /stats`. */
export const Stats = z
  .object({
    datasets: z.array(DatasetStats).meta({ description: 'The datasets, by name' }),
    titlesByYear: z
      .array(
        z.object({
          year: z
            .int()
            .nullable()
            .meta({ description: 'Start year; null if unknown', example: 1977 }),
          titleType: z
            .string()
            .nullable()
            .meta({ description: 'Title type; null if unknown', example: 'movie' }),
          titles,
        }),
      )
      .meta({ description: 'Number of titles by year and type; null means unknown' }),
    ratings: z
      .array(
        z.object({
          averageRating: z.number().meta({ description: 'A rating', example: 7.6 }),
          titles,
        }),
      )
      .meta({ description: 'Number of titles by rating' }),
    ratingsByGenre: z
      .array(
        z.object({
          genre: z.string().meta({ description: 'A genre', example: 'Drama' }),
          decade: z.int().nullable().meta({
            description: 'First year of the decade; null if the year is unknown',
            example: 1970,
          }),
          titles: z.int().meta({ description: 'Number of rated titles', example: 123 }),
          averageRating: z.number().meta({
            description: 'Unweighted mean of their ratings, to two decimals',
            example: 6.87,
          }),
        }),
      )
      .meta({ description: 'Ratings by genre and decade' }),
  })
  .meta({ id: 'Stats' });
export type Stats = z.infer<typeof Stats>;
