import type { Movie, SourceRecord } from '@marquee/contract';
import type { Pool } from 'pg';

/** Makes sources by hand, with a delivery each. Ids of sources are in the order of their priority. */
export async function addSources(pool: Pool, ...ids: readonly string[]): Promise<void> {
  await pool.query(
    `insert into sources.source (id, definition, definition_hash, origin, priority)
     select id, '{}', sha256(id::bytea), 'api', 10 * n from unnest($1::text[]) with ordinality as given (id, n)`,
    [ids],
  );
  await pool.query(
    `insert into sources.delivery (source, file, name, sha256, bytes, received_by, received_at)
     select id, 'movies', 'movies.csv', sha256(id::bytea), 1, 'test', '2026-01-01' from unnest($1::text[]) as id`,
    [ids],
  );
}

export interface GivenRecord {
  readonly source: string;
  readonly id: string;
  /** The movie that it is matched to; null removes the record. */
  readonly movie: string | null;
  readonly content: SourceRecord;
}

/** Stores records with their matches, as extractor and matcher do, and marks their movies. */
export async function give(pool: Pool, ...records: readonly GivenRecord[]): Promise<void> {
  for (const { source, id, movie, content } of records) {
    const { rows } = await pool.query<{ movie: string }>(
      'select movie from sources.match where source = $1::text and record_id = $2::text',
      [source, id],
    );
    await pool.query('delete from sources.record where source = $1::text and id = $2::text', [
      source,
      id,
    ]);
    if (movie !== null) {
      await pool.query(
        `insert into sources.record (source, id, delivery, line, hash, record, raw)
         select $1::text, $2::text, id, 1, sha256('x'), $3::jsonb, '{}' from sources.delivery where source = $1::text`,
        [source, id, JSON.stringify(content)],
      );
      await pool.query(
        `insert into sources.match (source, record_id, movie, state, method, rule_version)
         values ($1::text, $2::text, $3::text, 'matched', 'title', 1)`,
        [source, id, movie],
      );
    }
    await mark(pool, ...rows.map((row) => row.movie), ...(movie === null ? [] : [movie]));
  }
}

/** Marks movies as to be merged. */
export async function mark(pool: Pool, ...movies: readonly string[]): Promise<void> {
  await pool.query(
    `insert into movies.pending (movie, cause) select distinct movie, '{"kind": "test"}'::jsonb from unnest($1::text[]) as movie
     on conflict (movie) do update set since = now()`,
    [movies],
  );
}

/** All movies, by id. */
export async function moviesOf(pool: Pool): Promise<Record<string, Movie>> {
  const { rows } = await pool.query<{ document: Movie }>(
    'select document from movies.movie order by id',
  );
  return Object.fromEntries(rows.map(({ document }) => [document.id, document]));
}
