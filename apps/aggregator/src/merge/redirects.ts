import type { Provenance } from '@marquee/contract';
import type { PoolClient } from 'pg';
import type { MergeInput } from './merge-inputs.ts';

/**
 * Redirects the ids of movies whose records now belong to other movies: to that of the first of
 * their former records. Their locks go there too, unless the other movie has a lock of the same field. A
 * movie that has records again, or that IMDb has again, gets its id back.
 *
 * @returns the ids that are redirected
 */
export async function redirectMovies(
  client: PoolClient,
  inputs: readonly MergeInput[],
): Promise<ReadonlySet<string>> {
  const alive = inputs
    .filter(({ records, imdb }) => records.length > 0 || imdb !== undefined)
    .map(({ id }) => id);
  await client.query('delete from movies.redirect where id = any ($1::text[])', [alive]);
  // IMDb still tells of a title whose records have left it
  const left = inputs.filter(({ records, imdb }) => records.length === 0 && imdb === undefined);
  const ids = left.map(({ id }) => id);
  if (ids.length === 0) return new Set();
  const { rows: stored } = await client.query<{ id: string; provenance: Provenance }>(
    'select id, provenance from movies.movie where id = any ($1::text[])',
    [ids],
  );
  const former = stored.flatMap(({ id, provenance }) =>
    formerRecords(provenance).map((record) => ({ id, ...record })),
  );
  await client.query(REDIRECT, [JSON.stringify(former)]);
  const { rows } = await client.query<{ id: string }>(
    'select id from movies.redirect where id = any ($1::text[])',
    [ids],
  );
  const redirected = rows.map(({ id }) => id);
  if (redirected.length > 0) {
    await client.query(FOLLOW, [redirected]);
    await client.query(MOVE_LOCKS, [redirected]);
    await client.query('delete from movies.lock where movie = any ($1::text[])', [redirected]);
  }
  return new Set(redirected);
}

/** The records that a movie was made from. */
function formerRecords(provenance: Provenance): { source: string; record: string }[] {
  return Object.values(provenance)
    .flatMap(({ from, lost }) => [...from, ...lost])
    .map(({ source, record }) => ({ source, record }));
}

const REDIRECT = `
  insert into movies.redirect (id, movie)
  select distinct on (former.id) former.id, m.movie
  from jsonb_to_recordset($1::jsonb) as former (id text, source text, record text)
    join sources.match as m on m.source = former.source and m.record_id = former.record
    join sources.source as s on s.id = m.source
  where m.movie <> former.id
  order by former.id, s.priority, m.source, m.record_id
  on conflict (id) do nothing`;

/** Ids that led to a redirected one lead on to its movie. */
const FOLLOW = `
  update movies.redirect as earlier
  set movie = later.movie
  from movies.redirect as later
  where later.id = any ($1::text[]) and earlier.movie = later.id and earlier.id <> later.movie`;

const MOVE_LOCKS = `
  with moved as (
    insert into movies.lock (movie, field, value, note, locked_at, locked_by)
    select r.movie, l.field, l.value, l.note, l.locked_at, l.locked_by
    from movies.lock as l join movies.redirect as r on r.id = l.movie
    where l.movie = any ($1::text[])
    order by l.movie, l.field
    on conflict (movie, field) do nothing
    returning movie
  )
  insert into movies.pending (movie, cause)
  select distinct movie, '{"kind": "lock"}'::jsonb from moved
  on conflict (movie) do update set since = now()`;
