import { randomUUID } from 'node:crypto';
import { Client, Pool } from 'pg';
import { beforeEach, inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /**
     * Of the cluster that all test files share, and of the database in it that they copy: see
     * vitest.global.ts.
     */
    templateUrl: string;
  }
}

/** A database of a test's own. */
export interface TestDatabase {
  readonly url: string;
  readonly pool: Pool;
  /** Removes the database. @throws when the test has left a connection open */
  remove(): Promise<void>;
}

/** Makes a migrated, empty database on a real PostgreSQL. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const template = new URL(inject('templateUrl'));
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const url = withDatabase(template, name);
  const maintenanceUrl = withDatabase(template, 'postgres');
  await run(maintenanceUrl, `create database ${name} template ${template.pathname.slice(1)}`);
  const pool = new Pool({ connectionString: url, application_name: 'the test itself' });
  // with the database, its last connections are cut
  pool.on('error', () => undefined);
  return {
    url,
    pool,
    async remove() {
      await pool.end();
      const left = await openConnections(maintenanceUrl, name);
      await run(maintenanceUrl, `drop database ${name} with (force)`);
      if (left.length > 0)
        throw new Error(`The test left ${left.length} connections open: ${left.join('; ')}`);
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

/** Who is still connected to a database once those who were just leaving have left. */
async function openConnections(url: string, name: string): Promise<string[]> {
  for (let patience = 20; ; patience--) {
    const rows = await run(
      url,
      `select coalesce(nullif(application_name, ''), 'unnamed') || ': ' || left(query, 100) as who from pg_stat_activity where datname = '${name}'`,
    );
    if (rows.length === 0 || patience === 0) return rows.map(({ who }) => String(who));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function run(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

function withDatabase(url: URL, name: string): string {
  const other = new URL(url);
  other.pathname = `/${name}`;
  return other.toString();
}
