import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Exports of the published tables as files. */
export class Exports1765020000000 implements MigrationInterface {
  readonly name = 'Exports1765020000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table ingest.export');
  }
}

const STATEMENTS = [
  `create table ingest.export (
    id text collate "C" primary key,
    state text not null default 'waiting' check (state in ('waiting', 'running', 'done', 'failed', 'removed')),
    formats text[] not null,
    requested_at timestamptz not null default now(),
    requested_by text not null,
    started_at timestamptz,
    ended_at timestamptz,
    phase text,
    rows_done bigint not null default 0,
    rows_total bigint,
    manifest jsonb,
    error jsonb,
    check ((state = 'done') <= (manifest is not null))
  )`,
  `create index export_unfinished_idx on ingest.export (id) where state in ('waiting', 'running')`,
  `comment on table ingest.export is 'Exports of the published tables as files, which are in the snapshot store under exports/'`,
  `comment on column ingest.export.state is 'removed: its files went when newer exports replaced it'`,
  `comment on column ingest.export.requested_by is 'Who has asked for it; publish: the setting EXPORT_FORMATS'`,
  `comment on column ingest.export.manifest is 'Its tables and files, as in exports/manifests/<id>.json; null unless it is done'`,
  `comment on column ingest.export.error is 'Why it failed: code, message, hint'`,
];
