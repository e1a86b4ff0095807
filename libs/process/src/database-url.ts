import { z } from 'zod';
import { url } from './config.ts';

/** The parameter that holds all hosts but the first, once a URL is folded. */
const HOSTS = 'hosts';

type FoldedUrl = z.ZodPipe<z.ZodPipe<z.ZodString, z.ZodTransform<string, string>>, z.ZodURL>;

/**
 * The URL of a database: of one server, or of several as libpq has them,
 * `postgres://user:password@db1:5432,db2:5432/name`. It becomes a plain URL of the first server, so
 * that everything can parse it; {@link hostUrls} has the others.
 */
export function databaseUrl(): FoldedUrl {
  return folded(url('postgres', 'postgresql'));
}

/** `QUEUE_URL`: the backend of the job queue. Its scheme selects Redis or PostgreSQL. */
export function queueUrl(): FoldedUrl {
  return folded(url('postgres', 'postgresql', 'redis', 'rediss'));
}

function folded(plain: z.ZodURL): FoldedUrl {
  return z
    .string()
    .transform(foldHosts)
    .pipe(plain)
    .describe(plain.description ?? '');
}

/** A URL with several hosts as a plain one: `postgres://db1/name?hosts=db2:5432`. */
export function foldHosts(text: string): string {
  const [, start = '', hosts = '', end = ''] =
    /^(postgres(?:ql)?:\/\/(?:[^@/?#]*@)?)([^/?#]*)(.*)$/u.exec(text) ?? [];
  const [first = '', ...others] = hosts.split(',');
  if (others.length === 0 || !URL.canParse(`${start}${first}${end}`)) return text;
  const folded = new URL(`${start}${first}${end}`);
  folded.searchParams.set(HOSTS, others.join(','));
  return folded.href;
}

/** The plain URL of each server of a database, in the order in which they are named. */
export function hostUrls(url: string): string[] {
  const first = new URL(url);
  const others = first.searchParams.get(HOSTS)?.split(',') ?? [];
  if (others.length === 0) return [url];
  first.searchParams.delete(HOSTS);
  return [
    first.href,
    ...others.map((host) => {
      const other = new URL(first);
      // the port stays if the host has none
      other.port = '';
      other.host = host;
      return other.href;
    }),
  ];
}
