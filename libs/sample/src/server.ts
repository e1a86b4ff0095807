import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { open, type FileHandle } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

export interface SampleServerOptions {
  /** Folder of the files, which may be replaced while they are served. */
  readonly folder: string;
  /** Port; 0 for a free one. */
  readonly port: number;
  readonly host?: string;
  /** Called for each request before it is answered. */
  readonly onRequest?: () => void;
}

export interface SampleServer {
  /** URL without a trailing slash; `<url>/title.basics.tsv.gz` is a file. */
  readonly url: string;
  /** Stops the server and aborts running downloads. */
  readonly close: () => Promise<void>;
}

/** One version of a file. */
interface Version {
  readonly file: FileHandle;
  readonly size: number;
  readonly etag: string;
  readonly lastModified: string;
}

/**
 * Serves the files of a folder like IMDb's dataset host: with strong ETags of the content,
 * Last-Modified, ranges and conditional requests. @fastify/static is not used: it resumes on weak
 * ETags, so that a download could mix two versions.
 *
 * @throws Error if the port is in use
 */
export async function serveSample({
  folder,
  port,
  host = '127.0.0.1',
  onRequest = () => undefined,
}: SampleServerOptions): Promise<SampleServer> {
  const etags = new Map<string, string>();
  const server = createServer((request, response) => {
    onRequest();
    answer(request, response, folder, etags).catch((error: unknown) => {
      // most likely the client disconnected
      if (!response.headersSent) response.writeHead(500).end();
      else response.destroy(error instanceof Error ? error : undefined);
    });
  });
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  folder: string,
  etags: Map<string, string>,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { Allow: 'GET, HEAD' }).end();
    return;
  }
  const [, name] = /^\/([\w-][\w.-]*)(?:\?|$)/u.exec(request.url ?? '') ?? [];
  const version =
    name === undefined || name.endsWith('.part')
      ? null
      : await openVersion(join(folder, name), etags);
  if (version === null) {
    response.writeHead(404).end();
    return;
  }
  // reads this version from here on, even if the file is replaced meanwhile
  await using file = version.file;
  const common = {
    ETag: version.etag,
    'Last-Modified': version.lastModified,
    'Accept-Ranges': 'bytes',
  };
  if (isUnchanged(request, version)) {
    response.writeHead(304, common).end();
    return;
  }
  const range = rangeOf(request, version);
  if (range === 'none') {
    response.writeHead(416, { ...common, 'Content-Range': `bytes */${version.size}` }).end();
    return;
  }
  const { start, end } = range ?? { start: 0, end: version.size - 1 };
  response.writeHead(range === null ? 200 : 206, {
    ...common,
    'Content-Type': 'binary/octet-stream',
    'Content-Length': end - start + 1,
    ...(range !== null && { 'Content-Range': `bytes ${start}-${end}/${version.size}` }),
  });
  if (request.method === 'HEAD' || version.size === 0) response.end();
  else await pipeline(file.createReadStream({ start, end, autoClose: false }), response);
}

/** Opens the file at a path; null if it does not exist. Its content is read once for the ETag. */
async function openVersion(path: string, etags: Map<string, string>): Promise<Version | null> {
  const file = await open(path).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  });
  if (file === null) return null;
  try {
    const stat = await file.stat({ bigint: true });
    if (!stat.isFile()) {
      await file.close();
      return null;
    }
    const { ino, size, mtimeNs, mtimeMs } = stat;
    const key = `${path} ${ino} ${size} ${mtimeNs}`;
    const etag = etags.get(key) ?? (await etagOf(file));
    etags.set(key, etag);
    return {
      file,
      size: Number(size),
      etag,
      lastModified: new Date(Number(mtimeMs)).toUTCString(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function etagOf(file: FileHandle): Promise<string> {
  const hash = createHash('md5');
  await pipeline(file.createReadStream({ start: 0, autoClose: false }), hash);
  return `"${hash.digest('hex')}"`;
}

function isUnchanged({ headers }: IncomingMessage, { etag, lastModified }: Version): boolean {
  const known = headers['if-none-match'];
  if (known !== undefined)
    return known.split(',').some((tag) => [etag, `W/${etag}`, '*'].includes(tag.trim()));
  const since = Date.parse(headers['if-modified-since'] ?? '');
  return Date.parse(lastModified) <= since;
}

/**
 * The requested bytes; null for the whole file, `none` if the range is beyond the file. Several
 * ranges give the whole file, as HTTP permits.
 */
function rangeOf(
  { headers, method }: IncomingMessage,
  { size, etag, lastModified }: Version,
): { start: number; end: number } | 'none' | null {
  const ifRange = headers['if-range'];
  if (method !== 'GET' || (ifRange !== undefined && ifRange !== etag && ifRange !== lastModified))
    return null;
  const [, from, to] = /^bytes=(\d*)-(\d*)$/u.exec(headers.range ?? '') ?? [];
  if (from === undefined || to === undefined || from + to === '') return null;
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === '' || to === '' ? size - 1 : Math.min(size - 1, Number(to));
  if (from !== '' && to !== '' && Number(to) < start) return null;
  return start < size ? { start, end } : 'none';
}
