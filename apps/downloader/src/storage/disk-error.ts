import {
  errorCode,
  type DownloadError,
  type DownloadErrorDetails,
} from '../errors/download-error.ts';
import type { RemoteFile } from '../request/remote-file.ts';

/** The error for a disk that refuses: full, or anything else. */
export function diskError(
  remote: RemoteFile,
  what: string,
  cause: unknown,
  receivedBytes?: DownloadErrorDetails['receivedBytes'],
): DownloadError {
  const full = ['ENOSPC', 'EDQUOT'].includes(errorCode(cause));
  const message = `${what}: ${full ? 'no space is left' : 'the system refuses'} (${errorCode(cause)}).`;
  return remote.error(full ? 'disk-full' : 'disk-fault', message, {
    cause,
    ...(receivedBytes && { receivedBytes }),
  });
}
