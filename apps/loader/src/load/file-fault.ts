import { RunFault } from '@marquee/runs';
import { NotComparable } from './compare/not-comparable.ts';
import { WrongHeader } from './encode/header.ts';
import { Damaged } from './thread/snapshot-reader.ts';
import type { LoadOptions } from './staging.ts';

/** The quick copies that a load reads: of the new snapshot, and of the published one. */
const MOST_QUICK_COPIES = 2;

/**
 * Does work that reads snapshots, and begins it again where a quick copy proves damaged: that is
 * dropped, and its archive read instead. A snapshot whose archive is damaged is set aside, for the
 * next download to fetch it anew.
 *
 * @throws RunFault when it is the new snapshot, NotComparable when it is the published one
 */
export async function withSoundFiles<T>(options: LoadOptions, work: () => Promise<T>): Promise<T> {
  for (let dropped = 0; ; dropped++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Damaged)) throw error;
      if (error.file.packing === 'gzip' || dropped === MOST_QUICK_COPIES)
        throw await setAside(options, error);
      const { store, remark } = options;
      await store.removeQuickCopy(error.file);
      remark(
        `the quick copy ${store.locationOf(error.file, 'zstd')} was damaged (${error.message}) and was dropped`,
      );
    }
  }
}

async function setAside(
  { pool, store, dataset, snapshot }: LoadOptions,
  error: Damaged,
): Promise<RunFault | NotComparable> {
  const { file, message } = error;
  await store.setAside(file, message);
  await pool.query('update ingest.snapshot set removed_at = now() where id = $1::text', [file.id]);
  if (file.id !== snapshot.id)
    return new NotComparable(
      `the published snapshot ${file.id} cannot be read and was set aside: ${message}`,
      { cause: error },
    );
  return new RunFault({
    code: 'snapshot-damaged',
    message: `The file ${store.locationOf(file)} of ${dataset} is damaged: ${message}.`,
    hint: 'Is the disk well? The snapshot was set aside, and the next update fetches it anew: start it again.',
    cause: error,
  });
}

/** The file of the new snapshot that was read has not the lines that it had when it was verified. */
export async function wrongLines(
  { store, snapshot }: LoadOptions,
  lines: number,
): Promise<Damaged> {
  const { dataset, id, rows } = snapshot;
  const { quickCopy } = await store.sizesOf(snapshot);
  return new Damaged(`it has ${lines} lines where its manifest has ${rows}`, {
    dataset,
    id,
    packing: quickCopy === null ? 'gzip' : 'zstd',
  });
}

/** A wrong header as its run shows it; any other error as it is. */
export function explainHeader(error: unknown): unknown {
  if (!(error instanceof WrongHeader)) return error;
  return new RunFault({
    code: 'header',
    message: error.message,
    hint: 'The file is not of this dataset, is damaged, or IMDb has changed its columns. Nothing was published; download it again.',
    cause: error,
  });
}
