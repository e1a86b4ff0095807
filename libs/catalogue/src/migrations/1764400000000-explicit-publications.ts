import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The publish transaction inserts into `ingest.publication` itself. The trigger that did so read
 * `ingest.staged`, and so depended on the order of statements of which the loader did not know.
 */
export class ExplicitPublications1764400000000 implements MigrationInterface {
  readonly name = 'ExplicitPublications1764400000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('drop trigger note_publication on ingest.data_control');
    await runner.query('drop function ingest.note_publication');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`create function ingest.note_publication() returns trigger language plpgsql as $$
      declare
        staged ingest.staged;
      begin
        select * into staged from ingest.staged s where s.run_id = new.run_id and s.dataset = new.dataset and s.base_snapshot_id is not null;
        insert into ingest.publication (id, run_id, dataset, kind, inserted, updated, deleted, rows, snapshot_id, at)
        values (nextval('ingest.change_id'), new.run_id, new.dataset, case when staged.run_id is null then 'reload' else 'changes' end,
          coalesce(staged.inserted, 0), coalesce(staged.updated, 0), coalesce(staged.deleted, 0), new.rows, new.snapshot_id, new.upload_date);
        return null;
      end $$`);
    await runner.query(`create trigger note_publication after update of run_id on ingest.data_control for each row
      when (new.status = 'published' and new.run_id is distinct from old.run_id) execute function ingest.note_publication()`);
  }
}
