import { tableOf } from '@marquee/catalogue';
import { DATASET_NAMES } from '@marquee/datasets';
import type { Pool } from 'pg';
import { comparePublished } from '../compare-published.ts';
import type { Days } from '../sample-days.ts';

/** Which day's data is published. `empty` is the one before the first. */
export type PublishedDay = number | 'empty';

/** What is no day: parts of several, or none at all; in words. */
export interface MixedDays {
  readonly mixture: string;
}

/**
 * One statement over all tables, so that all are seen at one trigger; a row's hash covers all its
 * columns.
 */
const CHECKSUMS = DATASET_NAMES.map(
  (dataset) =>
    `select '${dataset}' as dataset, count(*)::int as rows, sum(hashtextextended(t::text, 0))::text as hash from ${tableOf(dataset, 'imdb')} as t`,
).join(' union all ');

/** Tells by checksums of all seven tables which day is published. */
export class DayChecksums {
  readonly #days: Days;
  /** For each day, the checksum of each dataset. */
  readonly #known = new Map<PublishedDay, Map<string, string>>([
    ['empty', new Map(DATASET_NAMES.map((dataset) => [dataset, '0 null']))],
  ]);

  constructor(days: Days) {
    this.#days = days;
  }

  /**
   * Learns the checksums of a day from what is published now, once each table was compared with the
   * day's file, row by row and column by column.
   *
   * @throws Error when it is not that day
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

  /** What is published, all seen at one trigger. */
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

/** What is published, in words. */
export function describePublished(found: PublishedDay | MixedDays): string {
  if (typeof found === 'object') return `a mixture: ${found.mixture}`;
  return found === 'empty' ? 'nothing' : `day ${found}`;
}
