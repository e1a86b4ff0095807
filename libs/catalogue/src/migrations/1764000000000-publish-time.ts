import type { MigrationInterface, QueryRunner } from 'typeorm';

/** One time for a publish everywhere: the change feed takes that of the control table. */
export class PublishTime1764000000000 implements MigrationInterface {
  readonly name = 'PublishTime1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(NOTE_AT_UPLOAD_DATE);
    await runner.query(
      `comment on column ingest.run_step.note is 'What a refresh of the dataset has changed; or why the dataset was loaded in full, where only its changes could have been'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(NOTE_AT_CLOCK_TIME);
    await runner.query(
      `comment on column ingest.run_step.note is 'Why a dataset was loaded in full'`,
    );
  }
}

const NOTE_AT_UPLOAD_DATE = `create or replace function ingest.note_publication() returns trigger language plpgsql as $$
  declare
    staged ingest.staged;
  begin
    select * into staged from ingest.staged s where s.run_id = new.run_id and s.dataset = new.dataset and s.base_snapshot_id is not null;
    insert into ingest.publication (id, run_id, dataset, kind, inserted, updated, deleted, rows, snapshot_id, at)
    values (nextval('ingest.change_id'), new.run_id, new.dataset, case when staged.run_id is null then 'reload' else 'changes' end,
      coalesce(staged.inserted, 0), coalesce(staged.updated, 0), coalesce(staged.deleted, 0), new.rows, new.snapshot_id, new.upload_date);
    return null;
  end $$`;

const NOTE_AT_CLOCK_TIME = `create or replace function ingest.note_publication() returns trigger language plpgsql as $$
  declare
    staged ingest.staged;
  begin
    select * into staged from ingest.staged s where s.run_id = new.run_id and s.dataset = new.dataset and s.base_snapshot_id is not null;
    insert into ingest.publication (id, run_id, dataset, kind, inserted, updated, deleted, rows, snapshot_id, at)
    values (nextval('ingest.change_id'), new.run_id, new.dataset, case when staged.run_id is null then 'reload' else 'changes' end,
      coalesce(staged.inserted, 0), coalesce(staged.updated, 0), coalesce(staged.deleted, 0), new.rows, new.snapshot_id, clock_timestamp());
    return null;
  end $$`;
