import type { ClientBase } from 'pg';
import type { Components } from './components.ts';
import type { RecordMatch } from './decide-movies.ts';
import { replaceKeys } from './record-keys.ts';
import { columnsOf, refKey, type RecordRef } from './records.ts';

/** Raised when the same records would be matched otherwise. */
export const RULE_VERSION = 1;

/** Keys of what a record tells: see `storedKeys`. Its result does not change them. */
const TEXT_KEYS = ['id:', 'name:', 'part:', 'begin:', 'end:', 'titled:', 'untitled:', 'own:'];

/**
 * Writes the results of components, and the movies that this touches. Unchanged rows are not
 * written. Ids that movies no longer have are redirected when these are merged.
 */
export async function writeMatches(
  client: ClientBase,
  components: Components,
  matches: readonly RecordMatch[],
): Promise<void> {
  const movies = new Map(matches.map(({ record, movie }) => [refKey(record), movie]));
  await upsertMatches(client, matches);
  await writeKeys(client, components, matches);
  await markMovies(client, components, movies);
  await redirectAbsentIds(client, components, matches);
  await client.query(
    `delete from sources.pending p
     using unnest($1::text[], $2::text[]) as done (source, id)
     where p.source = done.source and p.record_id = done.id`,
    columnsOf(components.pending),
  );
}

async function upsertMatches(client: ClientBase, matches: readonly RecordMatch[]): Promise<void> {
  const rows = matches.map(({ record: { source, id }, label: _, ...match }) => ({
    ...match,
    source,
    record_id: id,
  }));
  await client.query(UPSERT, [JSON.stringify(rows), RULE_VERSION]);
}

async function writeKeys(
  client: ClientBase,
  { refs, pairs, decisions }: Components,
  matches: readonly RecordMatch[],
): Promise<void> {
  const near = Map.groupBy(
    pairs.flatMap(({ record, other }) =>
      'title' in other ? [{ record: refKey(record), id: other.title.id }] : [],
    ),
    ({ record }) => record,
  );
  const groups = Map.groupBy(matches, ({ label }) => label);
  const keys = new Map(
    matches.map(({ record, movie, label }) => {
      const key = refKey(record);
      // a key that nobody else has leads to nobody
      const isAlone = groups.get(label)?.length === 1;
      const { imdb } = record.description.ids;
      const { same = null, different = [] } = decisions.get(key) ?? {};
      const ids = [
        ...(near.get(key) ?? []).map(({ id }) => id),
        ...(imdb === undefined ? [] : [imdb]),
        ...(same === null ? [] : [same.movie]),
        ...different,
      ];
      return [
        key,
        [
          ...(isAlone ? [] : [`group:${label}`]),
          `movie:${movie}`,
          ...ids.map((id) => `near:${id}`),
        ],
      ];
    }),
  );
  const isGone = (ref: RecordRef) => !keys.has(refKey(ref));
  const keysOf = (ref: RecordRef) => [...new Set(keys.get(refKey(ref)))];
  await replaceKeys(
    client,
    matches.map(({ record }) => record),
    keysOf,
    TEXT_KEYS,
  );
  await replaceKeys(client, refs.filter(isGone), () => [], []);
}

/** Movies of pending records, and those that records enter or leave, are merged again. */
async function markMovies(
  client: ClientBase,
  { refs, pending, moviesBefore }: Components,
  movies: ReadonlyMap<string, string>,
): Promise<void> {
  const changed = new Set(pending.map(refKey));
  const touched = refs.map(refKey).flatMap((key) => {
    const [before, after] = [moviesBefore.get(key), movies.get(key)];
    return before === after && !changed.has(key) ? [] : [before, after];
  });
  const ids = [...new Set(touched.filter((id) => id !== undefined))].sort();
  await client.query(
    `insert into movies.pending (movie, cause)
     select movie, '{"kind": "match"}' from unnest($1::text[]) as touched (movie)
     on conflict (movie) do update set since = now()`,
    [ids],
  );
}

/** An id of IMDb that a record gives, and IMDb does not have, leads to the movie of the record. */
async function redirectAbsentIds(
  client: ClientBase,
  { titles }: Components,
  matches: readonly RecordMatch[],
): Promise<void> {
  const leads = new Map(
    matches
      .toSorted((a, b) => (a.record.key > b.record.key ? -1 : 1))
      .flatMap(({ record, movie, state }) => {
        const { imdb } = record.description.ids;
        return imdb === undefined || titles.has(imdb) || state !== 'matched'
          ? []
          : [[imdb, movie] as const];
      }),
  );
  await client.query(REDIRECT, [[...leads.keys()], [...leads.values()]]);
}

const UPSERT = `
  insert into sources.match as m (source, record_id, movie, state, method, score, parts, reason, candidates, rule_version, decision)
  select w.source, w.record_id, w.movie, w.state, w.method, w.score, w.parts, w.reason, w.candidates, $2::int, w.decision
  from jsonb_to_recordset($1::jsonb) as w (
    source text, record_id text, movie text, state text, method text, score real, parts jsonb,
    reason text, candidates jsonb, decision bigint
  )
  on conflict (source, record_id) do update
    set movie = excluded.movie, state = excluded.state, method = excluded.method,
      score = excluded.score, parts = excluded.parts, reason = excluded.reason,
      candidates = excluded.candidates, rule_version = excluded.rule_version,
      decision = excluded.decision, matched_at = now()
    where (m.movie, m.state, m.method, m.score, m.parts, m.reason, m.candidates, m.rule_version, m.decision)
      is distinct from (excluded.movie, excluded.state, excluded.method, excluded.score, excluded.parts,
        excluded.reason, excluded.candidates, excluded.rule_version, excluded.decision)`;

const REDIRECT = `
  insert into movies.redirect (id, movie)
  select id, movie from unnest($1::text[], $2::text[]) as lead (id, movie)
  where not exists (select from imdb.title_basics b where b.tconst = lead.id)
  on conflict (id) do update set movie = excluded.movie, since = now()
    where redirect.movie is distinct from excluded.movie`;
