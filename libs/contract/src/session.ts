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

/** Why a sign-in with the identity provider has failed. */
export const SIGN_IN_PROBLEMS = [
  'sign-in-expired',
  'sign-in-refused',
  'no-role',
  'provider-unavailable',
  'provider-answer',
] as const;
export type SignInProblem = (typeof SIGN_IN_PROBLEMS)[number];

/** Parameters of `GET /sign-in/start`. */
export const SignInQuery = z.strictObject({
  return_to: z
    .string()
    .max(2000, 'expected at most 2000 characters')
    .regex(/^\/(?![/\\])[^\\\p{C}]*$/u, 'expected a path of this site, such as /data')
    .default('/')
    .meta({ description: 'The page to go to afterwards', example: '/data' }),
  moved: z
    .literal('1')
    .optional()
    .meta({ description: 'Whether the browser was sent to PUBLIC_URL first' }),
});
export type SignInQuery = z.infer<typeof SignInQuery>;

/** Form of `POST /sign-out/notice`, by which the provider ends sessions. */
export const SignOutNotice = z.object({ logout_token: z.string().max(16_384) });
export type SignOutNotice = z.infer<typeof SignOutNotice>;

/** Response of `POST /sign-out`. */
export const SignedOut = z
  .object({
    provider: z.string().nullable().meta({
      description:
        'URL at the identity provider that ends the session there too; null for nothing to end',
      example: null,
    }),
  })
  .meta({ id: 'SignedOut' });
export type SignedOut = z.infer<typeof SignedOut>;

const need = z.enum(['open', 'keyed']);

/** Who has signed in, and what needs a key on this server. */
export const Session = z
  .object({
    role: Role.nullable().meta({
      description: 'Role of the key or the person; null if nobody has signed in',
    }),
    name: z.string().nullable().meta({
      description: 'Name of the key or the person; null if nobody has signed in',
      example: 'household',
    }),
    isPerson: z.boolean().meta({
      description: 'Whether it is a person, whom the identity provider has signed in',
      example: false,
    }),
    provider: z.string().nullable().meta({
      description:
        'Name of the identity provider that people can sign in with, at /sign-in/start; null for none',
      example: null,
    }),
    reading: need.meta({ description: 'Whether reading needs a key', example: 'open' }),
    operating: need.meta({ description: 'Whether starting runs needs a key', example: 'open' }),
    mayOperate: z.boolean().meta({
      description: 'Whether the caller may change things: by their role, or without one',
      example: true,
    }),
  })
  .meta({ id: 'Session' });
export type Session = z.infer<typeof Session>;
