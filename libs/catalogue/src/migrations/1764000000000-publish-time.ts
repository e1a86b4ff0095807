import type { MigrationInterface, QueryRunner } from 'typeorm';
import { notePublication } from './1763900000000-webhooks.ts';

/** One time for a publish, wherever it stands: the change feed has the one of the control table. */
export class PublishTime1764000000000 implements MigrationInterface {
  readonly name = 'PublishTime1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(notePublication('new.upload_date'));
    await runner.query(
      `comment on column ingest.run_step.note is 'What a refresh of the dataset has changed; or why the dataset was loaded in full, where only its changes could have been'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(notePublication('clock_timestamp()'));
    await runner.query(
      `comment on column ingest.run_step.note is 'Why a dataset was loaded in full'`,
    );
  }
}
