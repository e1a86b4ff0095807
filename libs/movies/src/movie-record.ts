import type { MergedField, SourceRecord } from '@marquee/contract';

/** A record of a movie, with where it comes from. */
export interface MovieRecord {
  /** Id of the source. */
  readonly source: string;
  /** Id of the record at the source. */
  readonly record: string;
  /** Id of the delivery; of IMDb, the run that published; null if it is not known. */
  readonly delivery: string | null;
  /** Time of the delivery, or of IMDb's publish, by ISO 8601 in UTC. */
  readonly at: string;
  /** Priority of the source; the smallest comes first. */
  readonly priority: number;
  readonly content: SourceRecord;
}

/** The id of IMDb as a source. */
export const IMDB = 'imdb';

/** The fields that each record has itself. */
export type RecordedField = Exclude<MergedField, 'rating'>;

/** Orders records by priority, source and record, so that their order does not matter. */
export function compareRecords(one: MovieRecord, other: MovieRecord): number {
  return (
    one.priority - other.priority ||
    compareTexts(one.source, other.source) ||
    compareTexts(one.record, other.record)
  );
}

/** Orders by code units: the same on every machine. */
export function compareTexts(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

/** Whether a value says nothing: null, an empty list or object, or an amount of 0. */
export function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value !== 'object') return false;
  return 'amount' in value ? value.amount === 0 : Object.values(value).every(isEmpty);
}

/** Number of fields of a record that are not empty. */
export function filledFields({ content }: MovieRecord): number {
  return Object.values(content).filter((value) => !isEmpty(value)).length;
}

/** The most votes that a rating of the record has; the owner's own counts for none. */
export function mostVotes({ content }: MovieRecord): number {
  const votes = content.ratings?.map(({ kind, votes: n }) => (kind === 'own' ? 0 : (n ?? 0)));
  return Math.max(0, ...(votes ?? []));
}
