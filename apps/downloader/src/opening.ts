import type { SnapshotManifest } from '@marquee/snapshots';
import type { Leftover } from './incoming.ts';
import type { Answer, RemoteFile } from './remote-file.ts';
import { continues, rangeHeaders, type Opening } from './transfer.ts';

/**
 * Asks a server for what is new: for nothing when the newest snapshot is still what it has, for the
 * rest of a leftover, or for the whole file. One request, except where a leftover turns out to be
 * of no use.
 *
 * @returns 'unchanged' when the newest snapshot is still what the server has
 */
export async function openFile(
  remote: RemoteFile,
  newest: SnapshotManifest | null,
  leftover: Leftover | null,
  signal: AbortSignal,
): Promise<Opening | 'unchanged'> {
  if (leftover === null) return openWhole(remote, newest, signal);
  if (leftover.size === leftover.version.total) return openComplete(remote, leftover, signal);
  // If-None-Match comes before If-Range (RFC 9110, 13.2.2), so one request asks for both
  const headers = {
    ...unlessUnchanged(remote, newest),
    ...rangeHeaders(leftover.version.ifRange, leftover.size),
  };
  const answer = await remote.ask(headers, [206, 200, 304, 416], signal);
  if (continues(answer, leftover.version, leftover.size))
    return { version: leftover.version, leftover, body: answer.body };
  if (answer.status === 200) return whole(remote, answer);
  answer.body.close();
  return answer.status === 304 ? 'unchanged' : openWhole(remote, newest, signal);
}

async function openWhole(
  remote: RemoteFile,
  newest: SnapshotManifest | null,
  signal: AbortSignal,
): Promise<Opening | 'unchanged'> {
  const headers = unlessUnchanged(remote, newest);
  const answer = await remote.ask(
    headers,
    Object.keys(headers).length === 0 ? [200] : [200, 304],
    signal,
  );
  if (answer.status === 200) return whole(remote, answer);
  answer.body.close();
  return 'unchanged';
}

/**
 * A leftover that lacks nothing: a range after its end could not be satisfied, so the question is
 * whether the server still has this version.
 */
async function openComplete(
  remote: RemoteFile,
  leftover: Leftover,
  signal: AbortSignal,
): Promise<Opening> {
  const { version } = leftover;
  const answer = await remote.ask(
    unlessMatching(version.etag, version.lastModified),
    [200, 304],
    signal,
  );
  if (answer.status === 200) return whole(remote, answer);
  answer.body.close();
  return { version, leftover, body: null };
}

function whole(remote: RemoteFile, { etag, lastModified, ifRange, length, body }: Answer): Opening {
  return {
    version: { url: remote.url, etag, lastModified, ifRange, total: length },
    leftover: null,
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
