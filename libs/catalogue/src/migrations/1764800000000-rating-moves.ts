import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The titles whose ratings moved most at each publish, for charts over several of them. */
export class RatingMoves1764800000000 implements MigrationInterface {
  readonly name = 'RatingMoves1764800000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table ingest.rating_move');
  }
}

const STATEMENTS = [
  `create table ingest.rating_move (
    run_id uuid not null references ingest.run on delete cascade,
    tconst text collate "C" not null,
    rating_before numeric,
    votes_before integer,
    rating_after numeric not null,
    votes_after integer not null,
    primary key (run_id, tconst)
  )`,
  'create index rating_move_tconst_idx on ingest.rating_move (tconst)',
  `comment on table ingest.rating_move is 'The titles whose votes or rating moved most at each refresh of title.ratings; all changes are in ingest.change'`,
  `comment on column ingest.rating_move.rating_before is 'Null for a title that was not rated before'`,
];
