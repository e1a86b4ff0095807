import { addAbortSignal, Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetObjectCommand, type GetObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { isTransient, toStoreError } from './s3-errors.ts';
import { StoreError } from '../store/store.ts';

/** Attempts in a row that may bring nothing new; each of them is several of the SDK's. */
const MAX_FRUITLESS_ATTEMPTS = 5;
/** How long to wait before the first of them, in milliseconds; each further wait is twice as long. */
export const INITIAL_BACK_OFF_MS = 200;

/** One object in a bucket. */
export interface S3Object {
  readonly client: S3Client;
  readonly bucket: string;
  readonly key: string;
  /** {@link INITIAL_BACK_OFF_MS}, or less. */
  readonly backOffMs: number;
}

/**
 * The bytes of an object as a stream. It lets go of S3 as soon as it is destroyed, also while it
 * waits for an answer.
 */
export class S3ObjectStream extends Readable {
  readonly #stop = new AbortController();
  readonly #chunks: AsyncGenerator<Uint8Array>;

  constructor(object: S3Object) {
    super({ highWaterMark: 256 * 1024 });
    this.#chunks = readObject(object, this.#stop.signal);
  }

  override _read(): void {
    this.#chunks.next().then(
      ({ done, value }) => this.push(done === true ? null : value),
      (error: unknown) => this.destroy(error as Error),
    );
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#stop.abort();
    callback(error);
  }
}

/**
 * The bytes of an object, through any number of broken connections: what is missing is asked for by
 * range, as long as the object is the same.
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
      `${what}: it broke off after ${position} bytes.`,
    );
    try {
      const answer = await requestObject(object, first, position, signal);
      first ??= answer;
      for await (const chunk of addAbortSignal(
        signal,
        answer.Body as Readable,
      ) as AsyncIterable<Uint8Array>) {
        position += chunk.length;
        fruitless = 0;
        yield chunk;
      }
      if (first.ContentLength === undefined || position === first.ContentLength) return;
    } catch (error) {
      signal.throwIfAborted();
      // a fault after the last byte is the SDK's, whose checksum does not come out right
      if (!isTransient(error) || (first !== null && position === first.ContentLength))
        throw toStoreError(error, what);
      cause = error;
    }
    if (fruitless >= MAX_FRUITLESS_ATTEMPTS)
      throw toStoreError(
        cause,
        `${what} beyond ${position} bytes, and ${MAX_FRUITLESS_ATTEMPTS} more attempts brought nothing`,
      );
    await sleep(object.backOffMs * 2 ** fruitless, undefined, { signal });
  }
}

async function requestObject(
  { client, bucket, key }: S3Object,
  first: GetObjectCommandOutput | null,
  position: number,
  signal: AbortSignal,
): Promise<GetObjectCommandOutput> {
  const same = first?.ETag === undefined ? {} : { IfMatch: first.ETag };
  const rest = position === 0 ? {} : { Range: `bytes=${position}-` };
  const answer = await client.send(
    new GetObjectCommand({ Bucket: bucket, Key: key, ...same, ...rest }),
    { abortSignal: signal },
  );
  if (position > 0 && answer.ContentRange?.startsWith(`bytes ${position}-`) !== true) {
    throw new StoreError(
      'store-fault',
      `The object s3://${bucket}/${key} was asked for from byte ${position} on, and another part of it came.`,
    );
  }
  return answer;
}
