import type { Database } from './database.ts';

/** Publishes are hours apart: two in a row have another cause than bad luck. */
const MAX_TRIES = 3;

/**
 * Runs several reads that have to agree with each other, and repeats them if something was published
 * in between, or if some of them went to another server.
 */
export async function consistentRead<T>(database: Database, read: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    const before = await readVersion(database);
    const result = await read();
    if (tries === MAX_TRIES || (await readVersion(database)) === before) return result;
  }
}

async function readVersion(database: Database): Promise<string> {
  const [published] = await database.read<{ version: string | null }>(
    {
      name: 'published version',
      text: 'select max(upload_date)::text as version from ingest.data_control',
    },
    [],
  );
  return `${database.lostServers} ${published?.version ?? ''}`;
}
