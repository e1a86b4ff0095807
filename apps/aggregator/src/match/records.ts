import { createHash } from 'node:crypto';
import type { SourceRecord } from '@marquee/contract';
import { describe, type Description } from '@marquee/matching';
import type { ClientBase } from 'pg';

/** A record of a source, which may be gone. */
export interface RecordRef {
  readonly source: string;
  readonly id: string;
}

/** A record that is matched. */
export interface MatchedRecord extends RecordRef {
  /** Unique; the record with the smallest key founds its movie. */
  readonly key: string;
  readonly description: Description;
  /** The id of the movie that it founds. */
  readonly ownMovie: string;
  /** As search has them; read for records without a title alone. */
  readonly directors: readonly string[];
}

/** Fields that say nothing about which movie it is, and are not read. */
const OTHER_FIELDS = [
  'overview',
  'tagline',
  'homepage',
  'companies',
  'budget',
  'revenue',
  'ratings',
  'cRatings',
  'countries',
  'languages',
];

/** Identifies a record in memory. */
export function refKey({ source, id }: RecordRef): string {
  return `${source}/${id}`;
}

/** The id of the movie that a record founds: `mq` and 15 digits of SHA-256. */
export function ownMovieOf(ref: RecordRef): string {
  const digest = createHash('sha256').update(refKey(ref)).digest('hex');
  return `mq${String(BigInt(`0x${digest.slice(0, 16)}`) % 10n ** 15n).padStart(15, '0')}`;
}

/** Refs as the two arrays that statements take. */
export function columnsOf(refs: readonly RecordRef[]): [sources: string[], ids: string[]] {
  return [refs.map(({ source }) => source), refs.map(({ id }) => id)];
}

/** The records that exist of those wanted. */
export async function readRecords(
  client: ClientBase,
  refs: readonly RecordRef[],
): Promise<MatchedRecord[]> {
  const { rows } = await client.query<RecordRef & { record: SourceRecord; priority: number }>(
    `select r.source, r.id, r.record - $3::text[] as record, s.priority
     from unnest($1::text[], $2::text[]) as wanted (source, id)
       join sources.record r on r.source = wanted.source and r.id = wanted.id
       join sources.source s on s.id = r.source`,
    [...columnsOf(refs), OTHER_FIELDS],
  );
  return rows.map(({ source, id, record, priority }) => ({
    source,
    id,
    key: `${String(priority).padStart(10, '0')} ${source} ${id}`,
    description: describe(source, id, record),
    ownMovie: ownMovieOf({ source, id }),
    directors: (record.people ?? []).flatMap(({ name, role }) =>
      role === 'director' ? [name] : [],
    ),
  }));
}
