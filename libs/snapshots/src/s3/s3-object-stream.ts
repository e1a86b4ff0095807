import { addAbortSignal, Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetObjectCommand, type GetObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { isTransient, toStoreError } from './s3-errors.ts';
import type { ByteRange } from '../paths/path-store.ts';
import { StoreError } from '../store/store-error.ts';

/** The most attempts in a row without a new byte. The SDK makes several requests per attempt. */
const MAX_FRUITLESS_ATTEMPTS = 5;
/** The delay before the first of them, in milliseconds. It doubles with each further attempt. */
export const INITIAL_BACK_OFF_MS = 200;

/** What to read of an object. */
export interface ObjectPart {
  /** In a versioned bucket; the newest version without it. */
  readonly versionId?: string | undefined;
  /** The bytes to read; by default all. */
  readonly range?: ByteRange | undefined;
}

/** An object to read. */
interface S3Object extends ObjectPart {
  readonly client: S3Client;
  readonly bucket: string;
  readonly key: string;
  /** {@link INITIAL_BACK_OFF_MS}, or less. */
  readonly backOffMs: number;
}

/**
 * The content of an object as a stream. When it is destroyed, it aborts its request at once, also
 * while that waits for a response.
 */
export class S3ObjectStream extends Readable {
  readonly #abort = new AbortController();
  readonly #chunks: AsyncGenerator<Uint8Array>;

  constructor(object: S3Object) {
    super({ highWaterMark: 256 * 1024 });
    this.#chunks = readObject(object, this.#abort.signal);
  }

  override _read(): void {
    this.#chunks.next().then(
      ({ done, value }) => this.push(done === true ? null : value),
      (error: unknown) => this.destroy(error as Error),
    );
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#abort.abort();
    callback(error);
  }
}

/**
 * Reads an object through any number of broken connections: it requests the missing bytes by range,
 * as long as the ETag stays the same. The limit of attempts counts only those without a new byte,
 * and the chunks are yielded as they come, so p-retry does not fit.
 *
 * @throws StoreError
 */
async function* readObject(object: S3Object, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const what = `The object s3://${object.bucket}/${object.key} cannot be read`;
  let first: GetObjectCommandOutput | null = null;
  let position = 0;
  for (let fruitless = 0; ; fruitless += 1) {
    let cause: unknown = new StoreError(
      'store-unreachable',
      `${what}: the connection broke after ${position} bytes.`,
    );
    try {
      const response = await requestObject(object, first, position, signal);
      first ??= response;
      for await (const chunk of addAbortSignal(
        signal,
        response.Body as Readable,
      ) as AsyncIterable<Uint8Array>) {
        position += chunk.length;
        fruitless = 0;
        yield chunk;
      }
      if (first.ContentLength === undefined || position === first.ContentLength) return;
    } catch (error) {
      signal.throwIfAborted();
      // after the last byte, the error is a wrong checksum, found by the SDK
      if (!isTransient(error) || (first !== null && position === first.ContentLength))
        throw toStoreError(error, what);
      cause = error;
    }
    if (fruitless >= MAX_FRUITLESS_ATTEMPTS)
      throw toStoreError(
        cause,
        `${what} beyond byte ${position}, after ${MAX_FRUITLESS_ATTEMPTS} more attempts without progress`,
      );
    await sleep(object.backOffMs * 2 ** fruitless, undefined, { signal });
  }
}

/** Requests an object from a position on. @param first the first response; its ETag must match */
async function requestObject(
  { client, bucket, key, range, versionId }: S3Object,
  first: GetObjectCommandOutput | null,
  position: number,
  signal: AbortSignal,
): Promise<GetObjectCommandOutput> {
  const same = first?.ETag === undefined ? {} : { IfMatch: first.ETag };
  const start = (range?.start ?? 0) + position;
  const rest = start === 0 && !range ? {} : { Range: `bytes=${start}-${range?.end ?? ''}` };
  const response = await client.send(
    new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId, ...same, ...rest }),
    { abortSignal: signal },
  );
  if (start > 0 && response.ContentRange?.startsWith(`bytes ${start}-`) !== true) {
    throw new StoreError(
      'store-fault',
      `The object s3://${bucket}/${key} was requested from byte ${start} on, but the response has another range.`,
    );
  }
  return response;
}
