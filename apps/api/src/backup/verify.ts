import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { migrate } from '@marquee/catalogue';
import { UserError } from '@marquee/process';
import { UrlClient } from '@marquee/postgres/url-client';
import { escapeIdentifier, type Client } from 'pg';
import type { FileStore } from '@marquee/snapshots';
import { Hashing, type Contents } from './format.ts';
import { nowhere } from './read-backup.ts';
import { restore } from './restore.ts';

/**
 * Restores a backup into a database that is made for it and dropped afterwards. It reads every byte:
 * checksums, rows, and the SHA-256 of each delivery and picture.
 *
 * @param adminUrl of a role that may create databases
 * @throws UserError with what is wrong
 */
export async function verifyBackup(adminUrl: string, content: Readable): Promise<Contents> {
  const name = `marquee_verify_${randomUUID().replaceAll('-', '')}`;
  const scratch = new URL(adminUrl);
  scratch.pathname = `/${name}`;
  await maintain(adminUrl, `create database ${escapeIdentifier(name)}`);
  try {
    await migrate(scratch.href);
    return await withClient(scratch.href, async (client) =>
      restore(client, content, { replace: false, stores: HASHED }),
    );
  } finally {
    await maintain(adminUrl, `drop database if exists ${escapeIdentifier(name)} with (force)`);
  }
}

/** The content of a stored file, which fails at its end if the SHA-256 differs. */
export function checked(content: Readable, sha256: string, bytes: number): Readable {
  const hash = createHash('sha256');
  let found = 0;
  const chunks = async function* () {
    for await (const chunk of content as AsyncIterable<Buffer>) {
      hash.update(chunk);
      found += chunk.length;
      yield chunk;
    }
    if (found === bytes && hash.digest('hex') === sha256) return;
    throw new UserError(
      `The file of the backup is not what was stored: ${found} bytes, not ${bytes}, or another SHA-256.`,
      { hint: 'It was changed or damaged in the store. Use another backup.', code: 'damaged' },
    );
  };
  return Readable.from(chunks(), { objectMode: false });
}

/** A store that keeps nothing. */
const HASHING_STORE: FileStore = {
  put: async (content) => {
    const hashing = new Hashing();
    await pipeline(content, hashing, nowhere());
    return { sha256: hashing.digest(), bytes: hashing.bytes };
  },
  open: () => Promise.reject(new Error('This store keeps nothing.')),
  sizeOf: () => Promise.resolve(null),
  remove: () => Promise.resolve(),
};
const HASHED = { deliveries: HASHING_STORE, pictures: HASHING_STORE, snapshots: null };

async function maintain(adminUrl: string, statement: string): Promise<void> {
  await withClient(adminUrl, async (client) => client.query(statement));
}

/** Does work on a connection of its own. */
export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new UrlClient({
    connectionString: url,
    application_name: 'marquee backup',
    options: '-c search_path=pg_catalog',
  });
  // a lost connection rejects the statement that needs it
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
