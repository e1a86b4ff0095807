import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The secret that a webhook had before its present one, so that a change fails no delivery. */
export class WebhookSecrets1765050000000 implements MigrationInterface {
  readonly name = 'WebhookSecrets1765050000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'alter table access.webhook drop column previous_secret, drop column previous_secret_until',
    );
  }
}

const STATEMENTS = [
  `alter table access.webhook add column previous_secret bytea, add column previous_secret_until timestamptz`,
  `comment on column access.webhook.previous_secret is 'Signs deliveries too, beside the present secret, until previous_secret_until'`,
];
