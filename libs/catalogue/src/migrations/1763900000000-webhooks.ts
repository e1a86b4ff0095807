import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Publications, as positions in the change feed; and webhooks, which are called for them. */
export class Webhooks1763900000000 implements MigrationInterface {
  readonly name = 'Webhooks1763900000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table access.webhook_delivery');
    await runner.query('drop table access.webhook');
    await runner.query('drop index ingest.change_dataset_kind_id_idx');
    await runner.query('drop trigger note_publication on ingest.data_control');
    await runner.query('drop function ingest.note_publication');
    await runner.query('drop table ingest.publication');
  }
}

const STATEMENTS = [
  `create table ingest.publication (
    id bigint primary key,
    run_id uuid not null,
    dataset text not null,
    kind text not null check (kind in ('changes', 'reload')),
    inserted bigint not null,
    updated bigint not null,
    deleted bigint not null,
    rows bigint not null,
    snapshot_id text not null,
    at timestamptz not null,
    unique (run_id, dataset)
  )`,
  `comment on table ingest.publication is 'What each run has published of each dataset: changes, or the whole of it anew'`,
  `comment on column ingest.publication.id is 'Its place among the ids of ingest.change: after all changes of its run, before those of the next'`,
  `comment on column ingest.publication.kind is 'changes: the rows are in ingest.change; reload: the table was replaced, and no changes were kept'`,
  `comment on column ingest.publication.rows is 'Rows of the dataset from then on'`,

  // a trigger, so that no publish goes unrecorded. A publish that was not staged as changes counts as
  // a reload, which costs readers more
  `create or replace function ingest.note_publication() returns trigger language plpgsql as $$
  declare
    staged ingest.staged;
  begin
    select * into staged from ingest.staged s where s.run_id = new.run_id and s.dataset = new.dataset and s.base_snapshot_id is not null;
    insert into ingest.publication (id, run_id, dataset, kind, inserted, updated, deleted, rows, snapshot_id, at)
    values (nextval('ingest.change_id'), new.run_id, new.dataset, case when staged.run_id is null then 'reload' else 'changes' end,
      coalesce(staged.inserted, 0), coalesce(staged.updated, 0), coalesce(staged.deleted, 0), new.rows, new.snapshot_id, clock_timestamp());
    return null;
  end $$`,
  `create trigger note_publication after update of run_id on ingest.data_control for each row
    when (new.status = 'published' and new.run_id is distinct from old.run_id) execute function ingest.note_publication()`,
  // readers of older positions get one reload of everything
  `insert into ingest.publication (id, run_id, dataset, kind, inserted, updated, deleted, rows, snapshot_id, at)
   select nextval('ingest.change_id'), run_id, dataset, 'reload', 0, 0, 0, rows, snapshot_id, now() from ingest.data_control where status = 'published'`,

  'create index change_dataset_kind_id_idx on ingest.change (dataset, kind, id)',

  // apart from ingest, which SQL users may be allowed to read; it may exist already, if somebody has
  // dropped an older ingest
  'create schema if not exists access',
  `create table if not exists access.webhook (
    id uuid primary key,
    url text not null,
    secret bytea not null,
    datasets text[],
    kinds text[],
    active boolean not null default true,
    created_at timestamptz not null default now(),
    seen_id bigint not null
  )`,
  `comment on table access.webhook is 'Who is told of what is published'`,
  `comment on column access.webhook.secret is 'Signs what is sent; never shown again'`,
  `comment on column access.webhook.datasets is 'Of which datasets it is told; null: of all'`,
  `comment on column access.webhook.kinds is 'Of which kinds of change: insert, update, delete, reload; null: of all'`,
  `comment on column access.webhook.seen_id is 'The last ingest.publication for which its deliveries have been made'`,
  'update access.webhook set seen_id = (select coalesce(max(id), 0) from ingest.publication)',

  `create table if not exists access.webhook_delivery (
    id uuid primary key,
    webhook_id uuid not null references access.webhook on delete cascade,
    run_id uuid,
    type text not null,
    body text not null,
    state text not null default 'waiting' check (state in ('waiting', 'delivered', 'failed')),
    tries integer not null default 0,
    attempts jsonb not null default '[]',
    created_at timestamptz not null default now(),
    next_attempt_at timestamptz default now(),
    ended_at timestamptz,
    unique (webhook_id, run_id),
    check ((state = 'waiting') = (next_attempt_at is not null)),
    check ((state = 'waiting') = (ended_at is null))
  )`,
  `comment on table access.webhook_delivery is 'What webhooks were or are to be told: one delivery for each run'`,
  `comment on column access.webhook_delivery.run_id is 'The run that published; null for a test'`,
  `comment on column access.webhook_delivery.body is 'What is sent, byte for byte, at every attempt'`,
  `comment on column access.webhook_delivery.tries is 'Attempts begun; one more than ended ones while it is being sent'`,
  `comment on column access.webhook_delivery.next_attempt_at is 'When it is due; while it is being sent, when it is taken for lost'`,
  `create index if not exists webhook_delivery_next_attempt_at_idx on access.webhook_delivery (next_attempt_at) where state = 'waiting'`,
];
