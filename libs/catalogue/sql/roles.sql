-- The roles of marquee and what each may do, for a database of its own. A superuser runs this file
-- after server.sql, before the migrations and again after them, any number of times. It sets no
-- passwords: alter role marquee_api password '…'.
--
--   marquee_owner       runs migrations; owns the database and the schemas access, bullmq, sources, movies and events
--   marquee_loader      owns the catalogue: imdb, search, ingest, and what people add to it; reads movies
--   marquee_api         reads the catalogue; writes runs, what people decide about sources and movies, and the schemas access
--                       and bullmq; of the audit log, adds entries and their ends
--   marquee_downloader  uses the queue
--   marquee_extractor   writes the schema sources; starts runs for announced files
--   marquee_aggregator  reads the catalogue; writes the schemas sources and movies
--   marquee_reader      people and their tools: reads imdb, ingest, sources, movies and the events
--   marquee_replicator  replicas: streams the WAL, and has no privilege on any table
--
-- Each but the owner has a second login, such as marquee_api_2, whose sessions act as the first. So a
-- password changes without an outage: the process goes on with the other login.

-- several processes may set up databases of one cluster at once, and roles belong to the cluster
select pg_advisory_xact_lock(8213447003);

do $$
declare
  role text;
begin
  foreach role in array '{marquee_owner,marquee_loader,marquee_api,marquee_downloader,marquee_extractor,marquee_aggregator,marquee_reader,marquee_replicator}'::text[] loop
    if to_regrole(role) is null then
      execute format('create role %I login', role);
    end if;
  end loop;
end $$;

-- the second logins: a session has the role of the first from its start on
do $$
declare
  role text;
begin
  foreach role in array '{marquee_loader,marquee_api,marquee_downloader,marquee_extractor,marquee_aggregator,marquee_reader}'::text[] loop
    if to_regrole(role || '_2') is null then
      execute format('create role %I login noinherit', role || '_2');
    end if;
    execute format('grant %I to %I with inherit false, set true', role, role || '_2');
    execute format('alter role %I set role = %I', role || '_2', role);
  end loop;
end $$;

alter role marquee_reader connection limit 30;
alter role marquee_replicator replication connection limit 10;
alter role marquee_reader_2 connection limit 30;

-- the owner migrates the loader's tables too
grant marquee_loader to marquee_owner;

-- to name, and to end, the sessions that a publish waits for
grant pg_read_all_stats, pg_signal_backend to marquee_loader;

create extension if not exists pg_prewarm;

create schema if not exists imdb;
create schema if not exists imdb_next;
create schema if not exists search;
create schema if not exists search_next;
create schema if not exists ingest;
create schema if not exists access;
create schema if not exists bullmq;
create schema if not exists sources;
create schema if not exists movies;
create schema if not exists events;

comment on schema ingest is 'Where the data came from: runs, snapshots, changes, rejected lines';
comment on schema search is 'Internal: derived tables that serve the API; they change with versions';
comment on schema search_next is 'Internal: where derived tables are built';
comment on schema access is 'Internal: keys, audit log and webhooks of the API';
comment on schema bullmq is 'Internal: the job queue';
comment on schema sources is 'Other sources than IMDb: their deliveries, records and matches';
comment on schema movies is 'Movies merged from several sources, with provenance, rules and locks';
comment on schema events is 'Events for other systems: ends of runs, publishes, and where events are sent to';

-- Ownership. What a superuser has made so far, in a database of an earlier version, goes to the
-- owner of its schema; in schemas of people's own, to the loader, which carries views over, and
-- readers see it, as they see what the loader makes.
do $$
declare
  owner_of constant jsonb := '{"imdb": "marquee_loader", "imdb_next": "marquee_loader", "search": "marquee_loader", "search_next": "marquee_loader", "ingest": "marquee_loader", "access": "marquee_owner", "bullmq": "marquee_owner", "sources": "marquee_owner", "movies": "marquee_owner", "events": "marquee_owner"}';
  statement text;
begin
  execute format('alter database %I owner to marquee_owner', current_database());
  for statement in
    with namespace as (
      select n.oid, n.nspname as name, n.nspowner as owner, coalesce(owner_of ->> n.nspname, 'marquee_loader') as new_owner
      from pg_namespace n
      where n.nspname not in ('information_schema', 'server') and n.nspname !~ '^pg_'
    ),
    superuser as (select oid from pg_roles where rolsuper)
    select format('alter schema %I owner to %I', n.name, n.new_owner)
      || case when owner_of ? n.name then '' else format('; grant usage on schema %I to marquee_reader', n.name) end
    from namespace n
    where n.name <> 'public'
      and n.owner <> n.new_owner::regrole
      and (owner_of ? n.name or n.owner in (select oid from superuser))
    union all
    select format(
      'alter %s %I.%I owner to %I',
      case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence' when 'f' then 'foreign table' else 'table' end,
      n.name, c.relname, n.new_owner
    ) || case when owner_of ? n.name or c.relkind = 'S' then '' else format('; grant select on %I.%I to marquee_reader', n.name, c.relname) end
    from pg_class c join namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
      and c.relowner in (select oid from superuser)
      -- members of extensions, and sequences of columns
      and not exists (
        select from pg_depend d
        where d.classid = 'pg_class'::regclass and d.objid = c.oid
          and (d.deptype = 'e' or c.relkind = 'S' and d.deptype in ('a', 'i'))
      )
    union all
    select format('alter routine %s owner to %I', p.oid::regprocedure, n.new_owner)
    from pg_proc p join namespace n on n.oid = p.pronamespace
    where p.proowner in (select oid from superuser)
      and not exists (
        select from pg_depend d
        where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
      )
  loop
    execute statement;
  end loop;
end $$;

-- Privileges in the database: only those who build tables may fill the disk with others
do $$
begin
  execute format('revoke all on database %I from public', current_database());
  execute format('grant connect on database %I to marquee_loader, marquee_api, marquee_downloader, marquee_extractor, marquee_aggregator, marquee_reader', current_database());
  execute format('grant connect on database %I to marquee_loader_2, marquee_api_2, marquee_downloader_2, marquee_extractor_2, marquee_aggregator_2, marquee_reader_2', current_database());
  execute format('grant create, temporary on database %I to marquee_loader', current_database());
  execute format('grant temporary on database %I to marquee_extractor, marquee_aggregator', current_database());
end $$;
revoke create on schema public from public;
grant usage on schema public to public;
grant create on schema public to marquee_loader;

-- Functions that reach beyond a transaction, even one that only reads, and that everybody may execute
-- otherwise: they fill the table of locks or the disk, wake services, and end the sessions of others
-- with the same role. Readers have none of them. Nobody has those that make large objects: no process
-- needs one, and no backup has them. Earlier versions let processes make them.
do $$
declare
  routine regprocedure;
begin
  for routine in
    select p.oid from pg_proc p
    where p.pronamespace = 'pg_catalog'::regnamespace
        and (p.proname ~ '^pg_(try_)?advisory_(xact_)?lock'
          or p.proname in ('pg_notify', 'pg_logical_emit_message', 'pg_cancel_backend', 'pg_terminate_backend'))
      or exists (
        select from pg_depend d join pg_extension e on e.oid = d.refobjid
        where d.classid = 'pg_proc'::regclass and d.objid = p.oid
          and d.refclassid = 'pg_extension'::regclass and d.deptype = 'e' and e.extname = 'pg_prewarm'
      )
  loop
    execute format('revoke execute on function %s from public', routine);
    execute format('grant execute on function %s to marquee_owner, marquee_loader, marquee_api, marquee_downloader, marquee_extractor, marquee_aggregator', routine);
  end loop;
  for routine in
    select oid from pg_proc
    where pronamespace = 'pg_catalog'::regnamespace
      and proname in ('lo_creat', 'lo_create', 'lo_from_bytea', 'lo_put', 'lowrite')
  loop
    execute format('revoke execute on function %s from public, marquee_owner, marquee_loader, marquee_api, marquee_downloader, marquee_extractor, marquee_aggregator', routine);
  end loop;
end $$;

-- The API
grant usage on schema imdb, imdb_next, search, search_next, ingest, access, bullmq to marquee_api;
grant select on all tables in schema imdb, imdb_next, search, search_next, ingest to marquee_api;
grant select on all sequences in schema ingest to marquee_api;
grant select, insert, update, delete on all tables in schema access to marquee_api;
alter default privileges for role marquee_loader, marquee_owner grant select on tables to marquee_api;
alter default privileges for role marquee_loader, marquee_owner in schema ingest grant select on sequences to marquee_api;
alter default privileges for role marquee_loader grant usage on schemas to marquee_api;
alter default privileges for role marquee_owner in schema access grant insert, update, delete on tables to marquee_api;
-- The audit log is kept for good: who takes the API over adds entries, and removes or changes none.
-- An entry gets its end once the request is answered. Earlier versions wrote no more, but could.
do $$
begin
  if to_regclass('access.audit') is not null then
    revoke update, delete on access.audit from marquee_api;
    grant update (status, made_id) on access.audit to marquee_api;
  end if;
end $$;
do $$
begin
  if to_regclass('ingest.run_step') is not null then
    grant insert, update on ingest.run, ingest.run_step to marquee_api;
  end if;
  if to_regclass('ingest.export') is not null then
    grant insert on ingest.export to marquee_api;
  end if;
  if to_regclass('ingest.backup') is not null then
    grant insert, update on ingest.backup to marquee_api;
  end if;
end $$;

-- Sources and movies
grant usage on schema sources, movies to marquee_api, marquee_extractor, marquee_aggregator, marquee_reader;
grant select on all tables in schema sources, movies to marquee_api, marquee_reader;
grant select on all tables in schema sources to marquee_extractor;
grant select on all tables in schema sources, movies to marquee_aggregator;
-- earlier versions let both write every table
revoke insert, update, delete on all tables in schema sources from marquee_extractor, marquee_aggregator;
revoke insert, update, delete on all tables in schema movies from marquee_aggregator;
grant usage on all sequences in schema sources, movies to marquee_api, marquee_extractor, marquee_aggregator;
-- the change feed compares cursors with the greatest id ever given
grant select on all sequences in schema movies to marquee_api;
-- exports have the movies too
grant usage on schema movies to marquee_loader;
grant select on all tables in schema movies to marquee_loader;
-- at its start, the extractor checks which migrations have run
grant usage on schema ingest to marquee_extractor;
grant usage on schema imdb, search, ingest to marquee_aggregator;
grant select on all tables in schema imdb, search, ingest to marquee_aggregator;
alter default privileges for role marquee_loader grant select on tables to marquee_aggregator;
alter default privileges for role marquee_loader grant usage on schemas to marquee_aggregator;
do $$
begin
  if to_regclass('movies.picture') is not null then
    grant select on ingest.migration to marquee_extractor;
    -- an announced file of a dataset starts a run; who delivered what is audited
    grant select, insert on ingest.run to marquee_extractor;
    grant insert on access.audit to marquee_extractor;
    grant usage on schema access to marquee_extractor;
    -- what the extractor has read, and how far it is
    grant insert, update on sources.source, sources.delivery, sources.announcement, sources.poll to marquee_extractor;
    grant insert, update, delete on sources.record, sources.reject, sources.pending to marquee_extractor;
    -- what the aggregator makes of it
    grant insert, update, delete on sources.match, sources.match_count, sources.record_key, sources.pending to marquee_aggregator;
    grant insert, update, delete on movies.movie, movies.change, movies.redirect, movies.lock, movies.pending, movies.progress, movies.profit, movies.company to marquee_aggregator;
    -- what people add and decide, and the marks that the aggregator works off
    grant insert, update, delete on sources.source, sources.delivery, sources.decision, sources.pending to marquee_api;
    grant update on sources.announcement to marquee_api;
    grant insert, update, delete on movies.rule, movies.lock, movies.picture, movies.picture_size, movies.pending to marquee_api;
  end if;
end $$;

-- Events: who ends runs writes them; their ids are among those of the changes of movies
grant usage on schema events to marquee_api, marquee_loader, marquee_aggregator, marquee_reader;
grant usage on schema movies to marquee_loader;
do $$
begin
  if to_regclass('events.sink') is not null then
    grant select, insert on events.event to marquee_api, marquee_loader;
    grant select on events.event, events.progress to marquee_api, marquee_aggregator, marquee_reader;
    grant usage on movies.change_id_seq to marquee_loader;
    grant delete on events.event to marquee_aggregator;
    grant update on events.progress to marquee_aggregator;
    grant select, insert, update, delete on events.sink to marquee_api;
  end if;
end $$;

-- The queue
grant usage on schema bullmq to marquee_loader, marquee_downloader, marquee_extractor, marquee_aggregator;
grant select, insert, update, delete on all tables in schema bullmq to marquee_api, marquee_loader, marquee_downloader, marquee_extractor, marquee_aggregator;
grant usage, select, update on all sequences in schema bullmq to marquee_api, marquee_loader, marquee_downloader, marquee_extractor, marquee_aggregator;
alter default privileges for role marquee_owner in schema bullmq grant select, insert, update, delete on tables to marquee_api, marquee_loader, marquee_downloader, marquee_extractor, marquee_aggregator;
alter default privileges for role marquee_owner in schema bullmq grant usage, select, update on sequences to marquee_api, marquee_loader, marquee_downloader, marquee_extractor, marquee_aggregator;

-- Readers: the catalogue, and whatever people add to it as marquee_loader; nothing internal
grant usage on schema imdb, ingest to marquee_reader;
grant select on all tables in schema imdb, ingest to marquee_reader;
alter default privileges for role marquee_loader grant select on tables to marquee_reader;
alter default privileges for role marquee_loader grant usage on schemas to marquee_reader;
alter default privileges for role marquee_owner in schema ingest grant select on tables to marquee_reader;
revoke all on schema imdb_next, search, search_next, access, bullmq from marquee_reader;

-- Settings of a reader's sessions: names without a schema, no writes, and an end to a statement and
-- to a transaction that is left open, for which a full load would wait
do $$
declare
  setting text;
begin
  foreach setting in array array[
    'search_path = imdb, public',
    'default_transaction_read_only = on',
    'statement_timeout = ''10min''',
    'idle_in_transaction_session_timeout = ''10min''',
    'temp_file_limit = ''20GB'''
  ] loop
    execute format('alter role marquee_reader in database %I set %s', current_database(), setting);
    execute format('alter role marquee_reader_2 in database %I set %s', current_database(), setting);
  end loop;
  execute format('alter role marquee_loader in database %I set search_path = imdb, public', current_database());
  execute format('alter role marquee_loader_2 in database %I set search_path = imdb, public', current_database());
end $$;

-- Functions that run with the rights of a superuser: see server.sql
grant usage on schema server to marquee_api, marquee_loader;
grant execute on all functions in schema server to marquee_api, marquee_loader;
