import type { SnapshotManifest } from '@marquee/snapshots';
import type { PartialDownload } from '../storage/download-folder.ts';
import type { FileResponse, RemoteFile } from '../request/remote-file.ts';
import { isContinuation, rangeHeaders, type OpenDownload } from './transfer.ts';

/**
 * Asks a server for what is new: for nothing when the newest snapshot is still what it has, for the
 * rest of a partial, or for the whole file. One request, except where a partial turns out to be
 * of no use.
 *
 * @returns 'unchanged' when the newest snapshot is still what the server has
 */
export async function openDownload(
  remote: RemoteFile,
  newest: SnapshotManifest | null,
  partial: PartialDownload | null,
  signal: AbortSignal,
): Promise<OpenDownload | 'unchanged'> {
  if (partial === null) return openFullDownload(remote, newest, signal);
  if (partial.size === partial.version.total) return openCompletePartial(remote, partial, signal);
  // If-None-Match comes before If-Range (RFC 9110, 13.2.2), so one request asks for both
  const headers = {
    ...unlessUnchanged(remote, newest),
    ...rangeHeaders(partial.version.ifRange, partial.size),
  };
  const response = await remote.request(headers, [206, 200, 304, 416], signal);
  if (isContinuation(response, partial.version, partial.size))
    return { version: partial.version, partial, body: response.body };
  if (response.status === 200) return fullDownload(remote, response);
  response.body.close();
  return response.status === 304 ? 'unchanged' : openFullDownload(remote, newest, signal);
}

async function openFullDownload(
  remote: RemoteFile,
  newest: SnapshotManifest | null,
  signal: AbortSignal,
): Promise<OpenDownload | 'unchanged'> {
  const headers = unlessUnchanged(remote, newest);
  const response = await remote.request(
    headers,
    Object.keys(headers).length === 0 ? [200] : [200, 304],
    signal,
  );
  if (response.status === 200) return fullDownload(remote, response);
  response.body.close();
  return 'unchanged';
}

/**
 * A partial that lacks nothing: a range after its end could not be satisfied, so the question is
 * whether the server still has this version.
 */
async function openCompletePartial(
  remote: RemoteFile,
  partial: PartialDownload,
  signal: AbortSignal,
): Promise<OpenDownload> {
  const { version } = partial;
  const response = await remote.request(
    unlessMatching(version.etag, version.lastModified),
    [200, 304],
    signal,
  );
  if (response.status === 200) return fullDownload(remote, response);
  response.body.close();
  return { version, partial, body: null };
}

function fullDownload(
  remote: RemoteFile,
  { etag, lastModified, ifRange, length, body }: FileResponse,
): OpenDownload {
  return {
    version: { url: remote.url, etag, lastModified, ifRange, total: length },
    partial: null,
    body,
  };
}

/**
 * The conditions under which the server need not send the file. Validators of another URL say
 * nothing about this one.
 */
function unlessUnchanged(
  remote: RemoteFile,
  newest: SnapshotManifest | null,
): Record<string, string> {
  return newest?.url === remote.url ? unlessMatching(newest.etag, newest.lastModified) : {};
}

function unlessMatching(etag: string | null, lastModified: string | null): Record<string, string> {
  return {
    ...(etag === null ? {} : { 'if-none-match': etag }),
    ...(lastModified === null ? {} : { 'if-modified-since': lastModified }),
  };
}
