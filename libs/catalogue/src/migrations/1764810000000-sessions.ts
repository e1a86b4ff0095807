import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Sessions of the site: a browser that has signed in with a key. */
export class Sessions1764810000000 implements MigrationInterface {
  readonly name = 'Sessions1764810000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table access.session');
  }
}

const STATEMENTS = [
  // the schema may exist already, as keys outlive a dropped ingest
  `create table if not exists access.session (
    hash bytea primary key check (octet_length(hash) = 32),
    key_hash bytea not null check (octet_length(key_hash) = 32),
    created_at timestamptz not null default now(),
    expires_at timestamptz not null
  )`,
  `comment on table access.session is 'Browsers that have signed in to the site with a key'`,
  `comment on column access.session.hash is 'SHA-256 of the value of the cookie'`,
  `comment on column access.session.key_hash is 'The hash of the key, in access.key or of API_ADMIN_KEY: a session ends with its key'`,
  // API processes cache sessions with the keys
  `create or replace trigger session_ended after update or delete on access.session
    for each statement execute function ingest.notify_api('keys')`,
];
