import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Snapshots are compared in any order. Instead of the order, a comparison needs to know whether keys
 * are repeated in the published snapshot.
 */
export class AnyOrder1764200000000 implements MigrationInterface {
  readonly name = 'AnyOrder1764200000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['ingest.data_control', 'ingest.staged']) {
      await runner.query(`alter table ${table} add column sorted boolean not null default false`);
      await runner.query(`alter table ${table} drop column repeats`);
    }
    await runner.query(
      `comment on column ingest.data_control.sorted is 'Whether the snapshot is in the order of its keys, so that another can be compared with it'`,
    );
  }
}

const STATEMENTS = [
  'alter table ingest.staged drop column sorted, add column repeats bigint not null default 0',
  'alter table ingest.data_control drop column sorted, add column repeats bigint not null default 0',
  // unknown for what is published already: an upper bound, which costs a read to check
  'update ingest.data_control set repeats = rejects',
  `comment on column ingest.data_control.repeats is 'Rejects whose key came before in the snapshot'`,
];
