import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Records of other sources, their matches, and the movies merged from them. */
export class Sources1764900000000 implements MigrationInterface {
  readonly name = 'Sources1764900000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...SOURCES, ...MOVIES, ...KEYS, ...LISTS, ...EVENTS])
      await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'alter table access.webhook drop column if exists events, drop column if exists seen_movie_change',
    );
    await runner.query('drop schema movies cascade');
    await runner.query('drop schema sources cascade');
    await runner.query('alter table access.key drop column source');
  }
}

// what people have decided outlives a dropped ingest, so these may exist
const SOURCES = [
  'create schema if not exists sources',
  `create table if not exists sources.source (
    id text collate "C" primary key,
    definition jsonb not null,
    definition_hash bytea not null check (octet_length(definition_hash) = 32),
    origin text not null check (origin in ('shipped', 'folder', 'api')),
    priority integer not null,
    taken jsonb,
    error jsonb,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    updated_by text
  )`,
  `comment on table sources.source is 'Who tells of movies besides IMDb, and how their files are read'`,
  `comment on column sources.source.origin is 'shipped with the program, a file in the folder of definitions, or added over the API'`,
  `comment on column sources.source.taken is 'What the records were made from: the definition''s hash, and the delivery of each file; null before the first'`,
  `comment on column sources.source.error is 'Why the records do not follow a changed definition: code, message, hint, and the target that failed'`,
  `create table if not exists sources.delivery (
    id bigint generated always as identity primary key,
    source text collate "C" not null references sources.source,
    file text not null,
    name text not null,
    sha256 bytea not null check (octet_length(sha256) = 32),
    bytes bigint not null,
    received_at timestamptz not null default now(),
    received_by text not null,
    state text not null default 'received' check (state in ('received', 'taken', 'failed', 'withdrawn')),
    "rows" integer,
    records integer,
    added integer,
    changed integer,
    removed integer,
    rejects integer,
    equal_rows integer,
    ignore_gates text[] not null default '{}',
    error jsonb,
    taken_at timestamptz,
    withdrawn_at timestamptz,
    withdrawn_by text
  )`,
  'create index if not exists delivery_source_idx on sources.delivery (source, file, id desc)',
  'create index if not exists delivery_newest_idx on sources.delivery (source, id)',
  `create index if not exists delivery_waiting_idx on sources.delivery (id) where state = 'received'`,
  `comment on table sources.delivery is 'Files of sources as they came; their content is in the snapshot store, by SHA-256'`,
  `comment on column sources.delivery.file is 'Which of the files of the definition it is'`,
  `comment on column sources.delivery.state is 'received: not read yet; taken: its rows are records, or were until a later delivery; failed: see error; withdrawn: somebody took it back'`,
  `comment on column sources.delivery.equal_rows is 'Rows that are equal to another one'`,
  `comment on column sources.delivery.ignore_gates is 'The gates that it may pass: too-many-rejects, too-many-lost'`,
  `create table if not exists sources.record (
    source text collate "C" not null references sources.source,
    id text collate "C" not null,
    delivery bigint not null references sources.delivery,
    line integer not null,
    hash bytea not null check (octet_length(hash) = 32),
    record jsonb not null,
    raw jsonb not null,
    changed_at timestamptz not null default now(),
    primary key (source, id)
  )`,
  'create index if not exists record_delivery_idx on sources.record (delivery) include (source, id)',
  `comment on table sources.record is 'What each source tells of each movie, in the canonical schema'`,
  `comment on column sources.record.id is 'The id of the source; where it has none, a hash of what names the movie'`,
  `comment on column sources.record.delivery is 'The delivery that last changed it'`,
  `comment on column sources.record.hash is 'SHA-256 of record and raw: an equal one is unchanged'`,
  `create table if not exists sources.reject (
    delivery bigint not null references sources.delivery on delete cascade,
    line integer not null,
    raw text not null,
    reason text not null,
    primary key (delivery, line)
  )`,
  `comment on table sources.reject is 'Rows of deliveries that could not be taken'`,
  `create table if not exists sources.decision (
    id bigint generated always as identity primary key,
    source text collate "C" not null references sources.source,
    record_id text collate "C" not null,
    kind text not null check (kind in ('same', 'different', 'none')),
    movie text collate "C" check ((movie is null) = (kind = 'none')),
    note text,
    decided_at timestamptz not null default now(),
    decided_by text not null,
    undone_at timestamptz,
    undone_by text
  )`,
  'create index if not exists decision_record_idx on sources.decision (source, record_id)',
  `comment on table sources.decision is 'What people have decided about matches; these outlive the records, and a later one of a record counts'`,
  `comment on column sources.decision.kind is 'same: it tells of this movie; different: never of this one; none: of none of the candidates'`,
  `create table if not exists sources.match (
    source text collate "C" not null,
    record_id text collate "C" not null,
    movie text collate "C" not null,
    state text collate "C" not null check (state in ('matched', 'doubtful', 'unmatched', 'conflict')),
    method text not null check (method in ('id', 'title', 'person', 'decision', 'own')),
    score real,
    parts jsonb,
    reason text,
    candidates jsonb not null default '[]',
    rule_version integer not null,
    decision bigint references sources.decision,
    matched_at timestamptz not null default now(),
    primary key (source, record_id),
    foreign key (source, record_id) references sources.record on delete cascade
  )`,
  'create index if not exists match_movie_idx on sources.match (movie)',
  'create index if not exists match_state_idx on sources.match (state, source, record_id)',
  `comment on table sources.match is 'The movie of each record, how it was found, and who else came into question'`,
  `comment on column sources.match.state is 'matched: others tell of its movie too; doubtful: candidates for a person; unmatched: nobody else tells of it; conflict: ids contradict each other'`,
  `comment on column sources.match.movie is 'A doubtful or unmatched record has a movie of its own, a contradictory one that of its own IMDb id if IMDb has it'`,
  `create table if not exists sources.match_count (
    source text collate "C" primary key,
    deliveries jsonb not null,
    is_current boolean not null,
    counted_at timestamptz not null default now()
  )`,
  `comment on table sources.match_count is 'How many records each source has in each state, counted after each matching: counting a million takes seconds'`,
  `comment on column sources.match_count.deliveries is 'By the delivery that last changed them, the number of records in each state, as in {"7": {"matched": 3}}; waiting: not matched yet'`,
  `comment on column sources.match_count.is_current is 'Whether no record has been matched since'`,
  `create table if not exists sources.record_key (
    key text collate "C" not null,
    source text collate "C" not null,
    record_id text collate "C" not null,
    primary key (key, source, record_id)
  )`,
  'create index if not exists record_key_record_idx on sources.record_key (source, record_id)',
  `comment on table sources.record_key is 'Keys by which the matcher finds records: those of equal or similar ones, and those of its last result; they outlive a removed record until it is matched again'`,
  `create table if not exists sources.pending (
    source text collate "C" not null,
    record_id text collate "C" not null,
    since timestamptz not null default now(),
    primary key (source, record_id)
  )`,
  `comment on table sources.pending is 'Records to be matched: new, changed or removed ones, and those whose candidates have changed'`,
];

/** As search.sort_form has it, which the loader creates later: movies and titles are listed together. */
const SORT_FORM = `left(
  lower(
    ltrim(
      case
        when octet_length(title) = length(title) then title
        else regexp_replace(normalize(title, nfkd), '[\\u0300-\\u036f]', '', 'g')
      end,
      ' "''([{#.-…“„«¿¡'
    )
  ),
  200
) collate "C"`;

const C_RATINGS = ['performance', 'soundtrack', 'screenplay'];

const MOVIES = [
  'create schema if not exists movies',
  // No index is on an expression of the document: an update that leaves the indexed columns as they
  // are then writes to none of the indexes (HOT). It needs room on its page, also where all movies
  // of a page are merged again, hence the fillfactor. PostgreSQL compares the stored bytes: storage
  // main keeps indexed values as they are, and compresses the document and its provenance instead.
  `create table if not exists movies.movie (
    id text collate "C" primary key check (id ~ '^(tt|mq)[0-9]+$'),
    version bigint not null,
    title text,
    original_title text,
    type text,
    year integer,
    end_year integer,
    release_date date,
    runtime_minutes integer,
    is_adult boolean,
    genres text[] storage main not null default '{}',
    countries text[] storage main not null default '{}',
    languages text[] storage main not null default '{}',
    companies text[] storage main not null default '{}',
    budget numeric,
    revenue numeric,
    rating numeric,
    votes bigint,
    critics numeric,
    audience numeric,
    watched boolean,
    sources text[] storage main not null,
    search_text text not null,
    document jsonb not null,
    provenance jsonb not null,
    updated_at timestamptz not null default now(),
    sort_title text storage main collate "C" generated always as (${SORT_FORM}) stored,
    ids jsonb storage main generated always as (document -> 'ids') stored,
    people jsonb storage main generated always as (case when id like 'mq%' then document -> 'people' end) stored,
    ${C_RATINGS.map((part) => `${part} numeric generated always as ((document #>> '{cRatings,${part},value}')::numeric) stored`).join(',\n    ')}
  ) with (fillfactor = 50)`,
  `comment on table movies.movie is 'Movies that another source than IMDb tells of, or that have a lock; IMDb alone tells of all others'`,
  `comment on column movies.movie.document is 'The movie as GET /movies/{id} returns it; the other columns repeat parts of it, to filter and sort by'`,
  `comment on column movies.movie.provenance is 'For each field its source, delivery, rule and time, and the values that lost'`,
  `comment on column movies.movie.budget is 'US dollars; the document has other currencies'`,
  `comment on column movies.movie.rating is 'All ratings combined, 0 to 10; critics and audience are those of each kind'`,
  `comment on column movies.movie.sort_title is 'The title as search.title has it, to sort by'`,
  `comment on column movies.movie.people is 'The people of a movie that IMDb does not know; imdb.title_principals has those of all others'`,
  `comment on column movies.movie.search_text is 'All its names in normal form, a line each'`,
  `create table if not exists movies.company (id text collate "C" primary key, name text not null)`,
  `comment on table movies.company is 'Companies by their id at a source, such as tmdb:3'`,
  `create table if not exists movies.redirect (
    id text collate "C" primary key,
    movie text collate "C" not null,
    since timestamptz not null default now()
  )`,
  'create index if not exists redirect_movie_idx on movies.redirect (movie)',
  `comment on table movies.redirect is 'Ids that movies had: an id resolves for ever'`,
  `create table if not exists movies.pending (
    movie text collate "C" primary key,
    cause jsonb not null,
    since timestamptz not null default now()
  )`,
  `comment on table movies.pending is 'Movies to be merged again, and why'`,
  `create table if not exists movies.change (
    id bigint primary key,
    movie text collate "C" not null,
    version bigint not null,
    before jsonb,
    after jsonb,
    cause jsonb not null,
    changed_at timestamptz not null default now(),
    unique (movie, version)
  )`,
  'create sequence if not exists movies.change_id_seq owned by movies.change.id',
  'create index if not exists change_changed_at_idx on movies.change (changed_at)',
  `comment on table movies.change is 'What each merge changed: the documents before and after; null where there was, or is, none'`,
  `create table if not exists movies.rule (
    field text primary key,
    rule jsonb not null,
    version integer not null,
    set_at timestamptz not null default now(),
    set_by text not null
  )`,
  `comment on table movies.rule is 'Rules that replace the shipped ones'`,
  `create table if not exists movies.lock (
    movie text collate "C" not null,
    field text not null,
    value jsonb not null,
    note text,
    locked_at timestamptz not null default now(),
    locked_by text not null,
    primary key (movie, field)
  )`,
  `comment on table movies.lock is 'Values that people have set for a field of a movie; the JSON value null sets it to empty'`,
  `create table if not exists movies.progress (
    is_only boolean primary key default true check (is_only),
    run_id uuid,
    rules_hash bytea,
    rules jsonb,
    changes_gone bigint not null default 0,
    updated_at timestamptz not null default now()
  )`,
  `comment on table movies.progress is 'The last publish, and the rules, that the movies follow'`,
  `comment on column movies.progress.rules_hash is 'SHA-256 of the rules and of their version'`,
  `comment on column movies.progress.changes_gone is 'Entries of movies.change up to this id are no longer kept'`,
  `create table if not exists movies.profit (
    dimension text not null check (dimension in ('all', 'company', 'genre', 'country')),
    member text collate "C" not null,
    year integer not null,
    movies integer not null,
    budget numeric not null,
    revenue numeric not null,
    shared_budget numeric not null,
    shared_revenue numeric not null,
    small_movies integer not null default 0,
    small_budget numeric not null default 0,
    small_revenue numeric not null default 0,
    small_shared_budget numeric not null default 0,
    small_shared_revenue numeric not null default 0,
    primary key (dimension, member, year)
  )`,
  `comment on table movies.profit is 'Sums of budgets and revenues in US dollars, of movies that have both; shared: divided by the number of members of each movie'`,
  `comment on column movies.profit.small_movies is 'Those of the movies whose budget or revenue is less than 1,000 dollars: the columns small_… are their part of the sums'`,
  `create table if not exists movies.picture (
    id bigint generated always as identity primary key,
    entity text collate "C" not null check (entity ~ '^(tt|mq|nm)[0-9]+$'),
    kind text not null check (kind in ('poster', 'backdrop', 'portrait', 'logo', 'other')),
    sha256 bytea not null check (octet_length(sha256) = 32),
    media_type text not null,
    width integer not null,
    height integer not null,
    bytes bigint not null,
    source text collate "C",
    delivery bigint,
    added_at timestamptz not null default now(),
    added_by text not null,
    unique (entity, kind, sha256)
  )`,
  `create table if not exists movies.picture_size (
    sha256 bytea not null check (octet_length(sha256) = 32),
    width text not null,
    format text not null,
    made bytea not null check (octet_length(made) = 32),
    bytes bigint not null,
    primary key (sha256, width, format)
  )`,
  `comment on table movies.picture_size is 'Pictures in the sizes and formats that were requested; made: SHA-256 of the file'`,
  'create index if not exists picture_sha256_idx on movies.picture (sha256)',
  'create index if not exists movie_ids_idx on movies.movie using gin (ids jsonb_path_ops)',
  `comment on table movies.picture is 'Pictures of movies and people; their content is in the snapshot store, by SHA-256'`,
];

const KEYS = [
  // no reference: a source may be added again, and its key is still of use then
  'alter table access.key add column if not exists source text collate "C"',
  `comment on column access.key.source is 'The only source that it may deliver to; null for what its role may do'`,
];

/**
 * What `GET /movies` filters and sorts by. Unknown values count as the lowest, so that they come
 * last in descending order, which is the usual one. Ties are broken as among titles: the two are
 * listed together.
 */
const LISTS = [
  'create extension if not exists pg_trgm with schema public',
  'create index if not exists movie_votes_idx on movies.movie ((coalesce(votes, 0)), (coalesce(year, 0)), id)',
  'create index if not exists movie_rating_idx on movies.movie ((coalesce(rating, -1)), (coalesce(votes, 0)), (coalesce(year, 0)), id)',
  'create index if not exists movie_year_idx on movies.movie ((coalesce(year, -1)), (coalesce(votes, 0)), id)',
  'create index if not exists movie_title_idx on movies.movie ((coalesce(sort_title, chr(1114111))) collate "C", id)',
  'create index if not exists movie_runtime_idx on movies.movie ((coalesce(runtime_minutes, -1)), (coalesce(votes, 0)), (coalesce(year, 0)), id)',
  'create index if not exists movie_budget_idx on movies.movie ((coalesce(budget, -1)), id)',
  'create index if not exists movie_revenue_idx on movies.movie ((coalesce(revenue, -1)), id)',
  `create index if not exists movie_profit_idx on movies.movie ((coalesce(revenue - budget, -1000000000000000)), id)`,
  'create index if not exists movie_lists_idx on movies.movie using gin (genres, countries, languages, companies, sources)',
  'create index if not exists movie_names_idx on movies.movie using gin (search_text public.gin_trgm_ops)',
  'create index if not exists movie_people_idx on movies.movie using gin (people jsonb_path_ops) where people is not null',
  // few movies have these
  'create index if not exists movie_watched_idx on movies.movie (watched) where watched is not null',
  ...C_RATINGS.map(
    (part) =>
      `create index if not exists movie_${part}_idx on movies.movie (${part}) where ${part} is not null`,
  ),
];

/** Who is told of changed movies: readers of the feed, the caches of the API, and webhooks. */
const EVENTS = [
  // ids are given under a lock that is held until the commit: a reader that has seen an id has
  // missed no smaller one. A trigger of the statement would take it before the statement has done
  // what it logs, such as writing 250 movies
  `create or replace function movies.order_changes() returns trigger language plpgsql as $$
  begin
    perform pg_advisory_xact_lock('movies.change'::regclass::oid::bigint);
    new.id := nextval('movies.change_id_seq');
    return new;
  end $$`,
  `create or replace trigger change_ordered before insert on movies.change for each row execute function movies.order_changes()`,
  `create or replace trigger movie_changed after insert or update or delete on movies.movie for each statement execute function ingest.notify_api('movies')`,
  `create or replace trigger redirect_changed after insert or update or delete on movies.redirect for each statement execute function ingest.notify_api('movies')`,
  `create or replace trigger change_logged after insert or delete on movies.change for each statement execute function ingest.notify_api('movies')`,
  // responses about movies have posters, of uploads and of records, and movies of IMDb alone follow the rules
  ...['movies.picture', 'sources.record', 'movies.rule'].map(
    (table) =>
      `create or replace trigger ${table.split('.')[1] ?? ''}_changed after insert or update or delete on ${table} for each statement execute function ingest.notify_api('movies')`,
  ),
  'create index if not exists change_movie_idx on movies.change (movie, id)',
  `alter table access.webhook add column if not exists events text[] not null default '{catalogue.published}'`,
  'alter table access.webhook add column if not exists seen_movie_change bigint not null default 0',
  `comment on column access.webhook.events is 'The types of events that it is told of'`,
  `comment on column access.webhook.seen_movie_change is 'The last movies.change for which its deliveries have been made'`,
];
