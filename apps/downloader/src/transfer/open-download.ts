import type { SnapshotManifest } from '@marquee/snapshots';
import type { FileResponse, RemoteFile } from '../request/remote-file.ts';
import type { PartialDownload } from '../storage/partial-download.ts';
import { isContinuation, rangeHeaders, type OpenDownload } from './transfer.ts';

/**
 * Requests the file from its server: nothing if the newest snapshot is current, the rest of a
 * partial download, or the whole file. Takes one request, or two if a partial download turns out to
 * be outdated.
 *
 * @returns 'unchanged' when the server still has the version of the newest snapshot
 */
export async function openDownload(
  remote: RemoteFile,
  newest: SnapshotManifest | null,
  partial: PartialDownload | null,
  signal: AbortSignal,
): Promise<OpenDownload | 'unchanged'> {
  if (partial === null) return openWholeFile(remote, newest, signal);
  if (partial.size === partial.version.total) return openCompletePartial(remote, partial, signal);
  // If-None-Match has precedence over If-Range (RFC 9110, 13.2.2), so one request covers both
  const headers = {
    ...unlessUnchanged(remote, newest),
    ...rangeHeaders(partial.version.ifRange, partial.size),
  };
  const response = await remote.request(headers, [206, 200, 304, 416], signal);
  if (isContinuation(response, partial.version, partial.size))
    return { version: partial.version, partial, body: response.body };
  if (response.status === 200) return wholeFile(remote, response);
  response.body.close();
  return response.status === 304 ? 'unchanged' : openWholeFile(remote, newest, signal);
}

async function openWholeFile(
  remote: RemoteFile,
  newest: SnapshotManifest | null,
  signal: AbortSignal,
): Promise<OpenDownload | 'unchanged'> {
  const headers = unlessUnchanged(remote, newest);
  const expected = Object.keys(headers).length === 0 ? [200] : [200, 304];
  const response = await remote.request(headers, expected, signal);
  if (response.status === 200) return wholeFile(remote, response);
  response.body.close();
  return 'unchanged';
}

/**
 * Opens a partial download that has all bytes. A range after its end would not be satisfiable, so a
 * conditional request checks whether the server still has this version.
 */
async function openCompletePartial(
  remote: RemoteFile,
  partial: PartialDownload,
  signal: AbortSignal,
): Promise<OpenDownload> {
  const { version } = partial;
  const headers = unlessMatching(version.etag, version.lastModified);
  const response = await remote.request(headers, [200, 304], signal);
  if (response.status === 200) return wholeFile(remote, response);
  response.body.close();
  return { version, partial, body: null };
}

function wholeFile(remote: RemoteFile, response: FileResponse): OpenDownload {
  const { etag, lastModified, ifRange, length, body } = response;
  return {
    version: { url: remote.url, etag, lastModified, ifRange, total: length },
    partial: null,
    body,
  };
}

/**
 * The conditions under which the server need not send the file. The validators of a snapshot from
 * another URL do not apply to this one.
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
