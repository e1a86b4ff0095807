import { randomUUID } from 'node:crypto';
import { Client, Pool } from 'pg';
import { beforeEach, inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of the migrated, empty database on the cluster that all test files share: see vitest.global.ts. */
    templateUrl: string;
    /** The folder of files that tests share. It is removed after the run. */
    sharedFolder: string;
  }
}

/** The database of one test. */
export interface TestDatabase {
  readonly url: string;
  readonly pool: Pool;
  /** Removes the database. @throws when the test has left a connection open */
  remove(): Promise<void>;
}

/**
 * Copies a database on the cluster that all test files share.
 *
 * @param template by default the migrated, empty database
 */
export async function createTestDatabase(template = emptyTemplate()): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const url = urlOf(name);
  // takes 25 ms; the other strategy, which logs each page, takes 65 to 100
  await maintain(`create database ${name} template ${template} strategy file_copy`);
  const pool = new Pool({ connectionString: url, application_name: 'the test itself' });
  // dropping the database ends connections that are still open
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

/** Gives each test of a file a database of its own. */
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
 * @param make is called once, with the URL of a copy of the empty database; it must close its
 *   connections
 */
export async function shareTemplate(
  name: string,
  make: (url: string) => Promise<void>,
): Promise<void> {
  const client = new Client({ connectionString: urlOf('postgres') });
  await client.connect();
  try {
    // test files in other processes wait here; the lock ends with the connection
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

/** The connections to a database that stay open for a second. */
async function openConnections(name: string): Promise<string[]> {
  for (let tries = 20; ; tries--) {
    const rows = await maintain(
      `select coalesce(nullif(application_name, ''), 'unnamed') || ': ' || left(query, 100) as who
       from pg_stat_activity where datname = '${name}'`,
    );
    if (rows.length === 0 || tries === 0) return rows.map(({ who }) => String(who));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Runs a statement outside the tests' databases. */
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
