import { DATASET_NAMES, type DatasetName } from '@marquee/datasets';
import type { Pool } from 'pg';
import { expect } from 'vitest';
import { comparePublished } from './compare-published.ts';

/**
 * Expects a published table to equal a file: see {@link comparePublished}.
 *
 * @returns number of compared rows
 */
export async function expectPublished(
  pool: Pool,
  dataset: DatasetName,
  folder: string,
): Promise<number> {
  const { differences, rowsInFile, rowsInTable } = await comparePublished(pool, dataset, folder);
  expect(differences).toEqual([]);
  expect(rowsInTable).toBe(rowsInFile);
  return rowsInTable;
}

/** Compares every dataset that has a file in the folder. */
export async function expectAllPublished(
  pool: Pool,
  folder: string,
  datasets: readonly DatasetName[] = DATASET_NAMES,
): Promise<void> {
  for (const dataset of datasets) await expectPublished(pool, dataset, folder);
}
