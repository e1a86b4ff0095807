import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import {
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
  type FileHandle,
} from 'node:fs/promises';
import { join } from 'node:path';
import { fileNameOf } from '@marquee/datasets';
import { requireSpace, type SnapshotStore } from '@marquee/snapshots';
import { z } from 'zod';
import { diskError } from './disk-error.ts';
import { DiskSpaceGuard, RESERVED_BYTES } from './disk-space-guard.ts';
import { errorCode } from '../errors/download-error.ts';
import type { RemoteFile } from '../request/remote-file.ts';

/** One version of a file at its server; lies beside a part as `<part>.json`. */
export const FileVersion = z.object({
  url: z.string(),
  etag: z.string().nullable(),
  lastModified: z.string().nullable(),
  /** What If-Range names this version by; null: it cannot be resumed. */
  ifRange: z.string().nullable(),
  /** Size of the whole file in bytes, where the server gave it. */
  total: z.int().nonnegative().nullable(),
});

export type FileVersion = z.infer<typeof FileVersion>;

/** What an earlier downloader left of a file. It is only ever read. */
export interface PartialDownload {
  readonly path: string;
  readonly version: FileVersion & { readonly ifRange: string };
  readonly size: number;
}

/**
 * The folder in which a dataset's download is prepared.
 *
 * Two downloaders can be at work in it: a stalled job is given to another process while the first
 * still runs, perhaps in another container, so that neither a pid nor an advisory lock would tell.
 * Hence no lock, but this rule: a part has one writer for its life and holds one version. Each
 * download writes to a part with a name of its own; it takes over an earlier one by copying its
 * bytes (they have to be read and verified anyway) and then removes it. The downloader that lost
 * its part finds it gone when it wants to make it a snapshot, and stops. Nobody ever writes into a
 * file that somebody else hashes. The price is the room for two copies while an earlier part is
 * taken over.
 */
export class DownloadFolder {
  readonly #folder: string;
  readonly #remote: RemoteFile;
  /**
   * Everything that lay here at the start: parts and half-made snapshots of downloaders that were
   * killed or have stalled.
   */
  readonly #earlier: readonly string[];

  private constructor(folder: string, remote: RemoteFile, earlier: readonly string[]) {
    this.#folder = folder;
    this.#remote = remote;
    this.#earlier = earlier;
  }

  static async open(store: SnapshotStore, remote: RemoteFile): Promise<DownloadFolder> {
    try {
      const folder = await store.downloadFolder(remote.dataset);
      return new DownloadFolder(folder, remote, await readdir(folder));
    } catch (cause) {
      throw diskError(remote, 'The folder for incoming files cannot be opened', cause);
    }
  }

  /** The longest earlier part that can be resumed, or null. */
  async findPartial(): Promise<PartialDownload | null> {
    const found = await Promise.all(
      this.#earlier
        .filter((name) => name.endsWith('.part'))
        .map((name) => this.#read(join(this.#folder, name))),
    );
    const usable = found.filter((partial) => partial !== null);
    return usable.sort((a, b) => b.size - a.size)[0] ?? null;
  }

  /**
   * Makes sure that there is room for a version and its zstd copy, which is taken to be as large:
   * while a partial is copied, beside it; afterwards, in its place. A version of unknown size is
   * begun all the same.
   *
   * @throws DiskSpaceError
   */
  async requireSpace({ total }: FileVersion, partial: PartialDownload | null): Promise<void> {
    const there = partial?.size ?? 0;
    const atEnd = total === null ? 0 : 2 * total - there;
    await requireSpace(
      this.#folder,
      Math.max(2 * there, atEnd) + RESERVED_BYTES,
      `The download of ${this.#remote.url}`,
    );
  }

  /** A new, empty part for a version. */
  async createPart(version: FileVersion): Promise<PartFile> {
    const path = join(this.#folder, `${fileNameOf(this.#remote.dataset)}.${randomUUID()}.part`);
    try {
      await writeFile(sidecarOf(path), JSON.stringify(version), { flag: 'wx' });
      return await PartFile.create(
        path,
        this.#remote,
        new DiskSpaceGuard(this.#folder, this.#remote),
      );
    } catch (cause) {
      throw diskError(this.#remote, `${path} cannot be made`, cause);
    }
  }

  /** Removes what lay here at the start. */
  async removeEarlier(): Promise<void> {
    for (const name of this.#earlier) {
      const swept = join(this.#folder, `${randomUUID()}.swept`);
      try {
        // moved away first: a half-made snapshot that is not dead after all must not become one
        // with some of its files deleted
        await rename(join(this.#folder, name), swept);
        await rm(swept, { recursive: true, force: true });
      } catch (cause) {
        if (errorCode(cause) !== 'ENOENT')
          throw diskError(this.#remote, `${join(this.#folder, name)} cannot be removed`, cause);
      }
    }
  }

  async #read(path: string): Promise<PartialDownload | null> {
    try {
      const version = FileVersion.parse(JSON.parse(await readFile(sidecarOf(path), 'utf8')));
      const { size } = await stat(path);
      const { url, ifRange, total } = version;
      if (url !== this.#remote.url || ifRange === null || size === 0 || size > (total ?? Infinity))
        return null;
      return { path, version: { ...version, ifRange }, size };
    } catch {
      // no sidecar, a torn one, or another downloader has just taken it: nothing to resume
      return null;
    }
  }
}

/**
 * The file a download is written to, and beside it its zstd copy, which outlives no downloader: it
 * is made anew by whoever takes the part over.
 */
export class PartFile {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #zstdCopy: FileHandle;
  readonly #remote: RemoteFile;
  readonly #disk: DiskSpaceGuard;

  constructor(
    path: string,
    handle: FileHandle,
    zstdCopy: FileHandle,
    remote: RemoteFile,
    disk: DiskSpaceGuard,
  ) {
    this.path = path;
    this.#handle = handle;
    this.#zstdCopy = zstdCopy;
    this.#remote = remote;
    this.#disk = disk;
  }

  /** Makes both files. */
  static async create(path: string, remote: RemoteFile, disk: DiskSpaceGuard): Promise<PartFile> {
    const handle = await open(path, 'wx');
    try {
      return new PartFile(path, handle, await open(zstdCopyPathOf(path), 'wx'), remote, disk);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Where the zstd copy is. */
  get zstdCopyPath(): string {
    return zstdCopyPathOf(this.path);
  }

  /** Writes the bytes, and hands each chunk on once it is written. */
  async *write(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      await this.#write(this.#handle, this.path, chunk);
      yield chunk;
    }
  }

  /** Writes the zstd copy's bytes. */
  async writeZstdCopy(chunks: AsyncIterable<Buffer>): Promise<void> {
    for await (const chunk of chunks) await this.#write(this.#zstdCopy, this.zstdCopyPath, chunk);
  }

  async close(): Promise<void> {
    await this.#handle.close();
    await this.#zstdCopy.close();
  }

  /** Removes the zstd copy, if it is still here. */
  async removeZstdCopy(): Promise<void> {
    await rm(this.zstdCopyPath, { force: true });
  }

  /** Removes the sidecar of a part that has become a snapshot. */
  async removeSidecar(): Promise<void> {
    await rm(sidecarOf(this.path), { force: true });
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
    await this.removeSidecar();
  }

  async #write(handle: FileHandle, path: string, chunk: Buffer): Promise<void> {
    await this.#disk.checkSpace(chunk.length);
    try {
      for (let done = 0; done < chunk.length;)
        done += (await handle.write(chunk, done)).bytesWritten;
    } catch (cause) {
      throw diskError(this.#remote, `${path} cannot be written`, cause);
    }
  }
}

/** The bytes of a partial, at most as many as it had when it was found. */
export async function* readPartial(
  partial: PartialDownload,
  remote: RemoteFile,
): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(partial.path, {
      end: partial.size - 1,
      highWaterMark: 256 * 1024,
    }) as AsyncIterable<Buffer>;
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT')
      throw remote.error(
        'taken-over',
        `Another download of ${remote.url} has taken over what was here.`,
        { cause },
      );
    throw diskError(remote, `${partial.path} cannot be read`, cause);
  }
}

function sidecarOf(part: string): string {
  return `${part}.json`;
}

function zstdCopyPathOf(part: string): string {
  return `${part}.zst`;
}
