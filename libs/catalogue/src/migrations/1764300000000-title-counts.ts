import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The loader builds `search.title_count` in place of `search.title_figure`, which nothing reads. */
export class TitleCounts1764300000000 implements MigrationInterface {
  readonly name = 'TitleCounts1764300000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('drop table if exists search.title_figure');
  }

  /** A loader of the version before builds the table when it is missing. */
  down(): Promise<void> {
    return Promise.resolve();
  }
}
