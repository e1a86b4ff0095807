import { z } from 'zod';
import { Dataset } from './runs.ts';

/** What IMDb asks to be shown with its data. */
export const ATTRIBUTION =
  'Information courtesy of IMDb (https://www.imdb.com). Used with permission.';
/** What is shown in its place with data of the sample generator. */
export const SAMPLE_NOTICE =
  "All titles and people are made up by marquee's sample generator. None of it is IMDb's.";

/** What is published of one dataset. */
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
    rejects: z.int().meta({ description: 'Lines of the snapshot that could not be taken' }),
    orphans: z.record(z.string(), z.int()).meta({
      description: 'References that lead to no row, by SQL column',
      example: { nconst: 12 },
    }),
  })
  .meta({ id: 'PublishedDataset' });

/** What `GET /published` answers. */
export const Published = z
  .object({
    datasets: z.array(PublishedDataset),
    nextUpdateAt: z.iso.datetime().nullable().meta({
      description: 'When the next update is due by the schedule; null when there is none',
    }),
    isMadeUp: z.boolean().meta({
      description: "Whether it comes from the sample generator, as in the demo, and is not IMDb's",
    }),
    attribution: z.string().meta({
      description: 'What IMDb asks to be shown with its data; of made-up data, that it is made up',
      example: ATTRIBUTION,
    }),
  })
  .meta({ id: 'Published' });
export type Published = z.infer<typeof Published>;
