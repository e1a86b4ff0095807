import type { MergedField, Movie, MergeRules } from '@marquee/contract';
import { imdbRecords, rulesWith, type Lock, type Read, type MovieRecord } from '@marquee/movies';
import type { PoolClient } from 'pg';

/** What a movie is merged from. */
export interface MergeInput {
  readonly id: string;
  /** What led to the merge. */
  readonly cause: object;
  /** Without IMDb's. */
  readonly records: readonly MovieRecord[];
  readonly imdb: MovieRecord | undefined;
  readonly locks: readonly Lock[];
  /** The stored document; null for a movie that is not stored. */
  readonly stored: Movie | null;
}

/**
 * Takes movies off the pending ones, and reads what they are merged from. They are taken off before
 * anything is read: who marks one of them later waits for this transaction, and so marks it for the
 * next merge. Those that another process has taken are left out.
 */
export async function takeMovies(
  client: PoolClient,
  ids: readonly string[],
): Promise<MergeInput[]> {
  const { rows: taken } = await client.query<Pick<MergeInput, 'id' | 'cause'>>(TAKE, [ids]);
  const movies = taken.map(({ id }) => id);
  const [records, locks, stored] = [
    groupByMovie(await rowsOf<RecordRow>(client, RECORDS, movies)),
    groupByMovie(await rowsOf<LockRow>(client, LOCKS, movies)),
    groupByMovie(await rowsOf<StoredRow>(client, STORED, movies)),
  ];
  const imdb = await imdbRecords(
    readBy(client),
    movies.filter((id) => id.startsWith('tt')),
  );
  return taken.map(({ id, cause }) => ({
    id,
    cause,
    records: records.get(id) ?? [],
    imdb: imdb.get(id),
    locks: locks.get(id) ?? [],
    stored: stored.get(id)?.[0]?.document ?? null,
  }));
}

/** The rules in force: the shipped ones, with those that people have set. */
export async function readRules(client: Pick<PoolClient, 'query'>): Promise<MergeRules> {
  const { rows } = await client.query<{ own: Partial<Record<MergedField, unknown>> }>(
    `select coalesce(jsonb_object_agg(field, rule), '{}') as own from movies.rule`,
  );
  return rulesWith(rows[0]?.own ?? {});
}

/** Reads by prepared statements of a connection or pool. */
export function readBy(client: Pick<PoolClient, 'query'>): Read {
  return async <Row extends object>(
    statement: { readonly name: string; readonly text: string },
    values: readonly unknown[],
  ) => (await client.query<Row>({ ...statement, values: [...values] })).rows;
}

interface InMovie {
  readonly movie: string;
}
type RecordRow = MovieRecord & InMovie;
type LockRow = Lock & InMovie;
type StoredRow = { readonly document: Movie } & InMovie;

const TAKE = `
  delete from movies.pending
  where movie in (
    select movie from movies.pending where movie = any ($1::text[]) order by movie for update skip locked
  )
  returning movie as id, cause`;

const ISO = (column: string) =>
  `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

const RECORDS = `
  select m.movie, r.source, r.id as record, r.delivery::text as delivery, ${ISO('d.received_at')} as at, s.priority, r.record as content
  from sources.match as m
    join sources.record as r on r.source = m.source and r.id = m.record_id
    join sources.delivery as d on d.id = r.delivery
    join sources.source as s on s.id = r.source
  where m.movie = any ($1::text[])`;

const LOCKS = `
  select movie, field, value, ${ISO('locked_at')} as at, locked_by as by
  from movies.lock
  where movie = any ($1::text[])`;

const STORED = `
  select id as movie, document
  from movies.movie
  where id = any ($1::text[])
  order by id
  for update`;

async function rowsOf<Row extends object>(
  client: PoolClient,
  statement: string,
  movies: readonly string[],
): Promise<Row[]> {
  return (await client.query<Row>(statement, [movies])).rows;
}

function groupByMovie<Row extends InMovie>(rows: readonly Row[]): Map<string, Row[]> {
  return Map.groupBy(rows, ({ movie }) => movie);
}
