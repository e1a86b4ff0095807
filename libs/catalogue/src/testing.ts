import { randomUUID } from 'node:crypto';
import { Client, Pool } from 'pg';
import { beforeEach, inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of the cluster that all test files share, and of its migrated, empty database: see vitest.global.ts. */
    templateUrl: string;
    /** Where test files keep what they share. It is removed after the run. */
    sharedFolder: string;
  }
}

/** A database of a test's own. */
export interface TestDatabase {
  readonly url: string;
  readonly pool: Pool;
  /** Removes the database. @throws when the test has left a connection open */
  remove(): Promise<void>;
}

/**
 * Copies a database on the PostgreSQL that all test files share.
 *
 * @param template its name; the migrated, empty one when left out
 */
export async function createTestDatabase(template = emptyTemplate()): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const url = urlOf(name);
  // 25 ms where the other strategy, which logs each page, takes 65 to 100
  await maintain(`create database ${name} template ${template} strategy file_copy`);
  const pool = new Pool({ connectionString: url, application_name: 'the test itself' });
  // with the database, its last connections are cut
  pool.on('error', () => undefined);
  return {
    url,
    pool,
    async remove() {
      await pool.end();
      const left = await openConnections(name);
      await maintain(`drop database ${name} with (force)`);
      if (left.length > 0) {
        throw new Error(`The test left ${left.length} connections open: ${left.join('; ')}`);
      }
    },
  };
}

/** A database for each test of this file. */
export function useTestDatabase(): TestDatabase {
  const database = {} as TestDatabase;
  beforeEach(async () => {
    Object.assign(database, await createTestDatabase());
    return async () => database.remove();
  });
  return database;
}

/**
 * Makes a template once for all test files: a database in a state that many tests start from.
 *
 * @param name of the template, in lower case
 * @param make is called by whoever comes first, with the URL of a copy of the empty database; it closes its connections
 */
export async function shareTemplate(
  name: string,
  make: (url: string) => Promise<void>,
): Promise<void> {
  const client = new Client({ connectionString: urlOf('postgres') });
  await client.connect();
  try {
    // ends with the connection; test files in other processes wait here
    await client.query('select pg_advisory_lock(hashtext($1::text))', [name]);
    const { rowCount } = await client.query('select from pg_database where datname = $1::text', [
      name,
    ]);
    if (rowCount === 1) return;
    const draft = `draft_${name}`;
    await client.query(`drop database if exists ${draft} with (force)`);
    await client.query(`create database ${draft} template ${emptyTemplate()}`);
    await make(urlOf(draft));
    await client.query(`alter database ${draft} rename to ${name}`);
  } finally {
    await client.end();
  }
}

function emptyTemplate(): string {
  return new URL(inject('templateUrl')).pathname.slice(1);
}

/** Who is still connected to a database once those who were just leaving have left. */
async function openConnections(name: string): Promise<string[]> {
  for (let patience = 20; ; patience--) {
    const rows = await maintain(
      `select coalesce(nullif(application_name, ''), 'unnamed') || ': ' || left(query, 100) as who
       from pg_stat_activity where datname = '${name}'`,
    );
    if (rows.length === 0 || patience === 0) return rows.map(({ who }) => String(who));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Runs a statement beside the tests' databases. */
async function maintain(statement: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: urlOf('postgres') });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

function urlOf(database: string): string {
  const url = new URL(inject('templateUrl'));
  url.pathname = `/${database}`;
  return url.toString();
}
