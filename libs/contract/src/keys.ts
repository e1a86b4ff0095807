import { z } from 'zod';
import { keysOf, listPage, listParameters } from './lists.ts';
import { EXAMPLE_ID, text } from './parameter.ts';
import { SourceId } from './sources.ts';

/**
 * Roles of API keys. Each role includes those before it: read; start and stop runs; create keys and
 * webhooks.
 */
export const ROLES = ['reader', 'operator', 'admin'] as const;
export const Role = z.enum(ROLES, `expected ${ROLES.join(', ')}`).meta({
  id: 'Role',
  description:
    'What a key may do. reader: read; operator: also start and stop runs; admin: also create keys and webhooks',
  example: 'reader',
});
export type Role = z.infer<typeof Role>;

/** Highest configurable limit of a key, in requests per minute. */
const MAX_REQUESTS = 1_000_000;

const name = text(100)
  .regex(/\S/u, 'expected a text that is not blank')
  .meta({ description: 'Who or what uses the key', example: 'the website' });

/** Body of `POST /keys`. */
export const KeyRequest = z
  .strictObject({
    name,
    role: Role,
    expiresAt: z.iso
      .datetime({ offset: true, error: 'expected a time, such as 2030-01-31T00:00:00Z' })
      .optional()
      .meta({
        description: 'Expiry time. Default: never',
        example: '2030-01-31T00:00:00Z',
      }),
    requestsPerMinute: z.int('expected a whole number').min(1).max(MAX_REQUESTS).optional().meta({
      description: "Rate limit of the key. Default: the server's rate limit for keys",
      example: 600,
    }),
    source: SourceId.optional().meta({
      description:
        'The key delivers to this source and does nothing else; its role has to be reader. Default: it may do all that its role may',
      example: 'movielens',
    }),
  })
  .superRefine(({ role, source }, context) => {
    if (source === undefined || role === 'reader') return;
    context.addIssue({
      code: 'custom',
      path: ['role'],
      message: `expected reader with source, as the key only delivers; got ${role}`,
    });
  })
  .meta({ id: 'KeyRequest' });
export type KeyRequest = z.infer<typeof KeyRequest>;

const key = {
  id: z
    .uuid()
    .meta({ description: 'Id of the key', example: '0199aaaa-0000-7000-8000-000000000000' }),
  name,
  role: Role,
  requestsPerMinute: z
    .int()
    .nullable()
    .meta({ description: "Its rate limit; null for the server's", example: 600 }),
  source: SourceId.nullable().meta({
    description: 'The only source that it may deliver to; null for what its role may do',
    example: null,
  }),
  createdAt: z.iso
    .datetime()
    .meta({ description: 'Time of creation', example: '2026-08-15T06:15:00Z' }),
  expiresAt: z.iso
    .datetime()
    .nullable()
    .meta({ description: 'Expiry time; null for never', example: null }),
  lastUsedAt: z.iso
    .datetime()
    .nullable()
    .meta({ description: 'Time of its last use, to the minute', example: '2026-08-15T06:15:00Z' }),
  revokedAt: z.iso
    .datetime()
    .nullable()
    .meta({ description: 'Time at which it was revoked; null if it is valid', example: null }),
};

/** An API key without its secret: only a hash of the secret is stored. */
export const Key = z.object(key).meta({ id: 'Key' });
export type Key = z.infer<typeof Key>;

/** Response of `POST /keys`. */
export const NewKey = z
  .object({
    ...key,
    secret: z
      .string()
      .meta({ description: 'The key itself. It is shown only once', example: 'mq_…' }),
  })
  .meta({ id: 'NewKey' });
export type NewKey = z.infer<typeof NewKey>;

/** Response of `GET /keys`. */
export const KeyList = z
  .object({ items: z.array(Key).meta({ description: 'All keys, newest first' }) })
  .meta({ id: 'KeyList' });
export type KeyList = z.infer<typeof KeyList>;

/** The id in the path of `DELETE /keys/{id}`. */
export const KeyPath = z.object({
  id: z
    .uuid('expected a UUID from GET /keys')
    .meta({ description: 'Id of a key', example: EXAMPLE_ID }),
});
export type KeyPath = z.infer<typeof KeyPath>;

/** An audited request: one that could change something. */
export const AuditEntry = z
  .object({
    id: z
      .uuid()
      .meta({ description: 'Id of the entry', example: '0199aaaa-0000-7000-8000-000000000000' }),
    at: z.iso
      .datetime()
      .meta({ description: 'Time of the request', example: '2026-08-15T06:15:00Z' }),
    requestId: z.string().nullable().meta({
      description: 'Id of the request in the log',
      example: '0b5f1f0e-6f0a-4c55-9a3e-2f1c7f0d9a11',
    }),
    keyId: z.uuid().nullable().meta({
      description: 'Id of the key; null if none was needed, and for the key of the configuration',
      example: '0199aaaa-0000-7000-8000-000000000000',
    }),
    keyName: z.string().nullable().meta({
      description: 'Name of the key, or of the person who has signed in',
      example: 'the website',
    }),
    issuer: z.string().nullable().meta({
      description: 'Identity provider that has signed the person in; null for keys',
      example: null,
    }),
    subject: z.string().nullable().meta({
      description: 'The person, as the provider identifies them; null for keys',
      example: null,
    }),
    address: z
      .string()
      .nullable()
      .meta({ description: 'Address of the client', example: '192.0.2.7' }),
    method: z.string().meta({
      description:
        'HTTP method; DELIVER: a provider has announced a file; SIGN-IN: a person has signed in',
      example: 'POST',
    }),
    path: z.string().meta({
      description: 'Path of the URL; of an announced file, where it is',
      example: '/updatedata',
    }),
    asked: z
      .unknown()
      .meta({ description: 'The request body without its secrets', example: { force: true } }),
    status: z.int().nullable().meta({
      description: 'HTTP status of the response; null if the server ended before it',
      example: 202,
    }),
    madeId: z.string().nullable().meta({
      description: 'Id of the created or changed object',
      example: '0199aaaa-0000-7000-8000-000000000000',
    }),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntry = z.infer<typeof AuditEntry>;

/** Parameters of `GET /audit`. */
export const AuditQuery = z.strictObject(listParameters(keysOf(AuditEntry)));
export type AuditQuery = z.infer<typeof AuditQuery>;

/** Response of `GET /audit`. */
export const AuditPage = listPage(AuditEntry).meta({ id: 'AuditPage' });
