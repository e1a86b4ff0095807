import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Context } from '../context/context.ts';
import { CliError } from '../context/errors.ts';

/** What a file has to be. */
interface WantedFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Downloads a file that never changes into a folder. It has the suffix `.part` until it is complete;
 * an interrupted download is continued.
 *
 * @returns whether the folder had it already
 * @throws CliError when its content has another SHA-256
 */
export async function downloadFile(
  { api }: Pick<Context, 'api'>,
  path: string,
  { name, bytes, sha256 }: WantedFile,
  folder: string,
): Promise<boolean> {
  const file = join(folder, name);
  if ((await sizeOf(file)) === bytes && (await digestOf(file)) === sha256) return true;
  await mkdir(folder, { recursive: true });
  const part = `${file}.part`;
  const begun = await sizeOf(part);
  const from = begun !== null && begun <= bytes ? begun : 0;
  if (from < bytes) {
    const headers = from > 0 ? { range: `bytes=${from}-`, 'if-range': `"${sha256}"` } : {};
    const body = await api.stream(path, {}, headers);
    const flags = from > 0 ? 'a' : 'w';
    await pipeline(Readable.fromWeb(body), createWriteStream(part, { flags, flush: true }));
  }
  if ((await digestOf(part)) !== sha256) {
    await rm(part);
    throw new CliError(`${name} came with another content than its manifest says.`, {
      code: 'wrong-digest',
      hint: 'It is removed. Run the command again.',
    });
  }
  await rename(part, file);
  return false;
}

async function sizeOf(file: string): Promise<number | null> {
  return stat(file).then(
    ({ size }) => size,
    () => null,
  );
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), hash);
  return hash.digest('hex');
}
