import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UrlClient } from '@marquee/postgres/url-client';
import { escapeIdentifier, escapeLiteral, type Client } from 'pg';
import { migrate } from './database.ts';
import { SERVER_SQL } from './free-space.ts';
import { SESSION } from './session.ts';

const ROLES_SQL = readFileSync(join(import.meta.dirname, '../sql/roles.sql'), 'utf8');

/** The role that runs migrations. Nobody else connects as it, so its password is new each time. */
const OWNER = 'marquee_owner';

/**
 * Sets up a database for roles of little privilege: creates the roles of roles.sql, gives them what
 * each needs, and runs the migrations as their owner. Changes nothing that is there already, except
 * that what a superuser owned in a database of an earlier version goes to these roles.
 *
 * @param adminUrl of the database, as a superuser
 * @param passwords by role, such as `marquee_api`; a role without one keeps its own
 * @param prepare what else the owner creates, with the URL to connect as it
 */
export async function setUpDatabase(
  adminUrl: string,
  passwords: Readonly<Record<string, string>>,
  prepare: (ownerUrl: string) => Promise<void>,
): Promise<void> {
  const client = new UrlClient({ connectionString: adminUrl, options: SESSION });
  await client.connect();
  try {
    const ownerPassword = randomBytes(24).toString('hex');
    await inOneTransaction(client, [
      SERVER_SQL,
      ROLES_SQL,
      // statements that fail are logged as they are
      `set local log_statement = 'none'; set local log_min_error_statement = 'panic'`,
      ...Object.entries({ ...passwords, [OWNER]: ownerPassword }).map(
        ([role, password]) =>
          `alter role ${escapeIdentifier(role)} password ${escapeLiteral(password)}`,
      ),
    ]);
    const owner = new URL(adminUrl);
    owner.username = OWNER;
    owner.password = ownerPassword;
    await migrate(owner.href);
    await prepare(owner.href);
    // privileges on what the migrations have made
    await inOneTransaction(client, [ROLES_SQL]);
  } finally {
    await client.end();
  }
}

async function inOneTransaction(client: Client, statements: readonly string[]): Promise<void> {
  await client.query('begin');
  for (const statement of statements) await client.query(statement);
  await client.query('commit');
}
