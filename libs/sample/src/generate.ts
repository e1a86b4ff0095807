import { Buffer } from 'node:buffer';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip, type Gzip } from 'node:zlib';
import { DATASET_NAMES, fileNameOf, headerOf, type DatasetName } from '@marquee/datasets';
import { collate, DEFAULT_ORDER, type LineOrder } from './line-order.ts';
import { RowWriter, word } from './row-writer.ts';
import { ROWS } from './rows.ts';
import { createSample, type Sample } from './sample.ts';
import { MAX_DAY, MIN_TITLES, MAX_TITLES, type SampleWorld } from './world.ts';

const CHUNK = 1024 * 1024;

export interface SampleOptions extends SampleWorld {
  /**
   * Folder of the files; created if missing. Files of an earlier sample are replaced atomically,
   * one by one.
   */
  readonly folder: string;
  /** Order of the lines. Default: {@link DEFAULT_ORDER}. */
  readonly order?: LineOrder;
}

/** Progress of a file, or its content once it is finished. */
export interface SampleProgress {
  readonly dataset: DatasetName;
  /** Number of rows without the header line. */
  readonly rows: number;
  /** Uncompressed bytes. */
  readonly rawBytes: number;
  readonly finished: boolean;
}

type Listener = (progress: SampleProgress) => void;

/**
 * Writes a sample of all seven datasets as gzipped TSV files with IMDb's file names. The same
 * parameters give the same bytes. Days 0, 1, 2 … belong to one sample; about 0.4% of the rows
 * differ between two days. Memory use does not depend on the size.
 *
 * @param onProgress called after every few megabytes, and once per finished file
 * @returns rows and bytes of each file
 * @throws RangeError if a parameter is out of range
 */
export async function generateSample(
  options: SampleOptions,
  onProgress: Listener = () => undefined,
): Promise<SampleProgress[]> {
  checkRange('titles', options.titles, MIN_TITLES, MAX_TITLES);
  checkRange('seed', options.seed, 0, 2 ** 32 - 1);
  checkRange('day', options.day, 0, MAX_DAY);
  await mkdir(options.folder, { recursive: true });
  const sample = createSample(options);
  const { order = DEFAULT_ORDER } = options;
  const files: SampleProgress[] = [];
  for (const dataset of DATASET_NAMES) {
    files.push(await generateFile({ sample, dataset, order, onProgress }, options.folder));
  }
  return files;
}

function checkRange(name: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(
      `A sample's ${name} must be a whole number from ${least} to ${most}, not ${value}`,
    );
  }
}

/** Content and line order of a file. */
interface FileContent {
  readonly sample: Sample;
  readonly dataset: DatasetName;
  readonly order: LineOrder;
  readonly onProgress: Listener;
}

async function generateFile(content: FileContent, folder: string): Promise<SampleProgress> {
  const { dataset, onProgress } = content;
  const path = join(folder, fileNameOf(dataset));
  // written to another name and renamed, so that a server never sends an incomplete file
  const part = `${path}.part`;
  // level 1 keeps pace with the generation on the other core; with chunks of the input's size, a
  // write takes one turn of the event loop
  const gzip = createGzip({ level: constants.Z_BEST_SPEED, chunkSize: CHUNK });
  const written = pipeline(gzip, createWriteStream(part));
  try {
    const [rows, rawBytes] = await Promise.all([writeRows(content, gzip), written]).then(
      ([counts]) => counts,
    );
    await rename(part, path);
    const finished = { dataset, rows, rawBytes, finished: true };
    onProgress(finished);
    return finished;
  } catch (error) {
    gzip.destroy();
    await rm(part, { force: true });
    throw error;
  }
}

/** Fills one buffer while the other one is compressed. */
async function writeRows(
  { sample, dataset, order, onProgress }: FileContent,
  gzip: Gzip,
): Promise<[rows: number, rawBytes: number]> {
  const { of, write } = ROWS[dataset];
  const row = new RowWriter(Buffer.alloc(CHUNK));
  let spare: Buffer = Buffer.alloc(CHUNK);
  let gzipped = Promise.resolve();
  let rawBytes = 0;
  const flush = async (): Promise<void> => {
    await gzipped;
    const filled = row.exchange(spare);
    spare = filled.buffer;
    rawBytes += filled.written.length;
    gzipped = new Promise((resolve, reject) =>
      gzip.write(filled.written, (error) => (error ? reject(error) : resolve())),
    );
  };
  row.text(word(`${headerOf(dataset)}\n`));
  for (const members of sample.world[of].prefixGroups()) {
    const start = row.position;
    for (const member of members) write(sample, member, row);
    // lines of ids with different first seven digits never interleave
    if (order === 'collated') collate(row.since(start));
    if (row.isFull) {
      await flush();
      onProgress({ dataset, rows: row.rows, rawBytes, finished: false });
    }
  }
  await flush();
  await gzipped;
  gzip.end();
  return [row.rows, rawBytes];
}
