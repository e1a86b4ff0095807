import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { migrate } from '@marquee/catalogue';
import { escapeIdentifier } from 'pg';
import type { FileStore } from '@marquee/snapshots';
import { Hashing, type Contents } from './format.ts';
import { nowhere } from './read-backup.ts';
import { restore } from './restore.ts';
import { withClient } from './with-client.ts';

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
