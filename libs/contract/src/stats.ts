import { z } from 'zod';
import { Dataset } from './runs.ts';

const titles = z.int().meta({ description: 'How many titles', example: 1234 });

const DatasetStats = z
  .object({
    dataset: Dataset,
    snapshotAt: z.iso
      .datetime()
      .nullable()
      .meta({ description: 'When the published snapshot was downloaded' }),
    lastModified: z.string().nullable().meta({
      description: 'When its source says that it was last changed',
      example: 'Sat, 15 Aug 2026 00:00:00 GMT',
    }),
    rows: z.int(),
    orphans: z.int().meta({ description: 'References to titles or names that are in no file' }),
    rejects: z.int().meta({ description: 'Lines of the snapshot that could not be taken' }),
  })
  .meta({ id: 'DatasetStats' });

/** What `GET /stats` answers. */
export const Stats = z
  .object({
    datasets: z.array(DatasetStats),
    titlesByYear: z
      .array(z.object({ year: z.int().nullable(), titleType: z.string().nullable(), titles }))
      .meta({ description: 'Titles by year and type; null for what is not known' }),
    ratings: z
      .array(z.object({ averageRating: z.number(), titles }))
      .meta({ description: 'How many titles have each rating' }),
    ratingsByGenre: z
      .array(
        z.object({
          genre: z.string(),
          decade: z.int().nullable().meta({
            description: 'The first year of the decade; null where the year is not known',
            example: 1970,
          }),
          titles: z.int().meta({ description: 'Rated titles', example: 123 }),
          averageRating: z.number().meta({
            description: 'Mean of their ratings, each title counting the same, to two decimals',
            example: 6.87,
          }),
        }),
      )
      .meta({ description: 'Ratings by genre and decade' }),
  })
  .meta({ id: 'Stats' });
export type Stats = z.infer<typeof Stats>;
