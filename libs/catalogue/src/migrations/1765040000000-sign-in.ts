import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Sessions of people whom an identity provider has signed in, and their names in the audit log. */
export class SignIn1765040000000 implements MigrationInterface {
  readonly name = 'SignIn1765040000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table access.audit drop column issuer, drop column subject');
    await runner.query('drop table access.person_session');
  }
}

const STATEMENTS = [
  // a table of its own: an API of the version before does not know sessions without a key. It and
  // the columns may exist already, as access outlives a dropped ingest
  `create table if not exists access.person_session (
    hash bytea primary key check (octet_length(hash) = 32),
    issuer text not null,
    subject text not null,
    provider_session text,
    name text not null,
    role_values text[] not null,
    created_at timestamptz not null default now(),
    used_at timestamptz not null default now(),
    expires_at timestamptz not null
  )`,
  // a provider ends the sessions of a person by these (back-channel logout)
  `create index if not exists person_session_subject_idx on access.person_session (subject)`,
  `create index if not exists person_session_provider_session_idx on access.person_session (provider_session) where provider_session is not null`,
  `comment on table access.person_session is 'Browsers of people whom the identity provider has signed in'`,
  `comment on column access.person_session.hash is 'SHA-256 of the value of the cookie'`,
  `comment on column access.person_session.provider_session is 'The session at the provider: sid of the ID token'`,
  `comment on column access.person_session.role_values is 'The values of the role claim that OIDC_ROLES names: the role follows from these and that setting'`,
  `comment on column access.person_session.used_at is 'To the minute'`,
  // API processes cache these sessions with the keys
  `create or replace trigger person_session_ended after update of expires_at, role_values, subject, issuer or delete on access.person_session
    for each statement execute function ingest.notify_api('keys')`,
  `alter table access.audit add column if not exists issuer text, add column if not exists subject text`,
  `comment on column access.audit.issuer is 'The provider that has signed the person in; null for keys'`,
  `comment on column access.audit.subject is 'The person, as the provider identifies them; null for keys'`,
];
