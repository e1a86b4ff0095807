-- The tables of schemas ingest, imdb, access, sources and movies, made by npm run docs. imdb_next has the same tables as imdb while a load builds them.

create schema sources;

create table sources.announcement (
  id bigint not null default nextval('sources.delivery_id_seq'::regclass),
  provider text collate "C",
  source text collate "C",
  file text,
  place text collate "C" not null,
  key text collate "C" not null,
  version text collate "C" not null default ''::text,
  sequence text collate "C" not null default ''::text,
  announced_at timestamp with time zone,
  bytes bigint,
  state text not null,
  attempts integer not null default 0,
  error jsonb,
  message text,
  delivery bigint,
  run_id uuid,
  received_at timestamp with time zone not null default now(),
  ended_at timestamp with time zone,
  retried_by text,
  dead_lettered_at timestamp with time zone,
  constraint announcement_place_key_version_sequence_key UNIQUE (place, key, version, sequence),
  constraint announcement_pkey PRIMARY KEY (id),
  constraint announcement_delivery_fkey FOREIGN KEY (delivery) REFERENCES sources.delivery(id),
  constraint announcement_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'received'::text, 'taken'::text, 'failed'::text, 'superseded'::text])))
);
CREATE INDEX announcement_delivery_idx ON sources.announcement USING btree (delivery, id);
CREATE INDEX announcement_failed_idx ON sources.announcement USING btree (id) WHERE (state = 'failed'::text);
CREATE INDEX announcement_listed_idx ON sources.announcement USING btree (id) WHERE (delivery IS NULL);
CREATE INDEX announcement_newest_idx ON sources.announcement USING btree (source, file, announced_at) WHERE (state = ANY (ARRAY['received'::text, 'taken'::text]));
CREATE INDEX announcement_open_idx ON sources.announcement USING btree (id) WHERE (state = ANY (ARRAY['waiting'::text, 'received'::text]));
CREATE INDEX announcement_quota_idx ON sources.announcement USING btree (provider, received_at) INCLUDE (bytes) WHERE (state = ANY (ARRAY['received'::text, 'taken'::text]));
comment on table sources.announcement is 'Files that providers have announced: in a bucket, in an SFTP inbox. A repeated announcement finds its row';
comment on column sources.announcement.file is 'The file of the source, or the dataset of IMDb; null until it is known';
comment on column sources.announcement.place is 'Where the file is: s3://bucket or sftp://host:port; for a message that is not an event, its queue';
comment on column sources.announcement.version is 'For an object, its version id, or else etag: and its ETag; for a file in an inbox, its size and time';
comment on column sources.announcement.sequence is 'Orders the versions of a key as text: S3''s sequencer, padded; without one, the time of the event';
comment on column sources.announcement.state is 'waiting: not readable yet, or to be retried; received: its run is running; taken: it is a delivery, or was published; failed: see error; superseded: a newer version was taken before it';
comment on column sources.announcement.message is 'The message of a failed one as it came, to read it again';
comment on column sources.announcement.retried_by is 'Who asked for a failed one to be read again; null once that is done';

create table sources.decision (
  id bigint generated always as identity not null,
  source text collate "C" not null,
  record_id text collate "C" not null,
  kind text not null,
  movie text collate "C",
  note text,
  decided_at timestamp with time zone not null default now(),
  decided_by text not null,
  undone_at timestamp with time zone,
  undone_by text,
  constraint decision_pkey PRIMARY KEY (id),
  constraint decision_source_fkey FOREIGN KEY (source) REFERENCES sources.source(id),
  constraint decision_check CHECK (((movie IS NULL) = (kind = 'none'::text))),
  constraint decision_kind_check CHECK ((kind = ANY (ARRAY['same'::text, 'different'::text, 'none'::text])))
);
CREATE INDEX decision_record_idx ON sources.decision USING btree (source, record_id);
comment on table sources.decision is 'What people have decided about matches; these outlive the records, and a later one of a record counts';
comment on column sources.decision.kind is 'same: it tells of this movie; different: never of this one; none: of none of the candidates';

create table sources.delivery (
  id bigint generated always as identity not null,
  source text collate "C" not null,
  file text not null,
  name text not null,
  sha256 bytea not null,
  bytes bigint not null,
  received_at timestamp with time zone not null default now(),
  received_by text not null,
  state text not null default 'received'::text,
  rows integer,
  records integer,
  added integer,
  changed integer,
  removed integer,
  rejects integer,
  equal_rows integer,
  ignore_gates text[] not null default '{}'::text[],
  error jsonb,
  taken_at timestamp with time zone,
  withdrawn_at timestamp with time zone,
  withdrawn_by text,
  constraint delivery_pkey PRIMARY KEY (id),
  constraint delivery_source_fkey FOREIGN KEY (source) REFERENCES sources.source(id),
  constraint delivery_sha256_check CHECK ((octet_length(sha256) = 32)),
  constraint delivery_state_check CHECK ((state = ANY (ARRAY['received'::text, 'taken'::text, 'failed'::text, 'withdrawn'::text])))
);
CREATE INDEX delivery_failed_idx ON sources.delivery USING btree (id) WHERE (state = 'failed'::text);
CREATE INDEX delivery_newest_idx ON sources.delivery USING btree (source, id);
CREATE INDEX delivery_source_idx ON sources.delivery USING btree (source, file, id DESC);
CREATE INDEX delivery_waiting_idx ON sources.delivery USING btree (id) WHERE (state = 'received'::text);
comment on table sources.delivery is 'Files of sources as they came; their content is in the snapshot store, by SHA-256';
comment on column sources.delivery.file is 'Which of the files of the definition it is';
comment on column sources.delivery.state is 'received: not read yet; taken: its rows are records, or were until a later delivery; failed: see error; withdrawn: somebody took it back';
comment on column sources.delivery.equal_rows is 'Rows that are equal to another one';
comment on column sources.delivery.ignore_gates is 'The gates that it may pass: too-many-rejects, too-many-lost';

create table sources.match (
  source text collate "C" not null,
  record_id text collate "C" not null,
  movie text collate "C" not null,
  state text collate "C" not null,
  method text not null,
  score real,
  parts jsonb,
  reason text,
  candidates jsonb not null default '[]'::jsonb,
  rule_version integer not null,
  decision bigint,
  matched_at timestamp with time zone not null default now(),
  constraint match_pkey PRIMARY KEY (source, record_id),
  constraint match_decision_fkey FOREIGN KEY (decision) REFERENCES sources.decision(id),
  constraint match_source_record_id_fkey FOREIGN KEY (source, record_id) REFERENCES sources.record(source, id) ON DELETE CASCADE,
  constraint match_method_check CHECK ((method = ANY (ARRAY['id'::text, 'title'::text, 'person'::text, 'decision'::text, 'own'::text]))),
  constraint match_state_check CHECK ((state = ANY (ARRAY['matched'::text, 'doubtful'::text, 'unmatched'::text, 'conflict'::text])))
);
CREATE INDEX match_movie_idx ON sources.match USING btree (movie);
CREATE INDEX match_state_idx ON sources.match USING btree (state, source, record_id);
comment on table sources.match is 'The movie of each record, how it was found, and who else came into question';
comment on column sources.match.movie is 'A doubtful or unmatched record has a movie of its own, a contradictory one that of its own IMDb id if IMDb has it';
comment on column sources.match.state is 'matched: others tell of its movie too; doubtful: candidates for a person; unmatched: nobody else tells of it; conflict: ids contradict each other';

create table sources.match_count (
  source text collate "C" not null,
  deliveries jsonb not null,
  is_current boolean not null,
  counted_at timestamp with time zone not null default now(),
  constraint match_count_pkey PRIMARY KEY (source)
);
comment on table sources.match_count is 'How many records each source has in each state, counted after each matching: counting a million takes seconds';
comment on column sources.match_count.deliveries is 'By the delivery that last changed them, the number of records in each state, as in {"7": {"matched": 3}}; waiting: not matched yet';
comment on column sources.match_count.is_current is 'Whether no record has been matched since';

create table sources.pending (
  source text collate "C" not null,
  record_id text collate "C" not null,
  since timestamp with time zone not null default now(),
  constraint pending_pkey PRIMARY KEY (source, record_id)
);
comment on table sources.pending is 'Records to be matched: new, changed or removed ones, and those whose candidates have changed';

create table sources.poll (
  source text collate "C" not null,
  url text not null,
  etag text,
  last_modified text,
  cursor text,
  base bytea,
  checked_at timestamp with time zone,
  due_at timestamp with time zone not null default now(),
  failures integer not null default 0,
  error jsonb,
  constraint poll_pkey PRIMARY KEY (source),
  constraint poll_source_fkey FOREIGN KEY (source) REFERENCES sources.source(id) ON DELETE CASCADE,
  constraint poll_base_check CHECK ((octet_length(base) = 32))
);
comment on table sources.poll is 'What is fetched by schedule, and up to where: see schedule in the definition of the source';
comment on column sources.poll.url is 'The URL that the other columns describe: they do not apply to another URL';
comment on column sources.poll.cursor is 'Up to where the changes of an API have been applied';
comment on column sources.poll.base is 'SHA-256 of the file with all changes up to the cursor';

create table sources.record (
  source text collate "C" not null,
  id text collate "C" not null,
  delivery bigint not null,
  line integer not null,
  hash bytea not null,
  record jsonb not null,
  raw jsonb not null,
  changed_at timestamp with time zone not null default now(),
  constraint record_pkey PRIMARY KEY (source, id),
  constraint record_delivery_fkey FOREIGN KEY (delivery) REFERENCES sources.delivery(id),
  constraint record_source_fkey FOREIGN KEY (source) REFERENCES sources.source(id),
  constraint record_hash_check CHECK ((octet_length(hash) = 32))
);
CREATE INDEX record_delivery_idx ON sources.record USING btree (delivery) INCLUDE (source, id);
comment on table sources.record is 'What each source tells of each movie, in the canonical schema';
comment on column sources.record.id is 'The id of the source; where it has none, a hash of what names the movie';
comment on column sources.record.delivery is 'The delivery that last changed it';
comment on column sources.record.hash is 'SHA-256 of record and raw: an equal one is unchanged';

create table sources.record_key (
  key text collate "C" not null,
  source text collate "C" not null,
  record_id text collate "C" not null,
  constraint record_key_pkey PRIMARY KEY (key, source, record_id)
);
CREATE INDEX record_key_record_idx ON sources.record_key USING btree (source, record_id);
comment on table sources.record_key is 'Keys by which the matcher finds records: those of equal or similar ones, and those of its last result; they outlive a removed record until it is matched again';

create table sources.reject (
  delivery bigint not null,
  line integer not null,
  raw text not null,
  reason text not null,
  constraint reject_pkey PRIMARY KEY (delivery, line),
  constraint reject_delivery_fkey FOREIGN KEY (delivery) REFERENCES sources.delivery(id) ON DELETE CASCADE
);
comment on table sources.reject is 'Rows of deliveries that could not be taken';

create table sources.source (
  id text collate "C" not null,
  definition jsonb not null,
  definition_hash bytea not null,
  origin text not null,
  priority integer not null,
  taken jsonb,
  error jsonb,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  updated_by text,
  constraint source_pkey PRIMARY KEY (id),
  constraint source_definition_hash_check CHECK ((octet_length(definition_hash) = 32)),
  constraint source_origin_check CHECK ((origin = ANY (ARRAY['shipped'::text, 'folder'::text, 'api'::text])))
);
comment on table sources.source is 'Who tells of movies besides IMDb, and how their files are read';
comment on column sources.source.origin is 'shipped with the program, a file in the folder of definitions, or added over the API';
comment on column sources.source.taken is 'What the records were made from: the definition''s hash, and the delivery of each file; null before the first';
comment on column sources.source.error is 'Why the records do not follow a changed definition: code, message, hint, and the target that failed';

create schema movies;

create table movies.change (
  id bigint not null,
  movie text collate "C" not null,
  version bigint not null,
  before jsonb,
  after jsonb,
  cause jsonb not null,
  changed_at timestamp with time zone not null default now(),
  constraint change_movie_version_key UNIQUE (movie, version),
  constraint change_pkey PRIMARY KEY (id)
);
CREATE INDEX change_changed_at_idx ON movies.change USING btree (changed_at);
CREATE INDEX change_movie_idx ON movies.change USING btree (movie, id);
comment on table movies.change is 'What each merge changed: the documents before and after; null where there was, or is, none';

create table movies.company (
  id text collate "C" not null,
  name text not null,
  constraint company_pkey PRIMARY KEY (id)
);
comment on table movies.company is 'Companies by their id at a source, such as tmdb:3';

create table movies.lock (
  movie text collate "C" not null,
  field text not null,
  value jsonb not null,
  note text,
  locked_at timestamp with time zone not null default now(),
  locked_by text not null,
  constraint lock_pkey PRIMARY KEY (movie, field)
);
comment on table movies.lock is 'Values that people have set for a field of a movie; the JSON value null sets it to empty';

create table movies.movie (
  id text collate "C" not null,
  version bigint not null,
  title text,
  original_title text,
  type text,
  year integer,
  end_year integer,
  release_date date,
  runtime_minutes integer,
  is_adult boolean,
  genres text[] not null default '{}'::text[],
  countries text[] not null default '{}'::text[],
  languages text[] not null default '{}'::text[],
  companies text[] not null default '{}'::text[],
  budget numeric,
  revenue numeric,
  rating numeric,
  votes bigint,
  critics numeric,
  audience numeric,
  watched boolean,
  sources text[] not null,
  search_text text not null,
  document jsonb not null,
  provenance jsonb not null,
  updated_at timestamp with time zone not null default now(),
  sort_title text collate "C" default ("left"(lower(ltrim(
CASE
    WHEN (octet_length(title) = length(title)) THEN title
    ELSE regexp_replace(NORMALIZE(title, NFKD), '[\u0300-\u036f]'::text, ''::text, 'g'::text)
END, ' "''([{#.-…“„«¿¡'::text)), 200) COLLATE "C"),
  ids jsonb default (document -> 'ids'::text),
  people jsonb default 
CASE
    WHEN (id ~~ 'mq%'::text) THEN (document -> 'people'::text)
    ELSE NULL::jsonb
END,
  performance numeric default ((document #>> '{cRatings,performance,value}'::text[]))::numeric,
  soundtrack numeric default ((document #>> '{cRatings,soundtrack,value}'::text[]))::numeric,
  screenplay numeric default ((document #>> '{cRatings,screenplay,value}'::text[]))::numeric,
  constraint movie_pkey PRIMARY KEY (id),
  constraint movie_id_check CHECK ((id ~ '^(tt|mq)[0-9]+$'::text))
) with (fillfactor=50);
CREATE INDEX movie_budget_idx ON movies.movie USING btree (COALESCE(budget, ('-1'::integer)::numeric), id);
CREATE INDEX movie_ids_idx ON movies.movie USING gin (ids jsonb_path_ops);
CREATE INDEX movie_lists_idx ON movies.movie USING gin (genres, countries, languages, companies, sources);
CREATE INDEX movie_names_idx ON movies.movie USING gin (search_text gin_trgm_ops);
CREATE INDEX movie_people_idx ON movies.movie USING gin (people jsonb_path_ops) WHERE (people IS NOT NULL);
CREATE INDEX movie_performance_idx ON movies.movie USING btree (performance) WHERE (performance IS NOT NULL);
CREATE INDEX movie_profit_idx ON movies.movie USING btree (COALESCE((revenue - budget), ('-1000000000000000'::bigint)::numeric), id);
CREATE INDEX movie_rating_idx ON movies.movie USING btree (COALESCE(rating, ('-1'::integer)::numeric), COALESCE(votes, (0)::bigint), COALESCE(year, 0), id);
CREATE INDEX movie_revenue_idx ON movies.movie USING btree (COALESCE(revenue, ('-1'::integer)::numeric), id);
CREATE INDEX movie_runtime_idx ON movies.movie USING btree (COALESCE(runtime_minutes, '-1'::integer), COALESCE(votes, (0)::bigint), COALESCE(year, 0), id);
CREATE INDEX movie_screenplay_idx ON movies.movie USING btree (screenplay) WHERE (screenplay IS NOT NULL);
CREATE INDEX movie_soundtrack_idx ON movies.movie USING btree (soundtrack) WHERE (soundtrack IS NOT NULL);
CREATE INDEX movie_title_idx ON movies.movie USING btree (COALESCE(sort_title, chr(1114111)), id);
CREATE INDEX movie_votes_idx ON movies.movie USING btree (COALESCE(votes, (0)::bigint), COALESCE(year, 0), id);
CREATE INDEX movie_watched_idx ON movies.movie USING btree (watched) WHERE (watched IS NOT NULL);
CREATE INDEX movie_year_idx ON movies.movie USING btree (COALESCE(year, '-1'::integer), COALESCE(votes, (0)::bigint), id);
comment on table movies.movie is 'Movies that another source than IMDb tells of, or that have a lock; IMDb alone tells of all others';
comment on column movies.movie.budget is 'US dollars; the document has other currencies';
comment on column movies.movie.rating is 'All ratings combined, 0 to 10; critics and audience are those of each kind';
comment on column movies.movie.search_text is 'All its names in normal form, a line each';
comment on column movies.movie.document is 'The movie as GET /movies/{id} returns it; the other columns repeat parts of it, to filter and sort by';
comment on column movies.movie.provenance is 'For each field its source, delivery, rule and time, and the values that lost';
comment on column movies.movie.sort_title is 'The title as search.title has it, to sort by';
comment on column movies.movie.people is 'The people of a movie that IMDb does not know; imdb.title_principals has those of all others';

create table movies.pending (
  movie text collate "C" not null,
  cause jsonb not null,
  since timestamp with time zone not null default now(),
  constraint pending_pkey PRIMARY KEY (movie)
);
comment on table movies.pending is 'Movies to be merged again, and why';

create table movies.picture (
  id bigint generated always as identity not null,
  entity text collate "C" not null,
  kind text not null,
  sha256 bytea not null,
  media_type text not null,
  width integer not null,
  height integer not null,
  bytes bigint not null,
  source text collate "C",
  delivery bigint,
  added_at timestamp with time zone not null default now(),
  added_by text not null,
  constraint picture_entity_kind_sha256_key UNIQUE (entity, kind, sha256),
  constraint picture_pkey PRIMARY KEY (id),
  constraint picture_entity_check CHECK ((entity ~ '^(tt|mq|nm)[0-9]+$'::text)),
  constraint picture_kind_check CHECK ((kind = ANY (ARRAY['poster'::text, 'backdrop'::text, 'portrait'::text, 'logo'::text, 'other'::text]))),
  constraint picture_sha256_check CHECK ((octet_length(sha256) = 32))
);
CREATE INDEX picture_sha256_idx ON movies.picture USING btree (sha256);
comment on table movies.picture is 'Pictures of movies and people; their content is in the snapshot store, by SHA-256';

create table movies.picture_size (
  sha256 bytea not null,
  width text not null,
  format text not null,
  made bytea not null,
  bytes bigint not null,
  constraint picture_size_pkey PRIMARY KEY (sha256, width, format),
  constraint picture_size_made_check CHECK ((octet_length(made) = 32)),
  constraint picture_size_sha256_check CHECK ((octet_length(sha256) = 32))
);
comment on table movies.picture_size is 'Pictures in the sizes and formats that were requested; made: SHA-256 of the file';

create table movies.profit (
  dimension text not null,
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
  constraint profit_pkey PRIMARY KEY (dimension, member, year),
  constraint profit_dimension_check CHECK ((dimension = ANY (ARRAY['all'::text, 'company'::text, 'genre'::text, 'country'::text])))
);
comment on table movies.profit is 'Sums of budgets and revenues in US dollars, of movies that have both; shared: divided by the number of members of each movie';
comment on column movies.profit.small_movies is 'Those of the movies whose budget or revenue is less than 1,000 dollars: the columns small_… are their part of the sums';

create table movies.progress (
  is_only boolean not null default true,
  run_id uuid,
  rules_hash bytea,
  rules jsonb,
  changes_gone bigint not null default 0,
  updated_at timestamp with time zone not null default now(),
  constraint progress_pkey PRIMARY KEY (is_only),
  constraint progress_is_only_check CHECK (is_only)
);
comment on table movies.progress is 'The last publish, and the rules, that the movies follow';
comment on column movies.progress.rules_hash is 'SHA-256 of the rules and of their version';
comment on column movies.progress.changes_gone is 'Entries of movies.change up to this id are no longer kept';

create table movies.redirect (
  id text collate "C" not null,
  movie text collate "C" not null,
  since timestamp with time zone not null default now(),
  constraint redirect_pkey PRIMARY KEY (id)
);
CREATE INDEX redirect_movie_idx ON movies.redirect USING btree (movie);
comment on table movies.redirect is 'Ids that movies had: an id resolves for ever';

create table movies.rule (
  field text not null,
  rule jsonb not null,
  version integer not null,
  set_at timestamp with time zone not null default now(),
  set_by text not null,
  constraint rule_pkey PRIMARY KEY (field)
);
comment on table movies.rule is 'Rules that replace the shipped ones';

create schema ingest;

create table ingest.backup (
  id text collate "C" not null,
  state text not null default 'running'::text,
  requested_by text not null,
  started_at timestamp with time zone not null default now(),
  ended_at timestamp with time zone,
  location text,
  bytes bigint,
  error jsonb,
  constraint backup_pkey PRIMARY KEY (id),
  constraint backup_state_check CHECK ((state = ANY (ARRAY['running'::text, 'done'::text, 'failed'::text, 'removed'::text])))
);
comment on table ingest.backup is 'Backups in the backup store: BACKUP_DIR or BACKUP_S3_URL';
comment on column ingest.backup.requested_by is 'schedule, or command';
comment on column ingest.backup.started_at is 'What was committed by then is in the backup';
comment on column ingest.backup.location is 'The path or s3:// URL of its file; null unless it is done';
comment on column ingest.backup.error is 'Why it failed: code, message, hint';

create table ingest.data_control (
  dataset text not null,
  status text not null,
  upload_date timestamp with time zone,
  snapshot_id text,
  run_id uuid,
  rows bigint not null default 0,
  rejects bigint not null default 0,
  orphans jsonb not null default '{}'::jsonb,
  churn bigint not null default 0,
  orphans_of uuid,
  repeats bigint not null default 0,
  constraint data_control_pkey PRIMARY KEY (dataset),
  constraint data_control_run_id_fkey FOREIGN KEY (run_id) REFERENCES ingest.run(id),
  constraint data_control_snapshot_id_fkey FOREIGN KEY (snapshot_id) REFERENCES ingest.snapshot(id),
  constraint data_control_check CHECK (((status = 'published'::text) = ((upload_date IS NOT NULL) AND (snapshot_id IS NOT NULL) AND (run_id IS NOT NULL)))),
  constraint data_control_status_check CHECK ((status = ANY (ARRAY['empty'::text, 'published'::text])))
);
comment on table ingest.data_control is 'The published state of each dataset: since when, from which snapshot, with how many rows';
comment on column ingest.data_control.upload_date is 'When it was published';
comment on column ingest.data_control.orphans is 'References to rows that are not published, by column';
comment on column ingest.data_control.churn is 'Rows updated or deleted since the table was last vacuumed';
comment on column ingest.data_control.orphans_of is 'The run after which orphans were counted';
comment on column ingest.data_control.repeats is 'Rejected lines whose key occurs earlier in the snapshot';

create table ingest.export (
  id text collate "C" not null,
  state text not null default 'waiting'::text,
  formats text[] not null,
  requested_at timestamp with time zone not null default now(),
  requested_by text not null,
  started_at timestamp with time zone,
  ended_at timestamp with time zone,
  phase text,
  rows_done bigint not null default 0,
  rows_total bigint,
  manifest jsonb,
  error jsonb,
  constraint export_pkey PRIMARY KEY (id),
  constraint export_check CHECK (((state = 'done'::text) <= (manifest IS NOT NULL))),
  constraint export_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'running'::text, 'done'::text, 'failed'::text, 'removed'::text])))
);
CREATE INDEX export_unfinished_idx ON ingest.export USING btree (id) WHERE (state = ANY (ARRAY['waiting'::text, 'running'::text]));
comment on table ingest.export is 'Exports of the published tables as files, which are in the snapshot store under exports/';
comment on column ingest.export.state is 'removed: its files went when newer exports replaced it';
comment on column ingest.export.requested_by is 'Who has asked for it; publish: the setting EXPORT_FORMATS';
comment on column ingest.export.manifest is 'Its tables and files, as in exports/manifests/<id>.json; null unless it is done';
comment on column ingest.export.error is 'Why it failed: code, message, hint';

create table ingest.hand_write (
  dataset text not null,
  at timestamp with time zone not null,
  written_by text not null
);
CREATE INDEX hand_write_dataset_idx ON ingest.hand_write USING btree (dataset);
comment on table ingest.hand_write is 'Writes to published tables by others than the loader, since the last full load of each: usually the first write only';
comment on column ingest.hand_write.written_by is 'The session role, and its application_name';

create table ingest.migration (
  id integer not null default nextval('ingest.migration_id_seq'::regclass),
  "timestamp" bigint not null,
  name character varying not null,
  constraint "PK_3043fc6b8af7c99b8b98830094f" PRIMARY KEY (id)
);

create table ingest.publication (
  id bigint not null,
  run_id uuid not null,
  dataset text not null,
  kind text not null,
  inserted bigint not null,
  updated bigint not null,
  deleted bigint not null,
  rows bigint not null,
  snapshot_id text not null,
  at timestamp with time zone not null,
  constraint publication_run_id_dataset_key UNIQUE (run_id, dataset),
  constraint publication_pkey PRIMARY KEY (id),
  constraint publication_kind_check CHECK ((kind = ANY (ARRAY['changes'::text, 'reload'::text])))
);
comment on table ingest.publication is 'Each publish of a dataset by a run: as changes, or as a whole';
comment on column ingest.publication.id is 'Its position among the ids of ingest.change: after all changes of its run, before those of the next';
comment on column ingest.publication.kind is 'changes: the rows are in ingest.change; reload: the table was replaced, and no changes were recorded';
comment on column ingest.publication.rows is 'Rows of the dataset after the publish';

create table ingest.rating_move (
  run_id uuid not null,
  tconst text collate "C" not null,
  rating_before numeric,
  votes_before integer,
  rating_after numeric not null,
  votes_after integer not null,
  constraint rating_move_pkey PRIMARY KEY (run_id, tconst),
  constraint rating_move_run_id_fkey FOREIGN KEY (run_id) REFERENCES ingest.run(id) ON DELETE CASCADE
);
CREATE INDEX rating_move_tconst_idx ON ingest.rating_move USING btree (tconst);
comment on table ingest.rating_move is 'The titles whose votes or rating moved most at each refresh of title.ratings; all changes are in ingest.change';
comment on column ingest.rating_move.rating_before is 'Null for a title that was not rated before';

create table ingest.reject (
  id bigint generated always as identity not null,
  run_id uuid not null,
  dataset text not null,
  snapshot_id text not null,
  line bigint not null,
  raw bytea not null,
  raw_text text not null,
  reason text not null,
  at timestamp with time zone not null default now(),
  constraint reject_pkey PRIMARY KEY (id),
  constraint reject_run_id_fkey FOREIGN KEY (run_id) REFERENCES ingest.run(id) ON DELETE CASCADE
);
CREATE INDEX reject_run_id_dataset_line_idx ON ingest.reject USING btree (run_id, dataset, line);
comment on table ingest.reject is 'Lines of snapshots that could not be loaded';
comment on column ingest.reject.line is 'Line in the file; the header is line 1';
comment on column ingest.reject.raw is 'The bytes of the line, without its newline; at most the first 64 KiB';
comment on column ingest.reject.raw_text is 'The line as text: U+FFFD for invalid UTF-8, U+2400 for NUL';

create table ingest.run (
  id uuid not null default uuidv7(),
  kind text not null,
  state text not null default 'running'::text,
  datasets text[] not null,
  ignore_gates text[] not null default '{}'::text[],
  snapshots jsonb not null default '{}'::jsonb,
  requested_at timestamp with time zone not null default now(),
  ended_at timestamp with time zone,
  error jsonb,
  full_load boolean not null default false,
  objects jsonb not null default '{}'::jsonb,
  constraint run_pkey PRIMARY KEY (id),
  constraint run_check CHECK (((state = 'running'::text) = (ended_at IS NULL))),
  constraint run_datasets_check CHECK ((cardinality(datasets) > 0)),
  constraint run_kind_check CHECK ((kind = ANY (ARRAY['download'::text, 'load'::text, 'update'::text]))),
  constraint run_state_check CHECK ((state = ANY (ARRAY['running'::text, 'succeeded'::text, 'failed'::text])))
);
CREATE UNIQUE INDEX run_one_at_a_time ON ingest.run USING btree ((true)) WHERE (state = 'running'::text);
comment on table ingest.run is 'Runs: a download, a load, or both';
comment on column ingest.run.snapshots is 'For a load: the id of the snapshot of each dataset';
comment on column ingest.run.error is 'Why the run failed: code, message, hint, dataset';
comment on column ingest.run.full_load is 'Whether all rows are loaded, even if a refresh would do';
comment on column ingest.run.objects is 'For an update with announced files: the provider, key and version of the object of each dataset';

create table ingest.run_step (
  run_id uuid not null,
  job text not null,
  dataset text not null,
  state text not null,
  phase text,
  bytes_done bigint not null,
  bytes_total bigint,
  rows_done bigint not null,
  rows_total bigint,
  rejects bigint not null,
  snapshot_id text,
  started_at timestamp with time zone,
  ended_at timestamp with time zone,
  error jsonb,
  note text,
  constraint run_step_pkey PRIMARY KEY (run_id, job, dataset),
  constraint run_step_run_id_fkey FOREIGN KEY (run_id) REFERENCES ingest.run(id) ON DELETE CASCADE,
  constraint run_step_job_check CHECK ((job = ANY (ARRAY['download'::text, 'load'::text])))
);
comment on table ingest.run_step is 'The outcome of each step of an ended run; while a run is running, the queue has its steps';
comment on column ingest.run_step.note is 'What a refresh changed; or why the dataset was loaded in full instead of refreshed';

create table ingest.snapshot (
  id text collate "C" not null,
  dataset text not null,
  url text not null,
  etag text,
  last_modified text,
  bytes bigint not null,
  raw_bytes bigint not null,
  sha256 text not null,
  rows bigint not null,
  fetched_at timestamp with time zone not null,
  removed_at timestamp with time zone,
  constraint snapshot_pkey PRIMARY KEY (id)
);
CREATE INDEX snapshot_dataset_fetched_at_idx ON ingest.snapshot USING btree (dataset, fetched_at);
comment on table ingest.snapshot is 'Downloaded, verified versions of datasets; the files are in the snapshot store';
comment on column ingest.snapshot.removed_at is 'When it was removed from the store; null while it is there';

create table ingest.staged (
  dataset text not null,
  run_id uuid not null,
  snapshot_id text not null,
  rows bigint not null,
  rejects bigint not null,
  base_snapshot_id text,
  inserted bigint not null default 0,
  updated bigint not null default 0,
  deleted bigint not null default 0,
  repeats bigint not null default 0,
  constraint staged_pkey PRIMARY KEY (dataset),
  constraint staged_run_id_fkey FOREIGN KEY (run_id) REFERENCES ingest.run(id) ON DELETE CASCADE
);
comment on table ingest.staged is 'Datasets that are complete in schema imdb_next, ready to be published by their run';
comment on column ingest.staged.base_snapshot_id is 'If only changes are staged: the snapshot that they apply to';

create schema imdb;

create table imdb.name_basics (
  nconst text collate "C" not null,
  primary_name text,
  birth_year integer,
  death_year integer,
  primary_profession text[],
  known_for_titles text[] collate "C",
  constraint name_basics_pkey PRIMARY KEY (nconst)
) with (autovacuum_enabled=false, fillfactor=95);
comment on table imdb.name_basics is 'People: actors, directors, writers and everyone else who is credited (name.basics)';
comment on column imdb.name_basics.nconst is 'Id of the name (nconst)';
comment on column imdb.name_basics.primary_name is 'Name by which the person is most often credited (primaryName)';
comment on column imdb.name_basics.birth_year is 'Year of birth; years BC have no sign (birthYear)';
comment on column imdb.name_basics.death_year is 'Year of death; years BC have no sign (deathYear)';
comment on column imdb.name_basics.primary_profession is 'Up to three main professions (primaryProfession)';
comment on column imdb.name_basics.known_for_titles is 'Titles the person is known for (knownForTitles)';

create table imdb.title_akas (
  title_id text collate "C" not null,
  ordering integer not null,
  title text,
  region text,
  language text,
  types text[],
  attributes text[],
  is_original_title boolean,
  constraint title_akas_pkey PRIMARY KEY (title_id, ordering)
) with (autovacuum_enabled=false, fillfactor=95);
comment on table imdb.title_akas is 'Also known as: names of titles by region and language (title.akas)';
comment on column imdb.title_akas.title_id is 'Id of the title (titleId)';
comment on column imdb.title_akas.ordering is 'Number of the row within its title (ordering)';
comment on column imdb.title_akas.title is 'The title in this region or language (title)';
comment on column imdb.title_akas.region is 'Region, two to four letters; NA is Namibia (region)';
comment on column imdb.title_akas.language is 'Language, two or three letters (language)';
comment on column imdb.title_akas.types is 'Kind of name: imdbDisplay, alternative, working … (types)';
comment on column imdb.title_akas.attributes is 'Additional terms that describe this name (attributes)';
comment on column imdb.title_akas.is_original_title is 'Whether this is the original title (isOriginalTitle)';

create table imdb.title_basics (
  tconst text collate "C" not null,
  title_type text,
  primary_title text,
  original_title text,
  is_adult boolean,
  start_year integer,
  end_year integer,
  runtime_minutes integer,
  genres text[],
  constraint title_basics_pkey PRIMARY KEY (tconst)
) with (autovacuum_enabled=false, fillfactor=95);
comment on table imdb.title_basics is 'Titles: films, series, episodes, games and the rest (title.basics)';
comment on column imdb.title_basics.tconst is 'Id of the title (tconst)';
comment on column imdb.title_basics.title_type is 'Kind of title: movie, short, tvSeries, tvEpisode, video … (titleType)';
comment on column imdb.title_basics.primary_title is 'The title most in use (primaryTitle)';
comment on column imdb.title_basics.original_title is 'The title in the original language (originalTitle)';
comment on column imdb.title_basics.is_adult is 'Whether it is an adult title (isAdult)';
comment on column imdb.title_basics.start_year is 'Year of release; of a series, its first year (startYear)';
comment on column imdb.title_basics.end_year is 'Last year of a series (endYear)';
comment on column imdb.title_basics.runtime_minutes is 'Running time in minutes (runtimeMinutes)';
comment on column imdb.title_basics.genres is 'Up to three genres (genres)';

create table imdb.title_crew (
  tconst text collate "C" not null,
  directors text[] collate "C",
  writers text[] collate "C",
  constraint title_crew_pkey PRIMARY KEY (tconst)
) with (autovacuum_enabled=false, fillfactor=95);
comment on table imdb.title_crew is 'Directors and writers of titles (title.crew)';
comment on column imdb.title_crew.tconst is 'Id of the title (tconst)';
comment on column imdb.title_crew.directors is 'Ids of the directors (directors)';
comment on column imdb.title_crew.writers is 'Ids of the writers (writers)';

create table imdb.title_episode (
  tconst text collate "C" not null,
  parent_tconst text collate "C",
  season_number integer,
  episode_number integer,
  constraint title_episode_pkey PRIMARY KEY (tconst)
) with (autovacuum_enabled=false, fillfactor=95);
CREATE INDEX title_episode_parent_tconst_season_number_episode_number_idx ON imdb.title_episode USING btree (parent_tconst, season_number, episode_number);
comment on table imdb.title_episode is 'Episodes: which series, season and number they are (title.episode)';
comment on column imdb.title_episode.tconst is 'Id of the episode (tconst)';
comment on column imdb.title_episode.parent_tconst is 'Id of the series (parentTconst)';
comment on column imdb.title_episode.season_number is 'Season, often a year (seasonNumber)';
comment on column imdb.title_episode.episode_number is 'Number within the season, from 0 (episodeNumber)';

create table imdb.title_principals (
  tconst text collate "C" not null,
  ordering integer not null,
  nconst text collate "C",
  category text,
  job text,
  characters text[],
  constraint title_principals_pkey PRIMARY KEY (tconst, ordering)
) with (autovacuum_enabled=false, fillfactor=95);
CREATE INDEX title_principals_nconst_category_tconst_ordering_idx ON imdb.title_principals USING btree (nconst, category, tconst, ordering);
comment on table imdb.title_principals is 'Principal cast and crew of titles, in the order of billing (title.principals)';
comment on column imdb.title_principals.tconst is 'Id of the title (tconst)';
comment on column imdb.title_principals.ordering is 'Number of the row within its title (ordering)';
comment on column imdb.title_principals.nconst is 'Id of the name (nconst)';
comment on column imdb.title_principals.category is 'What the person did: actor, actress, director, writer, self … (category)';
comment on column imdb.title_principals.job is 'The specific job (job)';
comment on column imdb.title_principals.characters is 'Names of the characters played (characters)';

create table imdb.title_ratings (
  tconst text collate "C" not null,
  average_rating numeric(3,1),
  num_votes integer,
  constraint title_ratings_pkey PRIMARY KEY (tconst)
) with (autovacuum_enabled=false, fillfactor=80);
comment on table imdb.title_ratings is 'Ratings of titles by IMDb users (title.ratings)';
comment on column imdb.title_ratings.tconst is 'Id of the title (tconst)';
comment on column imdb.title_ratings.average_rating is 'Weighted mean of the votes, 1.0 to 10.0 (averageRating)';
comment on column imdb.title_ratings.num_votes is 'Number of votes (numVotes)';

create schema events;

create table events.event (
  id bigint not null,
  type text not null,
  subject text collate "C" not null,
  at timestamp with time zone not null default clock_timestamp(),
  data jsonb not null,
  constraint event_pkey PRIMARY KEY (id)
);
CREATE INDEX event_at_idx ON events.event USING btree (at);
CREATE INDEX event_subject_id_idx ON events.event USING btree (subject, id);
comment on table events.event is 'Ends of runs and what they published, written in the same transactions';
comment on column events.event.id is 'Position among all events, in the order of commits: the ids of movies.change are positions too';

create table events.progress (
  is_only boolean not null default true,
  epoch text not null default substr(md5((gen_random_uuid())::text), 1, 8),
  events_gone bigint not null default 0,
  constraint progress_pkey PRIMARY KEY (is_only),
  constraint progress_is_only_check CHECK (is_only)
);
comment on table events.progress is 'What tells this log of events from that of another database, and where it begins';
comment on column events.progress.epoch is 'The first part of the id of every event';
comment on column events.progress.events_gone is 'Entries of events.event up to this id are no longer kept';

create table events.sink (
  name text not null,
  seen bigint not null,
  tries integer not null default 0,
  error text,
  sent_at timestamp with time zone,
  next_attempt_at timestamp with time zone not null default now(),
  constraint sink_pkey PRIMARY KEY (name)
);
comment on table events.sink is 'The queues and topics that events are sent to';
comment on column events.sink.name is 'URL of a queue of SQS, or ARN of a topic of SNS';
comment on column events.sink.seen is 'The position up to which it has all events';
comment on column events.sink.tries is 'Attempts that have failed since the last success';

create schema access;

create table access.audit (
  id uuid not null default uuidv7(),
  at timestamp with time zone not null default now(),
  request_id text,
  key_id uuid,
  key_name text,
  address text,
  method text not null,
  path text not null,
  asked jsonb,
  status integer,
  made_id text,
  issuer text,
  subject text,
  constraint audit_pkey PRIMARY KEY (id)
);
comment on table access.audit is 'Requests that could change something; each is recorded before it is done';
comment on column access.audit.key_id is 'Null if no key was needed, or it was the key of the configuration';
comment on column access.audit.asked is 'The request body, without its secrets';
comment on column access.audit.status is 'The status of the answer; null if the process ended before it';
comment on column access.audit.issuer is 'The provider that has signed the person in; null for keys';
comment on column access.audit.subject is 'The person, as the provider identifies them; null for keys';

create table access.key (
  id uuid not null default uuidv7(),
  name text not null,
  role text not null,
  hash bytea not null,
  requests_per_minute integer,
  created_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone,
  last_used_at timestamp with time zone,
  revoked_at timestamp with time zone,
  source text collate "C",
  constraint key_hash_key UNIQUE (hash),
  constraint key_pkey PRIMARY KEY (id),
  constraint key_hash_check CHECK ((octet_length(hash) = 32)),
  constraint key_requests_per_minute_check CHECK ((requests_per_minute > 0)),
  constraint key_role_check CHECK ((role = ANY (ARRAY['reader'::text, 'operator'::text, 'admin'::text])))
);
comment on table access.key is 'Keys of the API; their secrets are not stored';
comment on column access.key.hash is 'SHA-256 of the secret. A slow hash would protect nothing: 256 random bits cannot be guessed';
comment on column access.key.last_used_at is 'Accurate to the minute';
comment on column access.key.source is 'The only source that it may deliver to; null for what its role may do';

create table access.person_session (
  hash bytea not null,
  issuer text not null,
  subject text not null,
  provider_session text,
  name text not null,
  role_values text[] not null,
  created_at timestamp with time zone not null default now(),
  used_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone not null,
  constraint person_session_pkey PRIMARY KEY (hash),
  constraint person_session_hash_check CHECK ((octet_length(hash) = 32))
);
CREATE INDEX person_session_provider_session_idx ON access.person_session USING btree (provider_session) WHERE (provider_session IS NOT NULL);
CREATE INDEX person_session_subject_idx ON access.person_session USING btree (subject);
comment on table access.person_session is 'Browsers of people whom the identity provider has signed in';
comment on column access.person_session.hash is 'SHA-256 of the value of the cookie';
comment on column access.person_session.provider_session is 'The session at the provider: sid of the ID token';
comment on column access.person_session.role_values is 'The values of the role claim that OIDC_ROLES names: the role follows from these and that setting';
comment on column access.person_session.used_at is 'To the minute';

create table access.session (
  hash bytea not null,
  key_hash bytea not null,
  created_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone not null,
  constraint session_pkey PRIMARY KEY (hash),
  constraint session_hash_check CHECK ((octet_length(hash) = 32)),
  constraint session_key_hash_check CHECK ((octet_length(key_hash) = 32))
);
comment on table access.session is 'Browsers that have signed in to the site with a key';
comment on column access.session.hash is 'SHA-256 of the value of the cookie';
comment on column access.session.key_hash is 'The hash of the key, in access.key or of API_ADMIN_KEY: a session ends with its key';

create table access.webhook (
  id uuid not null default uuidv7(),
  url text not null,
  secret bytea not null,
  datasets text[],
  kinds text[],
  active boolean not null default true,
  created_at timestamp with time zone not null default now(),
  seen_id bigint not null,
  events text[] not null default '{catalogue.published}'::text[],
  seen_movie_change bigint not null default 0,
  format text not null default 'summary'::text,
  seen_event bigint not null default 0,
  previous_secret bytea,
  previous_secret_until timestamp with time zone,
  constraint webhook_pkey PRIMARY KEY (id),
  constraint webhook_format_check CHECK ((format = ANY (ARRAY['summary'::text, 'cloudevents'::text])))
);
comment on table access.webhook is 'Webhooks, which are called at each publish';
comment on column access.webhook.secret is 'Signs the deliveries; never shown again';
comment on column access.webhook.datasets is 'The datasets whose publishes are delivered; null: all';
comment on column access.webhook.kinds is 'The kinds of change that are delivered: insert, update, delete, reload; null: all';
comment on column access.webhook.seen_id is 'The last ingest.publication whose deliveries have been made';
comment on column access.webhook.events is 'The types of events that it is told of';
comment on column access.webhook.seen_movie_change is 'The last movies.change for which its deliveries have been made';
comment on column access.webhook.format is 'summary: of a publish, or of the movies of some seconds; cloudevents: each event';
comment on column access.webhook.seen_event is 'The last position among events for which its deliveries have been made';
comment on column access.webhook.previous_secret is 'Signs deliveries too, beside the present secret, until previous_secret_until';

create table access.webhook_delivery (
  id uuid not null default uuidv7(),
  webhook_id uuid not null,
  run_id uuid,
  type text not null,
  body text not null,
  state text not null default 'waiting'::text,
  tries integer not null default 0,
  attempts jsonb not null default '[]'::jsonb,
  created_at timestamp with time zone not null default now(),
  next_attempt_at timestamp with time zone default now(),
  ended_at timestamp with time zone,
  constraint webhook_delivery_webhook_id_run_id_key UNIQUE (webhook_id, run_id),
  constraint webhook_delivery_pkey PRIMARY KEY (id),
  constraint webhook_delivery_webhook_id_fkey FOREIGN KEY (webhook_id) REFERENCES access.webhook(id) ON DELETE CASCADE,
  constraint webhook_delivery_check CHECK (((state = 'waiting'::text) = (next_attempt_at IS NOT NULL))),
  constraint webhook_delivery_check1 CHECK (((state = 'waiting'::text) = (ended_at IS NULL))),
  constraint webhook_delivery_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'delivered'::text, 'failed'::text])))
);
CREATE INDEX webhook_delivery_next_attempt_at_idx ON access.webhook_delivery USING btree (next_attempt_at) WHERE (state = 'waiting'::text);
comment on table access.webhook_delivery is 'Deliveries to webhooks, pending and ended: one for each webhook and run';
comment on column access.webhook_delivery.run_id is 'The run that published; null for a test';
comment on column access.webhook_delivery.body is 'Sent byte for byte at every attempt';
comment on column access.webhook_delivery.tries is 'Attempts begun: one more than the recorded attempts while it is being sent';
comment on column access.webhook_delivery.next_attempt_at is 'When it is due; while it is being sent, when it counts as lost';
