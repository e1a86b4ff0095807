import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Ids in order of time, made by the database: inserts need not name them. */
export class DefaultIds1764500000000 implements MigrationInterface {
  readonly name = 'DefaultIds1764500000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of TABLES)
      await runner.query(`alter table ${table} alter column id set default uuidv7()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of TABLES)
      await runner.query(`alter table ${table} alter column id drop default`);
  }
}

const TABLES = ['ingest.run', 'access.webhook', 'access.webhook_delivery'];
