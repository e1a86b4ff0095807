-- What only a superuser may do, as functions without parameters. A superuser runs this file.

create schema if not exists server;
comment on schema server is 'Internal: functions that run with the rights of a superuser';

create or replace function server.free_disk_bytes() returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  available text;
begin
  -- an error if the caller has made a table of this name, whose triggers would run as superuser
  create temp table disk_free (line text) on commit drop;
  -- the working directory of PostgreSQL's processes is that of its data
  copy disk_free from program 'df -Pk . | tail -n 1';
  select substring(line from '\s(\d+)\s+\d+%\s') into available from disk_free;
  drop table disk_free;
  return available::bigint * 1024;
end $$;
comment on function server.free_disk_bytes() is 'The free bytes on the disk of PostgreSQL''s data; null if df reports none';
revoke execute on function server.free_disk_bytes() from public;
