import { z } from 'zod';

/** What the health checks answer when all is well. */
export const Health = z.object({ status: z.literal('ok') }).meta({ id: 'Health' });
export type Health = z.infer<typeof Health>;
