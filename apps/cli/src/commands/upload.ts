import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, openAsBlob } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { libraryFiles, packLibrary } from '@marquee/sources';
import { usageError } from '../context/errors.ts';

/** A file to be sent, which is read while it is sent. */
export interface Upload extends AsyncDisposable {
  readonly name: string;
  readonly content: Blob;
  /** Its digest for the header Content-Digest. */
  readonly digest: string;
}

/**
 * Opens a file to be sent. A folder with .nfo files is packed into a temporary file first, with its
 * pictures.
 *
 * @throws CliError 2 for a path without a file
 */
export async function openUpload(path: string): Promise<Upload> {
  const found = await stat(path).catch(() => null);
  if (found === null) throw usageError(`There is no file ${path}.`);
  if (!found.isDirectory()) return fileUpload(path, basename(path), async () => Promise.resolve());
  const files = await libraryFiles(path);
  if (files.length === 0) throw usageError(`The folder ${path} has no .nfo files and no pictures.`);
  const folder = await mkdtemp(join(tmpdir(), 'marquee-library-'));
  const packed = join(folder, 'library.tar');
  const remove = async () => rm(folder, { recursive: true, force: true });
  try {
    await pipeline(packLibrary(files), createWriteStream(packed));
    return await fileUpload(packed, 'library.tar', remove);
  } catch (error) {
    await remove();
    throw error;
  }
}

async function fileUpload(path: string, name: string, close: () => Promise<void>): Promise<Upload> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return {
    name,
    content: await openAsBlob(path),
    digest: `sha-256=:${hash.digest('base64')}:`,
    [Symbol.asyncDispose]: close,
  };
}
