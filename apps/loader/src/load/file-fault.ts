import { RunFault } from '@marquee/runs';
import { NotComparableError } from './compare/not-comparable.ts';
import { WrongHeader } from './encode/header.ts';
import type { LoadOptions } from './staging.ts';
import { DamagedFileError } from './thread/snapshot-reader.ts';

/** The zstd cache copies that a load reads: of the new snapshot, and of the published one. */
const MAX_ZSTD_COPIES = 2;

/**
 * Does work that reads snapshots. If a zstd cache copy is damaged, removes it and starts again from
 * the archive. If an archive is damaged, sets its snapshot aside, so that the next download fetches
 * it again.
 *
 * @throws RunFault when the archive of the new snapshot is damaged
 * @throws NotComparableError when that of the published snapshot is
 */
export async function retryWithoutDamagedCopies<T>(
  options: LoadOptions,
  work: () => Promise<T>,
): Promise<T> {
  for (let dropped = 0; ; dropped++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DamagedFileError)) throw error;
      if (error.file.compression === 'gzip' || dropped === MAX_ZSTD_COPIES)
        throw await setAside(options, error);
      const { store, remark } = options;
      await store.removeZstdCopy(error.file);
      remark(
        `the zstd copy ${store.locationOf(error.file, 'zstd')} was damaged (${error.message}) and was dropped`,
      );
    }
  }
}

async function setAside(
  { pool, store, dataset, snapshot }: LoadOptions,
  error: DamagedFileError,
): Promise<RunFault | NotComparableError> {
  const { file, message } = error;
  await store.setAside(file, message);
  await pool.query('update ingest.snapshot set removed_at = now() where id = $1::text', [file.id]);
  if (file.id !== snapshot.id)
    return new NotComparableError(
      `the published snapshot ${file.id} cannot be read and was set aside: ${message}`,
      { cause: error },
    );
  return new RunFault({
    code: 'snapshot-damaged',
    message: `The file ${store.locationOf(file)} of ${dataset} is damaged: ${message}.`,
    hint: 'Is the disk sound? The snapshot was set aside; the next update downloads it again: start the run again.',
    cause: error,
  });
}

/** The error for a file whose number of lines differs from the one counted at its download. */
export async function wrongLines(
  { store, snapshot }: LoadOptions,
  lines: number,
): Promise<DamagedFileError> {
  const { dataset, id, rows } = snapshot;
  const { zstdCopy } = await store.sizesOf(snapshot);
  return new DamagedFileError(`it has ${lines} lines where its manifest has ${rows}`, {
    dataset,
    id,
    compression: zstdCopy === null ? 'gzip' : 'zstd',
  });
}

/** Turns a wrong header into the run's error; returns any other error as it is. */
export function explainHeader(error: unknown): unknown {
  if (!(error instanceof WrongHeader)) return error;
  return new RunFault({
    code: 'header',
    message: error.message,
    hint: 'The file is not of this dataset, is damaged, or IMDb has changed its columns. Nothing was published; download it again.',
    cause: error,
  });
}
