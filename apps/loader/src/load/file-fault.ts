import { RunFault } from '@marquee/runs';
import { WrongHeader } from '../encode/header.ts';
import { Damaged } from '../thread/snapshot-reader.ts';
import type { LoadOptions } from './staging.ts';

/** The new snapshot's file in the store is not what was verified when it was downloaded. */
export function damaged(
  { dataset, store, snapshot }: LoadOptions,
  what: string,
  cause?: unknown,
): RunFault {
  return new RunFault({
    code: 'snapshot-damaged',
    message: `The snapshot ${store.locationOf(snapshot)} of ${dataset} is damaged: ${what}.`,
    hint: 'Is the disk well? Remove what lies there with its manifest, and POST /run-downloader to fetch it again.',
    cause,
  });
}

/**
 * An error that is the fault of the new snapshot's file, as its run shows it; any other as it is.
 */
export function explainFile(options: LoadOptions, error: unknown): unknown {
  if (error instanceof Damaged) return damaged(options, error.message, error);
  if (!(error instanceof WrongHeader)) return error;
  return new RunFault({
    code: 'header',
    message: error.message,
    hint: 'The file is not of this dataset, is damaged, or IMDb has changed its columns. Nothing was published; download it again.',
    cause: error,
  });
}
