import { accessSync, constants } from 'node:fs';
import { z } from 'zod';
import { foldHosts } from './host-urls.ts';
import { secret } from './secret.ts';

/** Parameters of a URL that name files: the CA of the server, and the certificate of the client. */
const FILES = ['sslrootcert', 'sslcert', 'sslkey'] as const;

/** Parameters of PostgreSQL's URLs that decide how a connection is encrypted. */
const OF_TLS = [...FILES, 'sslmode', 'sslnegotiation', 'ssl', 'uselibpqcompat'];

const TO_ENCRYPT = 'sslmode=verify-full&sslrootcert=<file of the CA>';

type ConnectionUrl = z.ZodPipe<z.ZodPipe<z.ZodString, z.ZodTransform<string, string>>, z.ZodURL>;

/**
 * A URL of PostgreSQL, which has a password, and which is encrypted as it says: see {@link tlsFault}.
 * It may name several servers as libpq has them, `postgres://user:password@db1:5432,db2:5432/name`:
 * see {@link foldHosts}.
 */
export function databaseUrl(): ConnectionUrl {
  return connectionUrl('postgres', 'postgresql');
}

/** `QUEUE_URL`: the backend of the job queue. Its scheme selects Redis or PostgreSQL. */
export function queueUrl(): ConnectionUrl {
  return connectionUrl('postgres', 'postgresql', 'redis', 'rediss');
}

function connectionUrl(...schemes: string[]): ConnectionUrl {
  const plain = z
    .url({
      protocol: new RegExp(`^(${schemes.join('|')})$`, 'u'),
      error: `a URL that starts with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`,
      abort: true,
    })
    .superRefine((text, context) => {
      const message = tlsFault(text);
      if (message !== null) context.addIssue({ code: 'custom', message });
    });
  return secret(z.string().transform(foldHosts).pipe(plain));
}

/**
 * What to write instead of a URL whose settings of TLS do less than they say; null if they do not.
 *
 * The names are those of libpq. But node-postgres 8 takes `require`, `prefer` and `verify-ca` for
 * `verify-full`, version 9 will verify as little as libpq, and `no-verify` is its own. So `verify-full`
 * and `disable` are the only modes that mean the same everywhere. Redis takes the same files with
 * `rediss:`, and always verifies.
 */
export function tlsFault(text: string): string | null {
  const { protocol, searchParams } = new URL(text);
  const given = OF_TLS.filter((name) => searchParams.has(name));
  const mode = searchParams.get('sslmode');
  if (protocol === 'redis:' && given.length > 0)
    return `rediss:// instead of redis:// with ${given.join(', ')}, or none of them`;
  if (protocol === 'rediss:' && given.some((name) => !FILES.includes(name as 'sslcert')))
    return `rediss:// with ${FILES.join(', ')} alone: it always verifies the server`;
  if (protocol.startsWith('postgres') && given.length > 0) {
    if (mode !== 'verify-full' && (mode !== 'disable' || given.length > 1))
      return `${TO_ENCRYPT}, or sslmode=disable alone: other modes verify less than they say, or change with versions`;
    if (searchParams.has('ssl') || searchParams.has('uselibpqcompat'))
      return `${TO_ENCRYPT} without ssl and uselibpqcompat`;
  }
  if (searchParams.has('sslcert') !== searchParams.has('sslkey'))
    return 'sslcert and sslkey together, or neither';
  const missing = FILES.find((name) => !isReadable(searchParams.get(name)));
  return missing === undefined
    ? null
    : `${missing} to be a file that can be read, and ${String(searchParams.get(missing))} is none`;
}

function isReadable(file: string | null): boolean {
  try {
    if (file !== null) accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
