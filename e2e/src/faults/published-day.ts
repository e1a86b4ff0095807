import { tableOf } from '@marquee/catalogue';
import { DATASET_NAMES } from '@marquee/datasets';
import type { Pool } from 'pg';
import { comparePublished } from '../compare-published.ts';
import type { Days } from '../sample-days.ts';

/** The published day; `empty` before the first publish. */
export type PublishedDay = number | 'empty';

/** Description of published data that is no single day. */
export interface MixedDays {
  readonly mixture: string;
}

/**
 * One statement over all tables, for one snapshot of all of them; the hash of a row covers all
 * columns.
 */
const CHECKSUMS = DATASET_NAMES.map(
  (dataset) =>
    `select '${dataset}' as dataset, count(*)::int as rows, sum(hashtextextended(t::text, 0))::text as hash from ${tableOf(dataset, 'imdb')} as t`,
).join(' union all ');

/** Determines the published day by checksums of all seven tables. */
export class DayChecksums {
  readonly #days: Days;
  /** Checksums by day and dataset. */
  readonly #known = new Map<PublishedDay, Map<string, string>>([
    ['empty', new Map(DATASET_NAMES.map((dataset) => [dataset, '0 null']))],
  ]);

  constructor(days: Days) {
    this.#days = days;
  }

  /**
   * Records the checksums of the published data as those of a day, after comparing each table with
   * the day's file by row and column.
   *
   * @throws Error if another day is published
   */
  async learn(pool: Pool, day: number): Promise<void> {
    if (this.#known.has(day)) return;
    for (const dataset of DATASET_NAMES) {
      const { differences, rowsInFile, rowsInTable } = await comparePublished(
        pool,
        dataset,
        this.#days.day(day),
      );
      if (differences.length > 0 || rowsInFile !== rowsInTable)
        throw new Error(
          `${dataset} is not what the file of day ${day} holds: ${JSON.stringify(differences)}`,
        );
    }
    this.#known.set(day, await readChecksums(pool));
  }

  /** The published day, from one snapshot. */
  async read(pool: Pool): Promise<PublishedDay | MixedDays> {
    const found = await readChecksums(pool);
    const days = [...this.#known].filter(([, known]) =>
      DATASET_NAMES.every((dataset) => known.get(dataset) === found.get(dataset)),
    );
    if (days[0] !== undefined) return days[0][0];
    return {
      mixture: DATASET_NAMES.map(
        (dataset) => `${dataset} of ${this.#daysOf(dataset, found.get(dataset))}`,
      ).join(', '),
    };
  }

  #daysOf(dataset: string, checksum: string | undefined): string {
    const days = [...this.#known]
      .filter(([, known]) => known.get(dataset) === checksum)
      .map(([day]) => (day === 'empty' ? 'empty' : `day ${day}`));
    return days.length === 0 ? `no day (${checksum ?? 'missing'})` : days.join(' or ');
  }
}

async function readChecksums(pool: Pool): Promise<Map<string, string>> {
  const { rows } = await pool.query<{ dataset: string; rows: number; hash: string | null }>(
    CHECKSUMS,
  );
  return new Map(
    rows.map(({ dataset, rows: count, hash }) => [dataset, `${count} ${hash ?? 'null'}`]),
  );
}

/** Describes the published data. */
export function describePublished(found: PublishedDay | MixedDays): string {
  if (typeof found === 'object') return `a mixture: ${found.mixture}`;
  return found === 'empty' ? 'nothing' : `day ${found}`;
}
