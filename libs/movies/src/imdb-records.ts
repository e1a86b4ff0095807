import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SourceRecord } from '@marquee/contract';
import { IMDB, type MovieRecord } from './movie-record.ts';

/** Reads rows by a prepared statement. */
export type Read = <Row extends object>(
  statement: { readonly name: string; readonly text: string },
  values: readonly unknown[],
) => Promise<Row[]>;

/** A row of {@link IMDB_RECORDS}. */
interface ImdbRow {
  readonly id: string;
  readonly delivery: string | null;
  readonly at: string | null;
  readonly content: SourceRecord;
}

/** Reads the records of IMDb titles. Parameters: their ids, and whether with names and people. */
export const IMDB_RECORDS = {
  name: 'imdb-records',
  text: readFileSync(join(import.meta.dirname, '../sql/imdb-records.sql'), 'utf8'),
};

/**
 * The records of IMDb titles, by their ids, made from the published tables by one statement. Ids that
 * IMDb does not have are left out.
 *
 * @param isWhole false leaves out names and people, which take longest to read
 */
export async function imdbRecords(
  read: Read,
  tconsts: readonly string[],
  isWhole = true,
): Promise<Map<string, MovieRecord>> {
  const rows = await read<ImdbRow>(IMDB_RECORDS, [tconsts, isWhole]);
  return new Map(rows.map((row) => [row.id, recordOf(row)]));
}

function recordOf({ id, delivery, at, content }: ImdbRow): MovieRecord {
  return { source: IMDB, record: id, delivery, at: at ?? NEVER, priority: 0, content };
}

/** The time of tables that were written without a publish. */
const NEVER = '1970-01-01T00:00:00.000Z';
