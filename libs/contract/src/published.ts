import { z } from 'zod';
import { Dataset } from './runs.ts';

/** Attribution that IMDb requires next to its data. */
export const ATTRIBUTION =
  'Information courtesy of IMDb (https://www.imdb.com). Used with permission.';
/** Shown instead of the attribution if the data comes from the sample generator. */
export const SAMPLE_NOTICE =
  "All titles and people are made up by marquee's sample generator. None of it is IMDb's.";

/** The same beside real files of other sources, which it names. */
export function sampleNotice(realSources: readonly string[]): string {
  if (realSources.length === 0) return SAMPLE_NOTICE;
  const names = new Intl.ListFormat('en').format(realSources);
  return `All titles and people of IMDb's datasets are made up by marquee's sample generator. None of it is IMDb's. The records of ${names} are not made up.`;
}

/** The published version of one dataset. */
const PublishedDataset = z
  .object({
    dataset: Dataset,
    status: z
      .enum(['empty', 'published'])
      .meta({ description: 'Whether anything is published', example: 'published' }),
    publishedAt: z.iso.datetime().nullable().meta({
      description: 'Time of the publish; null before it',
      example: '2026-08-15T06:15:00Z',
    }),
    snapshotId: z.string().nullable().meta({
      description: 'Id of the published snapshot',
      example: 'title.ratings-20260815T061500Z-0a1b2c3d',
    }),
    fetchedAt: z.iso
      .datetime()
      .nullable()
      .meta({ description: 'When the snapshot was downloaded', example: '2026-08-15T06:15:00Z' }),
    runId: z.uuid().nullable().meta({
      description: 'Id of the run that published it',
      example: '0199aaaa-0000-7000-8000-000000000000',
    }),
    rows: z.int().meta({ description: 'Number of rows', example: 1_705_427 }),
    rejects: z.int().meta({ description: 'Number of rejected lines of the snapshot', example: 0 }),
    orphans: z.record(z.string(), z.int()).meta({
      description: 'Number of references to missing rows, by SQL column',
      example: { nconst: 12 },
    }),
  })
  .meta({ id: 'PublishedDataset' });

/** Response of `GET /published`. */
export const Published = z
  .object({
    datasets: z.array(PublishedDataset).meta({ description: 'All datasets, by name' }),
    nextUpdateAt: z.iso.datetime().nullable().meta({
      description: 'Time of the next scheduled update; null without a schedule',
      example: '2026-08-15T06:15:00Z',
    }),
    isMadeUp: z.boolean().meta({
      description: 'Whether the data comes from the sample generator, as in the demo',
    }),
    realSources: z.array(z.string()).meta({
      description:
        'If `isMadeUp`, the names of other sources with records that are not made up, such as a file of your own beside the demo; empty otherwise',
      example: [],
    }),
    attribution: z.string().meta({
      description:
        'The attribution that IMDb requires next to its data; for sample data, a note that says what is made up',
      example: ATTRIBUTION,
    }),
  })
  .meta({ id: 'Published' });
export type Published = z.infer<typeof Published>;
