import { z } from 'zod';

const time = (description: string) =>
  z.iso.datetime().nullable().meta({ description, example: '2026-08-15T06:15:00Z' });

/** How far the schedule of a source has come. */
export const SourceSchedule = z
  .object({
    url: z.string().meta({
      description: 'What is fetched',
      example: 'https://films.example.org/films.csv',
    }),
    cursor: z.string().nullable().meta({
      description: 'Up to where the changes of an API were applied; null for a whole file',
      example: null,
    }),
    checkedAt: time('Time of the last request; null before the first'),
    dueAt: time('Time of the next request'),
    failures: z.int().meta({ description: 'Number of failures in a row', example: 0 }),
    error: z
      .object({
        code: z.string().meta({ description: 'Stable code for programs', example: 'fetch-failed' }),
        message: z.string().meta({
          description: 'What was found, and what was expected',
          example:
            'https://films.example.org/films.csv has answered with status 404, expected 200.',
        }),
        hint: z.string().nullable().meta({ description: 'What to do next', example: null }),
      })
      .nullable()
      .meta({ description: 'Why the last request failed; null if it did not' }),
  })
  .meta({ id: 'SourceSchedule' });
export type SourceSchedule = z.infer<typeof SourceSchedule>;
