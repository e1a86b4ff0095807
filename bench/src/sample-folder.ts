import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_ORDER, generateSample, type LineOrder } from '@marquee/sample';
import { BENCH_FOLDER } from './folders.ts';

/**
 * The folder of a day of a sample. Generated if missing, which takes about a second per 15,000
 * titles.
 */
export async function sampleFolder(
  titles: number,
  day: number,
  order: LineOrder = DEFAULT_ORDER,
): Promise<string> {
  const folder = join(BENCH_FOLDER, `sample-${titles}-day-${day}-${order}`);
  if (existsSync(folder)) return folder;
  console.log(`Generating day ${day} of a sample of ${titles.toLocaleString('en-US')} titles …`);
  await rm(`${folder}.new`, { recursive: true, force: true });
  await generateSample({ folder: `${folder}.new`, titles, seed: 1, day, order });
  await rename(`${folder}.new`, folder);
  return folder;
}
