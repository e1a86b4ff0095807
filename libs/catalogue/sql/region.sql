-- A region beside the home region: its keys, decisions, locks and rules are those of the home region.
-- Nobody changes them here. A superuser runs this file after the set-up of the database, then
--
--   create subscription marquee_shared connection 'host=HOME dbname=marquee user=marquee_replicator password=…'
--     publication marquee_shared with (slot_name = 'region_NAME');
--
-- The API and the aggregator have to hear of rows that arrive. Replication fires no trigger for each
-- statement, and those for each row only if they are enabled for it.

create or replace trigger key_shared after insert or update or delete on access.key
  for each row execute function ingest.notify_api('keys');
alter table access.key enable replica trigger key_shared;

-- the aggregator looks for new rules by itself; responses about movies of IMDb alone follow them too
create or replace trigger rule_shared after insert or update or delete on movies.rule
  for each row execute function ingest.notify_api('movies');
alter table movies.rule enable replica trigger rule_shared;

create or replace function sources.note_shared_decision() returns trigger language plpgsql as $$
begin
  insert into sources.pending (source, record_id)
  select new.source, new.record_id
  where exists (select from sources.record where source = new.source and id = new.record_id)
  on conflict (source, record_id) do update set since = now();
  return null;
end $$;
create or replace trigger decision_shared after insert or update on sources.decision
  for each row execute function sources.note_shared_decision();
alter table sources.decision enable replica trigger decision_shared;

create or replace function movies.note_shared_lock() returns trigger language plpgsql as $$
declare
  changed movies.lock := coalesce(new, old);
begin
  insert into movies.pending (movie, cause)
  values (changed.movie, jsonb_build_object('kind', 'lock', 'field', changed.field, 'by', changed.locked_by))
  on conflict (movie) do update set cause = excluded.cause, since = now();
  return null;
end $$;
create or replace trigger lock_shared after insert or update or delete on movies.lock
  for each row execute function movies.note_shared_lock();
alter table movies.lock enable replica trigger lock_shared;
