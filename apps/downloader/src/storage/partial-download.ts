import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { errorCode } from '../errors/error-code.ts';
import type { RemoteFile } from '../request/remote-file.ts';
import { diskError } from './disk-error.ts';

/** A version of a file on its server. Stored beside a part as `<part>.json`, the sidecar. */
export const FileVersion = z.object({
  url: z.string(),
  etag: z.string().nullable(),
  lastModified: z.string().nullable(),
  /** The value of If-Range for this version; null when it cannot be resumed. */
  ifRange: z.string().nullable(),
  /** The size of the file in bytes; null when the server has not sent it. */
  total: z.int().nonnegative().nullable(),
});

export type FileVersion = z.infer<typeof FileVersion>;

/** The part that an earlier downloader has left. It is never written to. */
export interface PartialDownload {
  readonly path: string;
  readonly version: FileVersion & { readonly ifRange: string };
  /** In bytes. */
  readonly size: number;
}

/** Finds out whether a part can be resumed. Returns null when it cannot. */
export async function findPartialDownload(
  path: string,
  remote: RemoteFile,
): Promise<PartialDownload | null> {
  try {
    const version = FileVersion.parse(JSON.parse(await readFile(sidecarOf(path), 'utf8')));
    const { size } = await stat(path);
    const { url, ifRange, total } = version;
    if (url !== remote.url || ifRange === null || size === 0 || size > (total ?? Infinity))
      return null;
    return { path, version: { ...version, ifRange }, size };
  } catch {
    // the sidecar is missing or truncated, or another downloader has just removed the part
    return null;
  }
}

/**
 * Reads a partial download, up to the size that it had when it was found.
 *
 * @throws DownloadError taken-over when it was removed, otherwise disk-fault
 */
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
        `Another download of ${remote.url} has taken over the partial download.`,
        { cause },
      );
    throw diskError(remote, `${partial.path} cannot be read`, cause);
  }
}

/** The path of the file with the version of a part. */
export function sidecarOf(part: string): string {
  return `${part}.json`;
}
