import { open, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { ByteRange } from '../paths/path-store.ts';
import { StoreError } from '../store/store-error.ts';

/** Bytes per read: gunzip and parser are called a quarter as often as with Node's default. */
export const READ_CHUNK_BYTES = 256 * 1024;

/**
 * Streams a file of a store, or a part of it.
 *
 * @throws StoreError `not-found` when it does not exist
 */
export async function openFile(path: string, range?: ByteRange): Promise<Readable> {
  try {
    return (await open(path)).createReadStream({ ...range, highWaterMark: READ_CHUNK_BYTES });
  } catch (error) {
    throw isMissing(error) ? new StoreError('not-found', `There is no file ${path}.`) : error;
  }
}

/** The size of a file in bytes; null when it does not exist. */
export async function sizeOfFile(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Whether an error says that a file or folder does not exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
