import { open, rm, writeFile, type FileHandle } from 'node:fs/promises';
import type { RemoteFile } from '../request/remote-file.ts';
import { diskError } from './disk-error.ts';
import type { DiskSpaceGuard } from './disk-space-guard.ts';
import { sidecarOf, type FileVersion } from './partial-download.ts';

/**
 * The file that a download is written to, and beside it its zstd copy. A zstd copy is never
 * resumed: a downloader that resumes the part makes a new one.
 */
export class PartFile {
  readonly path: string;
  readonly #archive: FileHandle;
  readonly #zstdCopy: FileHandle;
  readonly #remote: RemoteFile;
  readonly #diskSpace: DiskSpaceGuard;

  constructor(
    path: string,
    archive: FileHandle,
    zstdCopy: FileHandle,
    remote: RemoteFile,
    diskSpace: DiskSpaceGuard,
  ) {
    this.path = path;
    this.#archive = archive;
    this.#zstdCopy = zstdCopy;
    this.#remote = remote;
    this.#diskSpace = diskSpace;
  }

  /**
   * Creates the files, and the sidecar with the version.
   *
   * @throws DownloadError disk-full or disk-fault
   */
  static async create(
    path: string,
    version: FileVersion,
    remote: RemoteFile,
    diskSpace: DiskSpaceGuard,
  ): Promise<PartFile> {
    try {
      await writeFile(sidecarOf(path), JSON.stringify(version), { flag: 'wx' });
      const archive = await open(path, 'wx');
      try {
        const zstdCopy = await open(zstdCopyPathOf(path), 'wx');
        return new PartFile(path, archive, zstdCopy, remote, diskSpace);
      } catch (error) {
        await archive.close();
        throw error;
      }
    } catch (cause) {
      throw diskError(remote, `${path} cannot be created`, cause);
    }
  }

  get zstdCopyPath(): string {
    return zstdCopyPathOf(this.path);
  }

  /** Writes the archive, and yields each chunk once it is written. */
  async *write(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      await this.#write(this.#archive, this.path, chunk);
      yield chunk;
    }
  }

  /** Writes the zstd copy. */
  async writeZstdCopy(chunks: AsyncIterable<Buffer>): Promise<void> {
    for await (const chunk of chunks) await this.#write(this.#zstdCopy, this.zstdCopyPath, chunk);
  }

  async close(): Promise<void> {
    await this.#archive.close();
    await this.#zstdCopy.close();
  }

  /** Removes the zstd copy, unless it has become part of a snapshot. */
  async removeZstdCopy(): Promise<void> {
    await rm(this.zstdCopyPath, { force: true });
  }

  /** Removes the sidecar of a part that has become a snapshot. */
  async removeSidecar(): Promise<void> {
    await rm(sidecarOf(this.path), { force: true });
  }

  /** Removes the archive and its sidecar. */
  async remove(): Promise<void> {
    await rm(this.path, { force: true });
    await this.removeSidecar();
  }

  async #write(handle: FileHandle, path: string, chunk: Buffer): Promise<void> {
    await this.#diskSpace.checkSpace(chunk.length);
    try {
      for (let done = 0; done < chunk.length;)
        done += (await handle.write(chunk, done)).bytesWritten;
    } catch (cause) {
      throw diskError(this.#remote, `${path} cannot be written`, cause);
    }
  }
}

function zstdCopyPathOf(part: string): string {
  return `${part}.zst`;
}
