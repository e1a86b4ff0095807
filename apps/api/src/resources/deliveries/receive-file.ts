import { pipeline, type Readable } from 'node:stream';
import { StoreError, type FileStore } from '@marquee/snapshots';
import type { SourceDefinition } from '@marquee/sources';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { bodyOf } from '../../http/formats/request-bodies.ts';
import { ProblemException } from '../../problems/problem-exception.ts';
import { announcedDigests, VerifyDigests } from './digests.ts';
import { fileOf } from './file-of.ts';
import { peek } from './peek.ts';

/** Which file a body is, as its sender says. */
interface Given {
  readonly file?: string | undefined;
  readonly name?: string | undefined;
}

/** A body, known to be a file of a source. */
export interface IncomingFile {
  readonly file: string;
  readonly name: string;
  readonly content: Readable;
}

/** A file in the store. */
interface StoredFile {
  readonly sha256: string;
  readonly bytes: number;
}

/**
 * Finds out which file of a source a body is, and yields its bytes. These end with an error if their
 * digest is not the announced one, or if the client goes away.
 *
 * @param reply closes the connection if the body is not read to its end
 * @throws ProblemException 400 for an empty body or an unclear file, 413, 415
 */
export async function incomingFile(
  request: FastifyRequest,
  reply: FastifyReply,
  definition: SourceDefinition,
  given: Given,
  maxBytes: number,
): Promise<IncomingFile> {
  const { headers } = request;
  // until all is read: the rest of a refused body would be taken for the next request
  void reply.header('Connection', 'close');
  const { 'content-encoding': encoding = 'identity' } = headers;
  if (!['identity', 'gzip', 'x-gzip'].includes(encoding.toLowerCase())) throw encodingOf(encoding);
  if (Number(headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const digests = announcedDigests(headers);
  const incoming = await identifyFile(bodyOf(request), definition, given).catch(
    (error: unknown) => {
      throw explain(error, request);
    },
  );
  if (digests.length === 0) return incoming;
  const verified = pipeline(incoming.content, new VerifyDigests(digests), () => undefined);
  return { ...incoming, content: verified };
}

/**
 * Finds out which file of a source a stream is, and yields its bytes.
 *
 * @throws ProblemException 400 for an empty stream or an unclear file, 409
 */
export async function identifyFile(
  stream: Readable,
  definition: SourceDefinition,
  { file, name }: Given,
): Promise<IncomingFile> {
  const { head, whole } = await peek(stream);
  if (head.length === 0) throw empty();
  const chosen = fileOf(definition, { file, name, head });
  return { file: chosen.name, name: name ?? chosen.name, content: whole };
}

/**
 * Puts a file into the store, whole or not at all.
 *
 * @throws ProblemException 400 for a cut-off body or a wrong digest, 413
 */
export async function keepFile(
  request: FastifyRequest,
  reply: FastifyReply,
  store: FileStore,
  content: Readable,
  maxBytes: number,
): Promise<StoredFile> {
  try {
    const stored = await storeFile(store, content, maxBytes);
    reply.removeHeader('Connection');
    return stored;
  } catch (error) {
    throw explain(error, request);
  }
}

/** Puts the bytes of a stream into the store, whole or not at all. @throws ProblemException 413 */
export async function storeFile(
  store: FileStore,
  content: Readable,
  maxBytes: number,
): Promise<StoredFile> {
  try {
    return await store.put(content, { maxBytes });
  } catch (error) {
    throw error instanceof StoreError && error.code === 'too-large' ? tooLarge(maxBytes) : error;
  }
}

/** What an error says that came up while a body was read: it may follow from the end of the body. */
export function explain(error: unknown, { raw }: FastifyRequest): unknown {
  if (error instanceof ProblemException || !raw.destroyed || raw.complete) return error;
  return new ProblemException({
    status: 400,
    code: 'cut-off',
    detail: 'The connection ended before the whole file had come. Nothing was kept.',
    hint: 'Send it again.',
  });
}

function empty(): ProblemException {
  return new ProblemException({
    status: 400,
    code: 'empty-file',
    detail: 'The request has no body; expected a file.',
    hint: 'Send the file as it is, as curl does with --data-binary @FILE and --header Content-Type:application/octet-stream.',
  });
}

function tooLarge(maxBytes: number): ProblemException {
  return new ProblemException({
    status: 413,
    code: 'too-large',
    detail: `The file is larger than ${maxBytes / 2 ** 20} MiB, the limit of SOURCE_UPLOAD_MAX_MB. Nothing was kept.`,
    hint: 'Compress it by gzip, or let the operator of the server set a higher limit.',
  });
}

function encodingOf(encoding: string): ProblemException {
  return new ProblemException({
    status: 415,
    code: 'unsupported-media-type',
    detail: `The body has the content encoding ${JSON.stringify(encoding.slice(0, 100))}; expected gzip or none.`,
    hint: 'Send the file as it is, or compressed by gzip.',
  });
}
