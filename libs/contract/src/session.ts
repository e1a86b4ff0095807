import { z } from 'zod';
import { Role } from './keys.ts';

/** Body of `POST /session`. */
export const SessionRequest = z
  .strictObject({
    key: z
      .string('expected a key, such as mq_…')
      .max(300, 'expected at most 300 characters')
      .transform((key) => key.trim())
      .meta({ description: 'The key to sign in with', example: 'mq_…' }),
  })
  .meta({ id: 'SessionRequest' });
export type SessionRequest = z.infer<typeof SessionRequest>;

const need = z.enum(['open', 'keyed']);

/** Who has signed in, and what needs a key on this server. */
export const Session = z
  .object({
    role: Role.nullable().meta({ description: 'Role of the key; null if nobody has signed in' }),
    name: z
      .string()
      .nullable()
      .meta({ description: 'Name of the key; null if nobody has signed in', example: 'household' }),
    reading: need.meta({ description: 'Whether reading needs a key', example: 'open' }),
    operating: need.meta({ description: 'Whether starting runs needs a key', example: 'open' }),
    mayOperate: z.boolean().meta({
      description: 'Whether the caller may change things: by the role of the key, or without one',
      example: true,
    }),
  })
  .meta({ id: 'Session' });
export type Session = z.infer<typeof Session>;
