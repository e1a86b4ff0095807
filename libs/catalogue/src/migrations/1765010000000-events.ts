import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Events out: an outbox for what runs and publishes do. Changes of movies are not copied into it:
 * `movies.change` is their outbox. Both take their ids from one sequence, under one lock.
 */
export class Events1765010000000 implements MigrationInterface {
  readonly name = 'Events1765010000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop trigger run_ended on ingest.run');
    await runner.query('drop schema events cascade');
    await runner.query('alter table access.webhook drop column format, drop column seen_event');
  }
}

/** A time as the API shows it. */
const utc = (column: string) =>
  `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

const STATEMENTS = [
  'create schema if not exists events',
  `create table if not exists events.event (
    id bigint primary key,
    type text not null,
    subject text collate "C" not null,
    at timestamptz not null default clock_timestamp(),
    data jsonb not null
  )`,
  'create index if not exists event_subject_id_idx on events.event (subject, id)',
  'create index if not exists event_at_idx on events.event (at)',
  `comment on table events.event is 'Ends of runs and what they published, written in the same transactions'`,
  `comment on column events.event.id is 'Position among all events, in the order of commits: the ids of movies.change are positions too'`,
  `create or replace trigger event_ordered before insert on events.event for each row execute function movies.order_changes()`,

  `create table if not exists events.progress (
    is_only boolean primary key default true check (is_only),
    epoch text not null default substr(md5(gen_random_uuid()::text), 1, 8),
    events_gone bigint not null default 0
  )`,
  `comment on table events.progress is 'What tells this log of events from that of another database, and where it begins'`,
  `comment on column events.progress.epoch is 'The first part of the id of every event'`,
  `comment on column events.progress.events_gone is 'Entries of events.event up to this id are no longer kept'`,
  'insert into events.progress default values on conflict do nothing',

  `create table if not exists events.sink (
    name text primary key,
    seen bigint not null,
    tries integer not null default 0,
    error text,
    sent_at timestamptz,
    next_attempt_at timestamptz not null default now()
  )`,
  `comment on table events.sink is 'The queues and topics that events are sent to'`,
  `comment on column events.sink.name is 'URL of a queue of SQS, or ARN of a topic of SNS'`,
  `comment on column events.sink.seen is 'The position up to which it has all events'`,
  `comment on column events.sink.tries is 'Attempts that have failed since the last success'`,

  `alter table access.webhook add column if not exists format text not null default 'summary' check (format in ('summary', 'cloudevents'))`,
  'alter table access.webhook add column if not exists seen_event bigint not null default 0',
  `comment on column access.webhook.format is 'summary: of a publish, or of the movies of some seconds; cloudevents: each event'`,
  `comment on column access.webhook.seen_event is 'The last position among events for which its deliveries have been made'`,

  // a trigger, as runs are ended by the loader and by the API. The row of the run is locked first,
  // the order of events last: everybody locks in this order
  `create or replace function events.note_run_end() returns trigger language plpgsql as $$
  begin
    insert into events.event (type, subject, data)
    select 'dataset.published', dataset, jsonb_build_object(
      'runId', run_id, 'dataset', dataset, 'kind', kind, 'inserted', inserted, 'updated', updated, 'deleted', deleted,
      'rows', rows, 'snapshotId', snapshot_id,
      'start', (select coalesce(max(b.id), 0) from ingest.publication b where b.id < p.id and b.run_id <> p.run_id))
    from ingest.publication p where p.run_id = new.id order by p.id;
    insert into events.event (type, subject, data)
    values ('run.ended', new.id::text, jsonb_build_object(
      'runId', new.id, 'kind', new.kind, 'state', new.state, 'datasets', to_jsonb(new.datasets),
      'requestedAt', ${utc('new.requested_at')}, 'endedAt', ${utc('new.ended_at')}, 'error', new.error));
    return null;
  end $$`,
  `create or replace trigger run_ended after update of state on ingest.run for each row
    when (old.state = 'running' and new.state <> 'running') execute function events.note_run_end()`,
];
