import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Records writes to the published tables by others than the loader. A full load makes new tables, and
 * their triggers with them: see `published-tables.ts`.
 */
export class HandWrites1764100000000 implements MigrationInterface {
  readonly name = 'HandWrites1764100000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop function ingest.note_hand_write cascade');
    await runner.query('drop table ingest.hand_write');
  }
}

const STATEMENTS = [
  // apart from data_control: a writer's open transaction would lock its row, and a publish would wait
  // for it
  `create table ingest.hand_write (
    dataset text not null,
    at timestamptz not null,
    written_by text not null
  )`,
  'create index hand_write_dataset_idx on ingest.hand_write (dataset)',
  `comment on table ingest.hand_write is 'Published tables that others than the loader have written to since they were last loaded in full: mostly the first write alone'`,
  `comment on column ingest.hand_write.written_by is 'The role that was connected, and the name of its program'`,
  // runs as its owner: a role that may write to a published table may not be allowed into this schema
  `create function ingest.note_hand_write() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
  begin
    -- a statement that has met no row has changed nothing; the counts are of the whole transaction,
    -- and a few of the one before may be among them
    if tg_op <> 'TRUNCATE' and current_setting('track_counts')::boolean
      and pg_stat_get_xact_tuples_inserted(tg_relid) + pg_stat_get_xact_tuples_updated(tg_relid) + pg_stat_get_xact_tuples_deleted(tg_relid) = 0
    then return null; end if;
    -- a transaction that sees the database as it was may see a note that is gone
    if current_setting('transaction_isolation') = 'read committed'
      and exists (select from ingest.hand_write where dataset = tg_argv[0])
    then return null; end if;
    insert into ingest.hand_write (dataset, at, written_by)
    values (tg_argv[0], clock_timestamp(), session_user || coalesce(' (' || nullif(current_setting('application_name'), '') || ')', ''));
    return null;
  end $$`,
];
