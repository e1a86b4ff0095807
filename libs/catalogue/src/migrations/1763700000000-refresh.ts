import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Refreshes: the staging of changes, and the published changes. */
export class Refresh1763700000000 implements MigrationInterface {
  readonly name = 'Refresh1763700000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table ingest.change');
    await runner.query('drop sequence ingest.change_id');
    await runner.query(
      'alter table ingest.data_control drop column sorted, drop column churn, drop column orphans_of',
    );
    await runner.query(
      'alter table ingest.staged drop column base_snapshot_id, drop column inserted, drop column updated, drop column deleted, drop column sorted',
    );
    await runner.query('alter table ingest.snapshot drop column removed_at');
    await runner.query('alter table ingest.run_step drop column note');
    await runner.query('alter table ingest.run drop column full_load');
  }
}

const STATEMENTS = [
  'alter table ingest.run add column full_load boolean not null default false',
  `comment on column ingest.run.full_load is 'Whether everything is loaded anew, although changes would do'`,

  'alter table ingest.snapshot add column removed_at timestamptz',
  `comment on column ingest.snapshot.removed_at is 'Since when it is not in the store any more'`,

  'alter table ingest.run_step add column note text',
  `comment on column ingest.run_step.note is 'Why a dataset was loaded in full'`,

  `alter table ingest.staged
    add column base_snapshot_id text,
    add column inserted bigint not null default 0,
    add column updated bigint not null default 0,
    add column deleted bigint not null default 0,
    add column sorted boolean not null default false`,
  `comment on column ingest.staged.base_snapshot_id is 'When only changes are staged: the snapshot they start from'`,

  `alter table ingest.data_control
    add column sorted boolean not null default false,
    add column churn bigint not null default 0,
    add column orphans_of uuid`,
  `comment on column ingest.data_control.sorted is 'Whether the snapshot is in the order of its keys, so that another can be compared with it'`,
  `comment on column ingest.data_control.churn is 'Rows updated or deleted since the table was last vacuumed'`,
  `comment on column ingest.data_control.orphans_of is 'The run after which orphans were counted'`,

  'create sequence ingest.change_id',
  `create table ingest.change (
    id bigint not null default nextval('ingest.change_id'),
    run_id uuid not null,
    dataset text not null,
    kind text not null check (kind in ('insert', 'update', 'delete')),
    key text collate "C" not null,
    before jsonb,
    after jsonb,
    at timestamptz not null default now()
  ) partition by list (run_id)`,
  'create index change_id_idx on ingest.change (id)',
  'create index change_dataset_key_idx on ingest.change (dataset, key)',
  `comment on table ingest.change is 'What refreshes have done to the published rows, a partition for each run'`,
  `comment on column ingest.change.id is 'Goes up with time'`,
  `comment on column ingest.change.key is 'The row''s id, with its ordering after a space where it has one'`,
  `comment on column ingest.change.before is 'The row before it, under the columns'' names; null for an insert'`,
  `comment on column ingest.change.after is 'The row after it; null for a delete'`,
];
