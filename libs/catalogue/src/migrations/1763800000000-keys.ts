import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Schema `access`: the API's keys and its audit log; and notifications to the API's processes about
 * what they cache.
 */
export class Keys1763800000000 implements MigrationInterface {
  readonly name = 'Keys1763800000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop trigger data_control_changed on ingest.data_control');
    await runner.query('drop trigger run_changed on ingest.run');
    await runner.query('drop function ingest.notify_api cascade');
    await runner.query('drop schema access cascade');
  }
}

const STATEMENTS = [
  // apart from ingest, which SQL users may be allowed to read. It may exist already: keys outlive a
  // dropped ingest
  'create schema if not exists access',
  `create table if not exists access.key (
    id uuid primary key default uuidv7(),
    name text not null,
    role text not null check (role in ('reader', 'operator', 'admin')),
    hash bytea not null unique check (octet_length(hash) = 32),
    requests_per_minute integer check (requests_per_minute > 0),
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz
  )`,
  `comment on table access.key is 'Keys of the API; their secrets are in no place of ours'`,
  `comment on column access.key.hash is 'SHA-256 of the secret, which is 256 random bits: there is nothing to guess that a slow hash would protect'`,
  `comment on column access.key.last_used_at is 'To the minute'`,

  `create table if not exists access.audit (
    id uuid primary key default uuidv7(),
    at timestamptz not null default now(),
    request_id text,
    key_id uuid,
    key_name text,
    address text,
    method text not null,
    path text not null,
    asked jsonb,
    status integer,
    made_id text
  )`,
  `comment on table access.audit is 'Who asked the API for what that could change anything; written before it is done'`,
  `comment on column access.audit.key_id is 'Null where no key was needed, and for the one of the configuration'`,
  `comment on column access.audit.asked is 'The body, without its secrets'`,
  `comment on column access.audit.status is 'What it was answered with; null when the process ended before'`,

  // every process of the API is notified of changes to these tables, by hand too: see its
  // PublishedWatch
  `create or replace function ingest.notify_api() returns trigger language plpgsql as $$
  begin
    perform pg_notify('marquee', tg_argv[0]);
    return null;
  end $$`,
  `create trigger data_control_changed after insert or update or delete on ingest.data_control for each statement execute function ingest.notify_api('published')`,
  `create trigger run_changed after insert or update of state or delete on ingest.run for each statement execute function ingest.notify_api('published')`,
  // but not of changes to last_used_at
  `create or replace trigger key_changed after insert or update of role, hash, expires_at, revoked_at, requests_per_minute or delete on access.key
    for each statement execute function ingest.notify_api('keys')`,
];
