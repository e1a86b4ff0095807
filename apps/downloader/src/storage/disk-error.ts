import type { DownloadError, DownloadErrorDetails } from '../errors/download-error.ts';
import { errorCode } from '../errors/error-code.ts';
import type { RemoteFile } from '../request/remote-file.ts';

/**
 * The error for a failed file operation: disk-full, or disk-fault for any other code.
 *
 * @param what failed, as a clause for the message
 */
export function diskError(
  remote: RemoteFile,
  what: string,
  cause: unknown,
  receivedBytes?: DownloadErrorDetails['receivedBytes'],
): DownloadError {
  const code = errorCode(cause);
  const isFull = ['ENOSPC', 'EDQUOT'].includes(code);
  const message = `${what}: ${isFull ? 'no space is left' : 'the operation failed'} (${code}).`;
  return remote.error(isFull ? 'disk-full' : 'disk-fault', message, {
    cause,
    ...(receivedBytes && { receivedBytes }),
  });
}
