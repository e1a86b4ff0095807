import type { MergeRules, Movie, Provenance } from '@marquee/contract';
import { combinedRating } from '@marquee/movies';
import { normalForm } from '@marquee/search';
import type { PoolClient } from 'pg';
import { addProfits, companyId, profitParts } from './profits.ts';

/** A merged movie to store, and what it replaces. */
export interface MovieChange {
  readonly id: string;
  readonly cause: object;
  readonly before: Movie | null;
  /** Null removes it. */
  readonly after: { readonly movie: Movie; readonly provenance: Provenance } | null;
}

/** Where the values of a movie come from whose document is as it was. */
export interface MergedProvenance {
  readonly id: string;
  readonly provenance: Provenance;
}

/**
 * Stores changed movies: their rows, companies and sums, and the log of changes. The log comes last:
 * its ids are given out under a lock that lasts until the commit.
 */
export async function writeMovies(
  client: PoolClient,
  changes: readonly MovieChange[],
  rules: MergeRules,
): Promise<void> {
  if (changes.length === 0) return;
  const kept = changes.flatMap(({ cause, after }) =>
    after === null ? [] : [{ cause, ...after, columns: columnsOf(after.movie, rules) }],
  );
  await writeCompanies(
    client,
    kept.flatMap(({ movie }) => movie.companies),
  );
  await addProfits(client, changes.flatMap(profitDeltas));
  const removed = changes.filter(({ after }) => after === null);
  if (removed.length > 0)
    await client.query(REMOVE, [JSON.stringify(removed.map(({ id, cause }) => ({ id, cause })))]);
  if (kept.length > 0) await client.query(WRITE, [JSON.stringify(kept)]);
}

/** Stores the provenance of movies where that alone has changed. */
export async function writeProvenance(
  client: PoolClient,
  merged: readonly MergedProvenance[],
): Promise<void> {
  if (merged.length > 0) await client.query(WRITE_PROVENANCE, [JSON.stringify(merged)]);
}

function profitDeltas({ before, after }: MovieChange) {
  const [old, now] = [profitParts(before), profitParts(after?.movie ?? null)];
  if (JSON.stringify(old) === JSON.stringify(now)) return [];
  return [
    ...old.map((part) => ({ ...part, sign: -1 as const })),
    ...now.map((part) => ({ ...part, sign: 1 as const })),
  ];
}

/** The columns that the document does not have in this form. */
function columnsOf(movie: Movie, { rating }: MergeRules) {
  const of = (kind: 'audience' | 'critics') =>
    rating.kind === 'weighted-mean'
      ? combinedRating(movie.ratings, { ...rating, of: [kind] })
      : null;
  const names = [movie.title, movie.originalTitle, ...movie.names.map(({ name }) => name)];
  return {
    critics: of('critics')?.value ?? null,
    audience: of('audience')?.value ?? null,
    companies: movie.companies.map(companyId),
    searchText: [...new Set(names.map((name) => normalForm(name ?? '')))]
      .filter((name) => name !== '')
      .join('\n'),
  };
}

async function writeCompanies(client: PoolClient, companies: Movie['companies']): Promise<void> {
  const names = new Map(companies.map((company) => [companyId(company), company.name]));
  if (names.size > 0) await client.query(WRITE_COMPANIES, [[...names.keys()], [...names.values()]]);
}

/**
 * Equal rows are left out before the insert: its conflicts lock them, and batches side by side have
 * many companies in common.
 */
const WRITE_COMPANIES = `
  insert into movies.company as c (id, name)
  select id, name
  from unnest($1::text[], $2::text[]) as given (id, name)
  where not exists (select from movies.company as k where k.id = given.id and k.name = given.name)
  order by id collate "C"
  on conflict (id) do update set name = excluded.name where c.name <> excluded.name`;

const REMOVE = `
  with removed as (
    delete from movies.movie as m
    using jsonb_to_recordset($1::jsonb) as given (id text, cause jsonb)
    where m.id = given.id
    returning m.id, m.version + 1 as version, m.document, given.cause
  )
  insert into movies.change (movie, version, before, after, cause)
  select id, version, document, null, cause from removed order by id`;

const WRITE = `
  with given as (
    select
      movie ->> 'id' as id,
      -- a movie that comes back goes on counting
      coalesce(
        (select m.version from movies.movie as m where m.id = movie ->> 'id'),
        (select max(c.version) from movies.change as c where c.movie = given.movie ->> 'id'),
        0
      ) + 1 as version,
      movie, provenance, cause, columns
    from jsonb_to_recordset($1::jsonb) as given (movie jsonb, provenance jsonb, cause jsonb, columns jsonb)
  ),
  versioned as (
    select
      id, version, provenance, cause, columns,
      movie || jsonb_build_object(
        'version', version,
        'updatedAt', to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
      ) as document
    from given
  ),
  written as (
    insert into movies.movie as m (
      id, version, title, original_title, type, year, end_year, release_date, runtime_minutes, is_adult,
      genres, countries, languages, companies, budget, revenue, rating, votes, critics, audience, watched,
      sources, search_text, document, provenance
    )
    select
      id, version, document ->> 'title', document ->> 'originalTitle', document ->> 'type',
      (document ->> 'year')::integer, (document ->> 'endYear')::integer, (document ->> 'releaseDate')::date,
      (document ->> 'runtimeMinutes')::integer, (document ->> 'isAdult')::boolean,
      array(select jsonb_array_elements_text(document -> 'genres')),
      array(select jsonb_array_elements_text(document -> 'countries')),
      array(select jsonb_array_elements_text(document -> 'languages')),
      array(select jsonb_array_elements_text(columns -> 'companies')),
      case when document -> 'budget' ->> 'currency' = 'USD' then (document -> 'budget' ->> 'amount')::numeric end,
      case when document -> 'revenue' ->> 'currency' = 'USD' then (document -> 'revenue' ->> 'amount')::numeric end,
      (document -> 'rating' ->> 'value')::numeric, (document -> 'rating' ->> 'votes')::bigint,
      (columns ->> 'critics')::numeric, (columns ->> 'audience')::numeric, (document ->> 'watched')::boolean,
      array(select jsonb_array_elements_text(document -> 'sources')), columns ->> 'searchText', document, provenance
    from versioned
    on conflict (id) do update set
      version = excluded.version, title = excluded.title, original_title = excluded.original_title,
      type = excluded.type, year = excluded.year, end_year = excluded.end_year,
      release_date = excluded.release_date, runtime_minutes = excluded.runtime_minutes,
      is_adult = excluded.is_adult, genres = excluded.genres, countries = excluded.countries,
      languages = excluded.languages, companies = excluded.companies, budget = excluded.budget,
      revenue = excluded.revenue, rating = excluded.rating, votes = excluded.votes,
      critics = excluded.critics, audience = excluded.audience, watched = excluded.watched,
      sources = excluded.sources,
      -- PostgreSQL compares stored bytes to see whether an index has to follow: keep a compressed text
      search_text = case when m.search_text = excluded.search_text then m.search_text else excluded.search_text end,
      document = excluded.document, provenance = excluded.provenance, updated_at = now()
    returning m.id, m.version, old.document as before, new.document as after
  )
  insert into movies.change (movie, version, before, after, cause)
  select w.id, w.version, w.before, w.after, v.cause
  from written as w join versioned as v on v.id = w.id
  order by w.id`;

const WRITE_PROVENANCE = `
  update movies.movie as m
  set provenance = given.provenance
  from jsonb_to_recordset($1::jsonb) as given (id text, provenance jsonb)
  where m.id = given.id and m.provenance <> given.provenance`;
