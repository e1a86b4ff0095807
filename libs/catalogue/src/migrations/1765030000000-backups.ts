import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The list of backups. */
export class Backups1765030000000 implements MigrationInterface {
  readonly name = 'Backups1765030000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table ingest.backup');
  }
}

const STATEMENTS = [
  `create table ingest.backup (
    id text collate "C" primary key,
    state text not null default 'running' check (state in ('running', 'done', 'failed', 'removed')),
    requested_by text not null,
    started_at timestamptz not null default now(),
    ended_at timestamptz,
    location text,
    bytes bigint,
    error jsonb
  )`,
  `comment on table ingest.backup is 'Backups in the backup store: BACKUP_DIR or BACKUP_S3_URL'`,
  `comment on column ingest.backup.started_at is 'What was committed by then is in the backup'`,
  `comment on column ingest.backup.requested_by is 'schedule, or command'`,
  `comment on column ingest.backup.location is 'The path or s3:// URL of its file; null unless it is done'`,
  `comment on column ingest.backup.error is 'Why it failed: code, message, hint'`,
];
