import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UserError } from '@marquee/process';
import type { PathStore } from '@marquee/snapshots';
import { z } from 'zod';
import { Hashing } from './format.ts';

/** A file of the backup store, as the JSON file beside it describes it. It counts once that exists. */
export const DescribedFile = z.object({
  /** Its path in the store. */
  file: z.string(),
  bytes: z.int(),
  sha256: z.string(),
});
export type DescribedFile = z.infer<typeof DescribedFile>;

/** The largest description: it has the migrations, and the rows of each table. */
const MAX_DESCRIPTION_BYTES = 16 * 2 ** 20;

/** The path of a file's description. @param file such as `backups/marquee-1.tar.age` */
function descriptionOf(file: string): string {
  return file.replace(/\.tar[.\w]*$/u, '.json');
}

/** The files whose descriptions have a path like a pattern, the newest first: names begin with times. */
export async function listDescribed<T extends DescribedFile>(
  store: PathStore,
  pattern: RegExp,
  schema: z.ZodType<T>,
): Promise<T[]> {
  const paths = (await store.list()).filter((path) => pattern.test(path));
  const found: T[] = [];
  for (const path of paths.sort().reverse())
    found.push(schema.parse(JSON.parse(await textOf(store, path))));
  return found;
}

/** The text of a description. @throws UserError if it is too large to be one */
async function textOf(store: PathStore, path: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of (await store.open(path)) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_DESCRIPTION_BYTES)
      throw new UserError(
        `${store.locationOf(path)} has more than ${MAX_DESCRIPTION_BYTES} bytes: it describes no backup.`,
        { hint: 'Move it out of the store.', code: 'damaged' },
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/**
 * Adds a file, and then its description.
 *
 * @param name of the local file while it is written
 * @param write writes and ends the content. @returns what else the description has
 */
export async function addDescribed<T extends Pick<DescribedFile, 'file'>>(
  store: PathStore,
  name: string,
  write: (output: Writable) => Promise<T>,
): Promise<T & DescribedFile> {
  const path = join(await store.workFolder(), name);
  try {
    const hashing = new Hashing();
    const written = pipeline(hashing, createWriteStream(path, { mode: 0o600, flush: true }));
    const [about] = await Promise.all([write(hashing), written]);
    const described = { ...about, bytes: hashing.bytes, sha256: hashing.digest() };
    await store.add(described.file, path);
    await writeFile(path, `${JSON.stringify(described, null, 2)}\n`, { mode: 0o600 });
    await store.add(descriptionOf(described.file), path);
    return described;
  } finally {
    await rm(path, { force: true });
  }
}

/** Removes a file, its description first. */
export async function removeDescribed(store: PathStore, { file }: DescribedFile): Promise<void> {
  await store.remove(descriptionOf(file));
  await store.remove(file);
}

/** The content of a file, which fails at its end if it is not what the description says. */
export async function openDescribed(
  store: PathStore,
  { file, bytes, sha256 }: DescribedFile,
): Promise<Readable> {
  const content = await store.open(file);
  const hash = createHash('sha256');
  let found = 0;
  const chunks = async function* () {
    for await (const chunk of content as AsyncIterable<Buffer>) {
      hash.update(chunk);
      found += chunk.length;
      yield chunk;
    }
    if (found === bytes && hash.digest('hex') === sha256) return;
    throw new UserError(
      `The file of the backup is not what was stored: ${found} bytes, not ${bytes}, or another SHA-256.`,
      { hint: 'It was changed or damaged in the store. Use another backup.', code: 'damaged' },
    );
  };
  return Readable.from(chunks(), { objectMode: false });
}
