import { z } from 'zod';

/** Response of the health checks if all is well. */
export const Health = z
  .object({
    status: z
      .literal('ok')
      .meta({ description: 'Always ok: else the status is 503', example: 'ok' }),
  })
  .meta({ id: 'Health' });
export type Health = z.infer<typeof Health>;
