import { z } from 'zod';
import { Dataset } from './runs.ts';

/** Attribution that IMDb requires next to its data. */
export const ATTRIBUTION =
  'Information courtesy of IMDb (https://www.imdb.com). Used with permission.';
/** Shown instead of the attribution if the data comes from the sample generator. */
export const SAMPLE_NOTICE =
  "All titles and people are made up by marquee's sample generator. None of it is IMDb's.";

/** The published version of one dataset. */
const PublishedDataset = z
  .object({
    dataset: Dataset,
    status: z.enum(['empty', 'published']),
    publishedAt: z.iso.datetime().nullable(),
    snapshotId: z.string().nullable(),
    fetchedAt: z.iso
      .datetime()
      .nullable()
      .meta({ description: 'When the snapshot was downloaded' }),
    runId: z.uuid().nullable(),
    rows: z.int(),
    rejects: z.int().meta({ description: 'Number of rejected lines of the snapshot' }),
    orphans: z.record(z.string(), z.int()).meta({
      description: 'Number of references to missing rows, by SQL column',
      example: { nconst: 12 },
    }),
  })
  .meta({ id: 'PublishedDataset' });

/** Response of `GET /published`. */
export const Published = z
  .object({
    datasets: z.array(PublishedDataset),
    nextUpdateAt: z.iso.datetime().nullable().meta({
      description: 'Time of the next scheduled update; null without a schedule',
    }),
    isMadeUp: z.boolean().meta({
      description: 'Whether the data comes from the sample generator, as in the demo',
    }),
    attribution: z.string().meta({
      description:
        'The attribution that IMDb requires next to its data; for sample data, a note that it is made up',
      example: ATTRIBUTION,
    }),
  })
  .meta({ id: 'Published' });
export type Published = z.infer<typeof Published>;
