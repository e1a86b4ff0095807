import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { errorMessage } from '@marquee/process/error-message';
import { formatBytes } from '@marquee/process/format-bytes';
import { DiskSpaceError } from '../store/disk-space.ts';
import { createDownloadFolder } from '../store/download-folder.ts';
import { StoreError } from '../store/store-error.ts';
import type { OnWarning } from '../store/store.ts';
import type { FileFolder, StoredFile } from './file-store.ts';

/** Files that are left in the download folder are removed at this age: their writer was killed. */
const LEFTOVER_AGE_MS = 24 * 3600 * 1000;

/** Codes of a full disk or quota. */
const DISK_FULL = new Set<unknown>(['ENOSPC', 'EDQUOT']);

/** A complete file in the download folder, flushed to disk. */
export interface IncomingFile extends StoredFile {
  readonly path: string;
}

/**
 * Writes content into the download folder of a root, and computes its SHA-256.
 *
 * @throws StoreError `too-large`, DiskSpaceError, or the error of the content; nothing is kept
 */
export async function receiveFile(
  root: string,
  folder: FileFolder,
  content: Readable,
  { maxBytes, onWarning }: { readonly maxBytes: number; readonly onWarning: OnWarning },
): Promise<IncomingFile> {
  const incoming = await createDownloadFolder(root, folder);
  await removeLeftovers(incoming).catch((error: unknown) =>
    onWarning(`Files that were left in ${incoming} cannot be removed: ${errorMessage(error)}`),
  );
  const path = join(incoming, randomUUID());
  const hash = createHash('sha256');
  let bytes = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.length;
      hash.update(chunk);
      done(bytes > maxBytes ? tooLarge(maxBytes) : null, chunk);
    },
  });
  try {
    await pipeline(content, measure, createWriteStream(path, { flags: 'wx', flush: true }));
  } catch (error) {
    await rm(path, { force: true });
    throw isDiskFull(error)
      ? new DiskSpaceError(`No space is left in ${incoming} after ${formatBytes(bytes)}.`)
      : error;
  }
  return { path, bytes, sha256: hash.digest('hex') };
}

function tooLarge(maxBytes: number): StoreError {
  return new StoreError('too-large', `The file has more than ${formatBytes(maxBytes)}.`);
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && DISK_FULL.has(error.code);
}

async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const written = await stat(path).catch(() => null);
    if (written !== null && Date.now() - written.mtimeMs > LEFTOVER_AGE_MS)
      await rm(path, { force: true });
  }
}
