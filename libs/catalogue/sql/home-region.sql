-- The home region: what people decide, and keys, are written here and shared with other regions, which
-- run region.sql. Needs wal_level = logical. A superuser runs this file, any number of times.
do $$
begin
  if not exists (select from pg_publication where pubname = 'marquee_shared') then
    create publication marquee_shared;
  end if;
end $$;
alter publication marquee_shared set table access.key, sources.decision, movies.lock, movies.rule;

-- a region copies these tables first, as marquee_replicator
do $$
begin
  execute format('grant connect on database %I to marquee_replicator', current_database());
end $$;
grant usage on schema access, sources, movies to marquee_replicator;
grant select on access.key, sources.decision, movies.lock, movies.rule to marquee_replicator;
