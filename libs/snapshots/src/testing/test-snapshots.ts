import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { DatasetName } from '@marquee/datasets';
import { snapshotId, type SnapshotManifest } from '../store/manifest.ts';
import { compressZstdCopy, decompressZstdCopy } from '../zstd-copy.ts';
import type { CompressedContent, SnapshotFiles, SnapshotStore } from '../store/store.ts';

export const dataset = 'title.ratings';

/** A made-up manifest. */
export function madeUpManifest(
  fetchedAt: string,
  digit = 'a',
  of: DatasetName = dataset,
): SnapshotManifest {
  const sha256 = digit.repeat(64);
  const url = `http://127.0.0.1/${of}.tsv.gz`;
  return {
    id: snapshotId({ dataset: of, fetchedAt, sha256 }),
    dataset: of,
    url,
    etag: '"a"',
    lastModified: null,
    bytes: 4,
    rawBytes: 9,
    sha256,
    rows: 1,
    fetchedAt,
  };
}

/** Files to add: only an archive. */
export async function downloadedFiles(
  store: SnapshotStore,
  content?: string | Buffer,
  of?: DatasetName,
): Promise<SnapshotFiles> {
  return { archive: await downloadedFile(store, content, of) };
}

/** Files to add: an archive and its zstd copy, with the same content. */
export async function downloadedFilesWithCopy(
  store: SnapshotStore,
  content: string | Buffer,
): Promise<Required<SnapshotFiles>> {
  return {
    archive: await downloadedFile(store, gzipSync(content)),
    zstdCopy: await downloadedFile(store, await buffer(compressZstdCopy([Buffer.from(content)]))),
  };
}

/** The decompressed content of a snapshot. */
export async function textOf({ stream, compression }: CompressedContent): Promise<string> {
  return compression === 'zstd'
    ? (await decompressed(stream)).toString()
    : gunzipSync(await buffer(stream)).toString();
}

/** The content of a zstd copy. Each part is copied, because the next one detaches it. */
export async function decompressed(zstdCopy: AsyncIterable<Buffer>): Promise<Buffer> {
  return Buffer.concat(
    await Array.fromAsync(decompressZstdCopy(zstdCopy), (part) => Buffer.from(part)),
  );
}

/** A file in the download folder. */
export async function downloadedFile(
  store: SnapshotStore,
  content: string | Buffer = randomBytes(100),
  of: DatasetName = dataset,
): Promise<string> {
  const file = join(await store.downloadFolder(of), `${randomBytes(4).toString('hex')}.part`);
  await writeFile(file, content);
  return file;
}
