import { z } from 'zod';
import { keysOf, listPage, listParameters } from './lists.ts';
import { EXAMPLE_ID, text } from './parameter.ts';

/**
 * What a key may do, each one also what those before it may: read; start and stop runs; make keys
 * and webhooks.
 */
export const ROLES = ['reader', 'operator', 'admin'] as const;
export const Role = z.enum(ROLES, `expected ${ROLES.join(', ')}`).meta({
  id: 'Role',
  description: 'What a key may do: read; also start runs; also make keys and webhooks',
  example: 'reader',
});
export type Role = z.infer<typeof Role>;

/** The most requests a minute that a key can be limited to. */
const MAX_REQUESTS = 1_000_000;

const name = text(100)
  .regex(/\S/u, 'expected a text that is not blank')
  .meta({ description: 'Who or what uses it', example: 'the website' });

/** Body of `POST /keys`. */
export const KeyRequest = z
  .strictObject({
    name,
    role: Role,
    expiresAt: z.iso
      .datetime({ offset: true, error: 'expected a time, such as 2030-01-31T00:00:00Z' })
      .optional()
      .meta({
        description: 'Until when it is good; for ever when left out',
        example: '2030-01-31T00:00:00Z',
      }),
    requestsPerMinute: z
      .int('expected a whole number')
      .min(1)
      .max(MAX_REQUESTS)
      .optional()
      .meta({ description: "Its limit; the server's own for keys when left out", example: 600 }),
  })
  .meta({ id: 'KeyRequest' });
export type KeyRequest = z.infer<typeof KeyRequest>;

const key = {
  id: z.uuid(),
  name,
  role: Role,
  requestsPerMinute: z.int().nullable(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().nullable(),
  lastUsedAt: z.iso.datetime().nullable().meta({ description: 'To the minute' }),
  revokedAt: z.iso.datetime().nullable(),
};

/** A key, without its secret, which nobody can be shown again. */
export const Key = z.object(key).meta({ id: 'Key' });
export type Key = z.infer<typeof Key>;

/** What `POST /keys` answers. */
export const NewKey = z
  .object({
    ...key,
    secret: z
      .string()
      .meta({ description: 'The key itself. It is shown this once', example: 'mq_…' }),
  })
  .meta({ id: 'NewKey' });
export type NewKey = z.infer<typeof NewKey>;

/** What `GET /keys` answers. */
export const KeyList = z.object({ items: z.array(Key) }).meta({ id: 'KeyList' });
export type KeyList = z.infer<typeof KeyList>;

/** The id in the path of `DELETE /keys/{id}`. */
export const KeyPath = z.object({
  id: z
    .uuid('expected a UUID, as GET /keys has it')
    .meta({ description: 'Id of a key', example: EXAMPLE_ID }),
});
export type KeyPath = z.infer<typeof KeyPath>;

/** One thing that was asked for and could change something. */
export const AuditEntry = z
  .object({
    id: z.uuid(),
    at: z.iso.datetime(),
    requestId: z.string().nullable(),
    keyId: z
      .uuid()
      .nullable()
      .meta({ description: 'Null where no key was needed, and for the one of the configuration' }),
    keyName: z.string().nullable(),
    address: z.string().nullable(),
    method: z.string().meta({ example: 'POST' }),
    path: z.string().meta({ example: '/updatedata' }),
    asked: z.unknown().meta({ description: 'The body, without its secrets' }),
    status: z.int().nullable().meta({
      description: 'What it was answered with; null when the server ended before',
      example: 202,
    }),
    madeId: z.string().nullable().meta({ description: 'Id of what was made or changed' }),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntry = z.infer<typeof AuditEntry>;

/** Parameters of `GET /audit`. */
export const AuditQuery = z.strictObject(listParameters(keysOf(AuditEntry)));
export type AuditQuery = z.infer<typeof AuditQuery>;

/** What `GET /audit` answers. */
export const AuditPage = listPage(AuditEntry).meta({ id: 'AuditPage' });
