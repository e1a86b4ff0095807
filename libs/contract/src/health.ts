import { z } from 'zod';

/** Response of the health checks if all is well. */
export const Health = z.object({ status: z.literal('ok') }).meta({ id: 'Health' });
export type Health = z.infer<typeof Health>;
