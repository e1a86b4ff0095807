import { readFile } from 'node:fs/promises';
import { errorMessage } from '@marquee/process/error-message';
import { UserError } from '@marquee/process';
import { z } from 'zod';

const word = z.string().min(1).max(500);
const address = z.url({ protocol: /^https?$/u, error: 'expected a URL with http or https' });

/** Of an account of AWS, or of a service that speaks like it. Without: the AWS SDK's usual places. */
const Credentials = z.strictObject({
  accessKeyId: word,
  secretAccessKey: word,
  sessionToken: z.exactOptional(word),
});

const awsService = {
  region: word.default('us-east-1').describe('the region'),
  endpoint: address.optional().describe('the URL of a service other than Amazon’s'),
  credentials: Credentials.optional(),
};

/** A queue with the events of one or several buckets. */
const Queue = z.strictObject({
  url: address.describe('the URL of the queue'),
  deadLetterUrl: address
    .optional()
    .describe('the queue for messages that cannot be taken; without, they are only listed'),
  hiddenSeconds: z
    .int()
    .min(1)
    .max(43_200)
    .default(120)
    .describe('how long a message is hidden while its process gives no sign of life'),
  ...awsService,
});
export type ProviderQueue = z.infer<typeof Queue>;

const Bucket = z.strictObject({
  bucket: word.describe('the bucket'),
  prefix: z.string().max(500).default('').describe('where the keys of this provider begin'),
  ...awsService,
});
export type ProviderBucket = z.infer<typeof Bucket>;

const Sftp = z
  .strictObject({
    host: word,
    port: z.int().min(1).max(65_535).default(22),
    username: word,
    password: word.optional(),
    privateKeyFile: word.optional().describe('the path of a private key'),
    hostKey: z
      .string()
      .regex(/^SHA256:[A-Za-z\d+/]{43}$/u, 'expected SHA256:… as ssh-keygen -l prints it')
      .describe('the fingerprint of the server: another server gets no password'),
    folder: word.default('.').describe('the folder with the files'),
    remove: z.boolean().default(false).describe('whether a file is removed once it is taken'),
  })
  .refine(
    ({ password, privateKeyFile }) => (password === undefined) !== (privateKeyFile === undefined),
    'expected either password or privateKeyFile',
  );
export type ProviderSftp = z.infer<typeof Sftp>;

const Web = z.strictObject({
  origin: address.describe('the server whose URLs the schedule of the source names'),
  headers: z.record(word, word).describe('what is sent to it, such as Authorization'),
});

/** The most that a provider may deliver. */
const Quota = z.strictObject({
  fileBytes: z
    .int()
    .min(1)
    .default(4 * 2 ** 30)
    .describe('the largest file'),
  filesPerDay: z.int().min(1).default(1000),
  bytesPerDay: z
    .int()
    .min(1)
    .default(100 * 2 ** 30),
});
export type Quota = z.infer<typeof Quota>;

const Provider = z
  .strictObject({
    id: z.string().regex(/^[a-z][a-z0-9-]{1,49}$/u, 'expected lower-case letters, digits, hyphens'),
    delivers: z
      .string()
      .regex(/^[a-z][a-z0-9-]{1,49}$/u)
      .describe('the source to which it delivers; imdb: IMDb’s datasets'),
    s3: Bucket.optional(),
    sftp: Sftp.optional(),
    web: Web.optional(),
    quota: Quota.prefault({}),
  })
  .refine(
    ({ s3, sftp, web }) => [s3, sftp, web].filter((way) => way !== undefined).length === 1,
    'expected one of s3, sftp and web',
  )
  .refine(
    ({ delivers, s3 }) => delivers !== IMDB || s3 !== undefined,
    'IMDb’s datasets can only come by s3',
  );
export type Provider = z.infer<typeof Provider>;

/** An object that a provider has announced. */
export const AnnouncedObject = z.object({
  provider: z.string(),
  key: z.string(),
  /** The id of its version; null in a bucket without versions. */
  version: z.string().nullable(),
});
export type AnnouncedObject = z.infer<typeof AnnouncedObject>;

/** The id by which a provider delivers IMDb's datasets. */
export const IMDB = 'imdb';

/** The file of PROVIDERS_FILE: who delivers files, from where, with which credentials. */
const Providers = z
  .strictObject({
    $schema: z.string().optional(),
    queues: z.array(Queue).max(20).default([]),
    providers: z.array(Provider).max(500).default([]),
  })
  .superRefine(({ providers }, context) => {
    const seen = new Set<string>();
    for (const [i, { id, s3 }] of providers.entries()) {
      for (const taken of [id, ...(s3 === undefined ? [] : [`s3://${s3.bucket}/${s3.prefix}`])]) {
        if (seen.has(taken))
          context.addIssue({
            code: 'custom',
            path: ['providers', i],
            message: `another provider has ${taken}`,
          });
        seen.add(taken);
      }
    }
  });
export type Providers = z.infer<typeof Providers>;

export const NO_PROVIDERS: Providers = { queues: [], providers: [] };

/** `PROVIDERS_FILE`, for the configuration of a process. */
export const providersFile = z
  .string()
  .describe('the path of a JSON file with the providers')
  .optional();

/**
 * Reads the file of the providers.
 *
 * @throws UserError naming each fault, never a value: these are secrets
 */
export async function readProviders(path: string | undefined): Promise<Providers> {
  if (path === undefined) return NO_PROVIDERS;
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    // a message of JSON.parse quotes the text around the fault
    const why = error instanceof SyntaxError ? 'it is not JSON' : errorMessage(error);
    throw invalid(path, why);
  }
  const parsed = Providers.safeParse(json);
  if (parsed.success) return parsed.data;
  throw invalid(
    path,
    parsed.error.issues
      .map(({ path: where, message }) => `${where.map(String).join('.')}: ${message}`)
      .join('; '),
  );
}

function invalid(path: string, why: string): UserError {
  return new UserError(`PROVIDERS_FILE: ${path} cannot be used: ${why}.`, {
    code: 'invalid-providers',
    hint: 'docs/events.md describes the file.',
  });
}

/** The provider of an object: of those of its bucket, the one with the longest prefix. */
export function providerOfObject(
  { providers }: Providers,
  bucket: string,
  key: string,
): (Provider & { readonly s3: ProviderBucket }) | null {
  const fitting = providers.filter(
    (provider): provider is Provider & { readonly s3: ProviderBucket } =>
      provider.s3?.bucket === bucket && key.startsWith(provider.s3.prefix),
  );
  return fitting.sort((a, b) => b.s3.prefix.length - a.s3.prefix.length)[0] ?? null;
}
