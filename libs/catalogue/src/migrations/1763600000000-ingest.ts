import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Schema `ingest`: snapshots, runs, rejected lines, and the published state. */
export class Ingest1763600000000 implements MigrationInterface {
  readonly name = 'Ingest1763600000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop schema ingest cascade');
  }
}

const STATEMENTS = [
  'create schema if not exists ingest',
  `create table ingest.snapshot (
    id text collate "C" primary key,
    dataset text not null,
    url text not null,
    etag text,
    last_modified text,
    bytes bigint not null,
    raw_bytes bigint not null,
    sha256 text not null,
    rows bigint not null,
    fetched_at timestamptz not null
  )`,
  `comment on table ingest.snapshot is 'Downloaded, verified versions of datasets; the files lie in the snapshot store'`,
  `create index snapshot_dataset_fetched_at_idx on ingest.snapshot (dataset, fetched_at)`,

  `create table ingest.run (
    id uuid primary key,
    kind text not null check (kind in ('download', 'load', 'update')),
    state text not null default 'running' check (state in ('running', 'succeeded', 'failed')),
    datasets text[] not null check (cardinality(datasets) > 0),
    ignore_gates text[] not null default '{}',
    snapshots jsonb not null default '{}',
    requested_at timestamptz not null default now(),
    ended_at timestamptz,
    error jsonb,
    check ((state = 'running') = (ended_at is null))
  )`,
  `comment on table ingest.run is 'Asked-for pieces of work: downloads, loads, or both'`,
  `comment on column ingest.run.snapshots is 'For a load: the snapshot id to load of each dataset'`,
  `comment on column ingest.run.error is 'Why it failed: code, message, hint, dataset'`,
  // allows one running run
  `create unique index run_one_at_a_time on ingest.run ((true)) where state = 'running'`,

  `create table ingest.run_step (
    run_id uuid not null references ingest.run on delete cascade,
    job text not null check (job in ('download', 'load')),
    dataset text not null,
    state text not null,
    phase text,
    bytes_done bigint not null,
    bytes_total bigint,
    rows_done bigint not null,
    rows_total bigint,
    rejects bigint not null,
    snapshot_id text,
    started_at timestamptz,
    ended_at timestamptz,
    error jsonb,
    primary key (run_id, job, dataset)
  )`,
  `comment on table ingest.run_step is 'How the parts of an ended run went; while it runs, the queue knows'`,

  `create table ingest.reject (
    id bigint generated always as identity primary key,
    run_id uuid not null references ingest.run on delete cascade,
    dataset text not null,
    snapshot_id text not null,
    line bigint not null,
    raw bytea not null,
    raw_text text not null,
    reason text not null,
    at timestamptz not null default now()
  )`,
  `comment on table ingest.reject is 'Input rows that could not be taken'`,
  `comment on column ingest.reject.line is 'Line in the file; the header is line 1'`,
  `comment on column ingest.reject.raw is 'The line''s bytes, without its newline; at most the first 64 KiB'`,
  `comment on column ingest.reject.raw_text is 'The same to read: bytes that are no UTF-8 stand as U+FFFD, NUL as U+2400'`,
  `create index reject_run_id_dataset_line_idx on ingest.reject (run_id, dataset, line)`,

  `create table ingest.staged (
    dataset text primary key,
    run_id uuid not null references ingest.run on delete cascade,
    snapshot_id text not null,
    rows bigint not null,
    rejects bigint not null
  )`,
  `comment on table ingest.staged is 'What stands complete in schema imdb_next, ready for its run to publish'`,

  `create table ingest.data_control (
    dataset text primary key,
    status text not null check (status in ('empty', 'published')),
    upload_date timestamptz,
    snapshot_id text references ingest.snapshot,
    run_id uuid references ingest.run,
    rows bigint not null default 0,
    rejects bigint not null default 0,
    orphans jsonb not null default '{}',
    check ((status = 'published') = (upload_date is not null and snapshot_id is not null and run_id is not null))
  )`,
  `comment on table ingest.data_control is 'What is published of each dataset: since when, from which snapshot, with how many rows'`,
  `comment on column ingest.data_control.upload_date is 'When it was published'`,
  `comment on column ingest.data_control.orphans is 'References that lead to no published row, by column'`,
];
