import { codeOf, type DownloadError, type DownloadErrorDetails } from './download-error.ts';
import type { RemoteFile } from './remote-file.ts';

/** The error for a disk that refuses: full, or anything else. */
export function diskFault(
  remote: RemoteFile,
  what: string,
  cause: unknown,
  bytes?: DownloadErrorDetails['bytes'],
): DownloadError {
  const full = ['ENOSPC', 'EDQUOT'].includes(codeOf(cause));
  const message = `${what}: ${full ? 'no space is left' : 'the system refuses'} (${codeOf(cause)}).`;
  return remote.fault(full ? 'disk-full' : 'disk-fault', message, {
    cause,
    ...(bytes && { bytes }),
  });
}
