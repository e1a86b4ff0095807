import { EVENT_TYPES, Role } from '@marquee/contract';
import { count, databaseUrl, logLevel, port, queueUrl, secret, url } from '@marquee/process';
import { SnapshotConfig } from '@marquee/snapshots';
import { TracingConfig } from '@marquee/tracing';
import { isIP } from 'node:net';
import { z } from 'zod';
import { CronExpressionParser } from 'cron-parser';
import { isSecret } from './http/auth/secret.ts';
import { readSinkName } from './resources/events/sink-name.ts';

/** The API's environment. */
export const ApiConfig = z.object({
  DATABASE_URL: databaseUrl(),
  /** Streaming replicas that answer reads of the catalogue, as the role of DATABASE_URL. */
  DATABASE_READ_URLS: secret(
    list(
      'URLs of replicas separated by commas, such as postgres://user:password@replica/marquee',
      (text) => databaseUrl().safeParse(text).success,
      (text) => text,
    ),
  ),
  QUEUE_URL: queueUrl(),
  API_HOST: z.string().default('127.0.0.1').describe('an address to listen on'),
  API_PORT: port(3000),
  /** The port for gRPC over HTTP/2; 0 for none. API_PORT serves gRPC-Web and Connect in any case. */
  GRPC_PORT: port(3001),
  LOG_LEVEL: logLevel(),
  /**
   * How long requests are still answered after SIGTERM, while readiness says that the process ends:
   * as long as those who send requests need to notice.
   */
  DRAIN_SECONDS: count(0, { min: 0, max: 300 }),
  /** When updates start automatically; unset for never. */
  UPDATE_SCHEDULE: z
    .string()
    .refine(isCron)
    .optional()
    .describe('a cron expression, such as 30 6 * * *'),
  UPDATE_TIME_ZONE: z
    .string()
    .refine(isTimeZone)
    .default('UTC')
    .describe('a time zone, such as Europe/Berlin'),
  UPDATE_JITTER_SECONDS: count(600, { min: 0, max: 86_400 }),
  /** Whether webhooks may be sent to private addresses, such as those of the server's network. */
  WEBHOOKS_PRIVATE: z.enum(['true', 'false']).default('false').describe('true or false'),
  /**
   * The address at which the server is reachable, if it is not API_HOST: a container listens on all
   * addresses of its own network.
   */
  API_PUBLISHED_ON: z.string().optional().describe('an address'),
  /**
   * The certificate of the server with those of its issuers, its key, and the authority whose
   * certificates clients must have: files in PEM, which are read again when they change.
   */
  TLS_CERT_FILE: z.string().optional().describe('a path'),
  TLS_KEY_FILE: z.string().optional().describe('a path'),
  TLS_CLIENT_CA_FILE: z.string().optional().describe('a path'),
  /** Host names of the server, besides those of this machine. */
  API_NAMES: list('host names separated by commas, such as films.example.org', isHostName),
  /**
   * Whether reading (READING) and everything else (OPERATING) needs a key. By default both do if
   * other machines can reach the server.
   */
  READING: z.enum(['open', 'keyed']).optional().describe('open or keyed'),
  OPERATING: z.enum(['open', 'keyed']).optional().describe('open or keyed'),
  /**
   * An admin key that is valid as long as it is configured: the first key, which makes others. While
   * it is changed there are two, separated by a comma.
   */
  API_ADMIN_KEY: secret(
    z
      .string()
      .refine((text) => text.split(',').length <= 2 && text.split(',').every(isSecret))
      .optional()
      .describe(
        'mq_ and 43 or more letters, digits, - and _, as make key prints one; or two, separated by a comma',
      ),
  ),
  /** Where people open the site: identity providers send them back there. */
  PUBLIC_URL: z
    .string()
    .refine(isOrigin)
    .optional()
    .describe('an origin, such as https://films.example.org'),
  /** The identity provider that people sign in with, beside keys; unset for none. */
  OIDC_ISSUER: url('http', 'https').optional(),
  OIDC_CLIENT_ID: z.string().optional().describe('the id of the client at the provider'),
  /** Unset for a public client. */
  OIDC_CLIENT_SECRET: secret(
    z.string().optional().describe('the secret of the client at the provider'),
  ),
  /** The name of the provider on the button. */
  OIDC_NAME: z.string().max(40).optional().describe('a name of at most 40 characters'),
  OIDC_SCOPES: z
    .string()
    .regex(/^openid( [!#-[\]-~]+)*$/u)
    .default('openid profile')
    .describe('scopes separated by spaces, openid first'),
  /** The claim that roles follow from; a path, such as realm_access.roles. */
  OIDC_ROLES_CLAIM: z.string().default('groups').describe('the name of a claim, such as groups'),
  OIDC_ROLES: z
    .string()
    .transform((text, context) => rolesIn(text) ?? (context.addIssue('no roles'), z.NEVER))
    .optional()
    .describe('values and roles, such as film-admins=admin,film-crew=operator,*=reader'),
  OIDC_SESSION_HOURS: count(12, { min: 1, max: 720 }),
  /** Sessions that are not used for so long end earlier. */
  OIDC_IDLE_MINUTES: count(120, { min: 5, max: 43_200 }),
  /**
   * Requests a minute of each key without a limit of its own, and of each address without a key; 0
   * for no limit. By default limited if other machines can reach the server.
   */
  KEY_REQUESTS_PER_MINUTE: requests(),
  ADDRESS_REQUESTS_PER_MINUTE: requests(),
  /** Memory for the response cache, in MiB; 0 for no cache. */
  API_CACHE_MB: count(32, { min: 0, max: 4096 }),
  /** Exports that are read more slowly are ended; 0 for no limit. */
  EXPORT_LEAST_BYTES_PER_SECOND: count(65_536, { min: 0, max: 1_000_000_000 }),
  TRUSTED_PROXIES: list('addresses or networks separated by commas, such as 10.0.0.0/8', isNetwork),
  CORS_ORIGINS: list('origins separated by commas, such as https://films.example.org', isOrigin),
  ...TracingConfig.shape,
  /** Whether readers may run statements: `POST /sql`, and the tool `sql` of `POST /mcp`. */
  API_SQL: z.enum(['true', 'false']).default('false').describe('true or false'),
  /** The database as the role that only reads, for these statements. */
  READER_DATABASE_URL: databaseUrl().optional(),
  /** The `source` of events: two installations that send to one queue need different ones. */
  EVENTS_SOURCE: z
    .string()
    .regex(/^[\w:/.~@+-]{1,200}$/u)
    .default('urn:marquee')
    .describe('a URI, such as urn:marquee or https://films.example.org'),
  /** The queues and topics that events are sent to. */
  EVENTS_SINKS: list(
    'URLs of queues of SQS and ARNs of topics of SNS, separated by commas',
    (text) => readSinkName(text) !== null,
    (text) => text,
  ),
  /** The types of events that they are sent. */
  EVENTS_TYPES: list(`some of ${EVENT_TYPES.join(', ')}, separated by commas`, isEventType),
  /** For services other than Amazon's. */
  EVENTS_AWS_ENDPOINT: url('http', 'https').optional(),
  /** The largest file that a source may deliver, in MiB. */
  SOURCE_UPLOAD_MAX_MB: count(4096, { min: 1, max: 1_000_000 }),
  /**
   * The store of deliveries and pictures. Its proxies are those for the trace collector too;
   * webhooks are sent directly.
   */
  ...SnapshotConfig.shape,
  /** When backups are made by themselves; unset for never. */
  BACKUP_SCHEDULE: z
    .string()
    .refine(isCron)
    .optional()
    .describe('a cron expression, such as 15 * * * *'),
  /** The folder in which `backups` is made; with BACKUP_S3_URL, only for the backup in progress. */
  BACKUP_DIR: z.string().optional().describe('a folder'),
  BACKUP_S3_URL: z
    .string()
    .regex(/^s3:\/\/[a-z0-9][a-z0-9.-]+[a-z0-9](\/[^?#]*)?$/u)
    .optional()
    .describe('s3://bucket or s3://bucket/prefix'),
  BACKUP_S3_REGION: z.string().default('us-east-1').describe('the name of a region'),
  BACKUP_S3_ENDPOINT: z
    .url({ protocol: /^https?$/u })
    .optional()
    .describe('a URL that starts with http:// or https://'),
  /** Who can read backups. Its identity, the private key, is kept elsewhere. */
  BACKUP_RECIPIENT: z
    .string()
    .regex(/^age1[0-9a-z]+$/u)
    .optional()
    .describe('a recipient of age, such as make backup-key prints'),
  BACKUP_FILES: z
    .enum(['uploaded', 'delivered', 'all'])
    .default('delivered')
    .describe('uploaded, delivered or all'),
  BACKUP_KEEP: count(7),
  BACKUP_KEEP_MONTHLY: count(0, { min: 0 }),
});

/**
 * Values of a claim with the role of each, by the last `=`: a value may be a distinguished name,
 * with commas and equals signs of its own.
 */
function rolesIn(text: string): ReadonlyMap<string, Role> | null {
  const roles = new Map<string, Role>();
  for (const part of text.split(/(?<==(?:reader|operator|admin)),/u)) {
    const [, value = '', name] = /^([^,=\s].*)=(\w+)$/su.exec(part.trim()) ?? [];
    const role = Role.safeParse(name);
    if (!role.success) return null;
    roles.set(value.trim(), role.data);
  }
  return roles;
}

function requests(): z.ZodOptional<z.ZodCoercedNumber<string>> {
  return z.coerce
    .number<string>()
    .int()
    .min(0)
    .max(1_000_000)
    .optional()
    .describe('a whole number from 0 to 1000000');
}

/** Values separated by commas. */
function list(
  expected: string,
  isValid: (value: string) => boolean,
  normalize: (value: string) => string = (value) => value.toLowerCase(),
): z.ZodOptional<z.ZodPipe<z.ZodString, z.ZodTransform<string[], string>>> {
  return z
    .string()
    .refine((text) => text.split(',').every((value) => isValid(value.trim())))
    .transform((text) => text.split(',').map((value) => normalize(value.trim())))
    .optional()
    .describe(expected);
}

function isEventType(text: string): boolean {
  return (EVENT_TYPES as readonly string[]).includes(text);
}

function isHostName(text: string): boolean {
  return /^[a-z\d]([a-z\d.-]*[a-z\d])?$/iu.test(text);
}

function isNetwork(text: string): boolean {
  const [address = '', bits] = text.split('/');
  const version = isIP(address);
  return (
    version !== 0 &&
    (bits === undefined || (/^\d{1,3}$/u.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)))
  );
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text.toLowerCase();
}

function isCron(text: string): boolean {
  try {
    CronExpressionParser.parse(text);
    return true;
  } catch {
    return false;
  }
}

function isTimeZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}

export type ApiConfig = z.infer<typeof ApiConfig>;
