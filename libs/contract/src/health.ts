import { z } from 'zod';

/** Response of the health checks if all is well. */
export const Health = z
  .object({
    status: z
      .literal('ok')
      .meta({ description: 'Always ok: else the status is 503', example: 'ok' }),
    replicas: z
      .array(z.enum(['used', 'behind', 'out']))
      .optional()
      .meta({
        description:
          'Of the readiness, if DATABASE_READ_URLS names replicas: whether each answers requests, lacks what was published last, or does not answer',
        example: ['used', 'used'],
      }),
  })
  .meta({ id: 'Health' });
export type Health = z.infer<typeof Health>;
