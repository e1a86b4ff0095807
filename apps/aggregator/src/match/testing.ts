import type { SourceRecord } from '@marquee/contract';
import { normalForm } from '@marquee/search';
import type { Pool } from 'pg';
import { matchPending } from './match-pending.ts';

/** A record as tests write it. */
export interface TestRecord {
  readonly source: string;
  readonly id: string;
  readonly record: SourceRecord;
}

/** A title of IMDb as tests write it. */
export interface TestTitle {
  readonly id: string;
  readonly title: string;
  readonly year: number | null;
  readonly type?: string;
  readonly runtime?: number;
  readonly votes?: number;
  readonly akas?: readonly string[];
  readonly directors?: readonly string[];
}

/** Does what the extractor does with a delivery: different records, and marks to match them. */
export async function deliver(pool: Pool, records: readonly TestRecord[]): Promise<void> {
  for (const { source, id, record } of records) {
    await pool.query(
      `insert into sources.source (id, definition, definition_hash, origin, priority)
       values ($1, '{}', decode(repeat('00', 32), 'hex'), 'shipped', 10) on conflict do nothing`,
      [source],
    );
    await pool.query(
      `insert into sources.delivery (source, file, name, sha256, bytes, received_by)
       select $1, 'all', 'all.csv', decode(repeat('00', 32), 'hex'), 0, 'test'
       where not exists (select from sources.delivery where source = $1)`,
      [source],
    );
    await pool.query(
      `insert into sources.record (source, id, delivery, line, hash, record, raw)
       values ($1, $2, (select max(id) from sources.delivery where source = $1), 1, decode(repeat('00', 32), 'hex'), $3, '{}')
       on conflict (source, id) do update set record = excluded.record`,
      [source, id, JSON.stringify(record)],
    );
    await pend(pool, source, id);
  }
}

/** Does what the extractor does with a row that a delivery no longer has. */
export async function remove(pool: Pool, source: string, id: string): Promise<void> {
  await pool.query('delete from sources.record where source = $1 and id = $2', [source, id]);
  await pend(pool, source, id);
}

export async function pend(pool: Pool, source: string, id: string): Promise<void> {
  await pool.query(
    'insert into sources.pending (source, record_id) values ($1, $2) on conflict (source, record_id) do update set since = now()',
    [source, id],
  );
}

/** Fills IMDb's tables, and the search terms that the matcher reads. */
export async function publishTitles(pool: Pool, titles: readonly TestTitle[]): Promise<void> {
  await pool.query(`
    create table if not exists search.title_text (id text collate "C", weight smallint, start_year smallint, last_year smallint, key text collate "C");
    create table if not exists search.name_text (id text collate "C", weight smallint, key text collate "C")`);
  for (const { id, title, year, type = 'movie', runtime, votes, akas = [], directors } of titles) {
    await pool.query(
      'insert into imdb.title_basics (tconst, title_type, primary_title, original_title, start_year, runtime_minutes) values ($1, $2, $3, $3, $4, $5)',
      [id, type, title, year, runtime ?? null],
    );
    await pool.query('insert into imdb.title_ratings values ($1, 7, $2)', [id, votes ?? 1000]);
    for (const name of [title, ...akas])
      await pool.query('insert into search.title_text values ($1, 500, $2, $2, $3)', [
        id,
        year,
        `d${normalForm(name)}`,
      ]);
    if (directors !== undefined)
      await pool.query('insert into imdb.title_crew (tconst, directors) values ($1, $2)', [
        id,
        directors,
      ]);
  }
}

/** Matches all that is pending, and returns each record's movie and state. */
export async function matchAll(
  pool: Pool,
  chunk = 2000,
): Promise<Record<string, readonly [movie: string, state: string, reason: string | null]>> {
  await matchPending(pool, new AbortController().signal, { chunk });
  const { rows } = await pool.query<{
    record: string;
    movie: string;
    state: string;
    reason: string | null;
  }>(
    `select source || '/' || record_id as record, movie, state, reason from sources.match order by 1`,
  );
  return Object.fromEntries(
    rows.map(({ record, movie, state, reason }) => [record, [movie, state, reason]]),
  );
}
