import { Run } from '@marquee/contract';
import { z } from 'zod';

/** The answer to `GET /runs` with all fields. */
export const FullRunPage = z.object({ items: z.array(Run), next: z.string().nullable() });
