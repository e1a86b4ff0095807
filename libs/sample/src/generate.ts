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
   * Where the files go; made when it is not there. Files of an earlier sample are replaced, each in
   * one step.
   */
  readonly folder: string;
  /** The order of the lines; {@link DEFAULT_ORDER} when it is not given. */
  readonly order?: LineOrder;
}

/** How far a file is, or, when it is finished, what is in it. */
export interface SampleProgress {
  readonly dataset: DatasetName;
  /** Without the header line. */
  readonly rows: number;
  /** Bytes before they are gzipped. */
  readonly rawBytes: number;
  readonly finished: boolean;
}

type Listener = (progress: SampleProgress) => void;

/**
 * Writes a sample of all seven datasets as IMDb publishes them: gzipped TSV files under IMDb's
 * names. Same parameters, same content, byte for byte; days 0, 1, 2 … are the days of one sample,
 * about 0.4% of the rows apart. Memory use does not depend on the size.
 *
 * @param onProgress told after every few megabytes, and once per finished file
 * @returns what is in each file
 * @throws RangeError when a parameter is out of its range
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

/** What is written into a file, and in what order. */
interface FileContent {
  readonly sample: Sample;
  readonly dataset: DatasetName;
  readonly order: LineOrder;
  readonly onProgress: Listener;
}

async function generateFile(content: FileContent, folder: string): Promise<SampleProgress> {
  const { dataset, onProgress } = content;
  const path = join(folder, fileNameOf(dataset));
  // written aside and renamed, so that a server never answers with half a file
  const part = `${path}.part`;
  // level 1 keeps pace with the rows on the other core; chunks as large as the input's mean one
  // turn of the event loop per write
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

/** Fills one buffer while the other one is gzipped. */
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
    // ids that differ in their first seven digits never change places
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
