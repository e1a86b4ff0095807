import { errorMessage } from '@marquee/process/error-message';
import { UserError } from '@marquee/process';
import type { PathStore } from '@marquee/snapshots';
import type { ClientBase } from 'pg';
import { backUp, type BackUpOptions } from './back-up.ts';
import {
  backupId,
  backupPath,
  expireBackups,
  removeUnfinished,
  type StoredBackup,
} from './backup-list.ts';
import { addDescribed } from './described-files.ts';

export interface MakeBackupOptions extends BackUpOptions {
  readonly store: PathStore;
  readonly requestedBy: 'schedule' | 'command';
  /** How many of the newest are kept, and of how many months the first one. */
  readonly keep: number;
  readonly keepMonthly: number;
}

/** The advisory lock of the one process that makes a backup. */
const BACKUP_LOCK = 'marquee backup';

/**
 * Makes a backup in a store, records it in `ingest.backup`, and removes expired ones. One is made at a time.
 * A backup appears in the store once it is complete.
 *
 * @throws UserError if another one is being made
 */
export async function makeBackup(
  client: ClientBase,
  options: MakeBackupOptions,
): Promise<StoredBackup> {
  const { store, keep, keepMonthly } = options;
  const { rows } = await client.query<{ isFree: boolean }>(
    'select pg_try_advisory_lock(hashtext($1::text)) as "isFree"',
    [BACKUP_LOCK],
  );
  if (rows[0]?.isFree !== true)
    throw new UserError('Another backup is being made.', {
      hint: 'It appears in the store when it is complete.',
      code: 'busy',
    });
  const id = backupId(new Date());
  await client.query(
    `update ingest.backup set state = 'failed', ended_at = now(), error = $1::jsonb where state = 'running'`,
    [{ code: 'died', message: 'The process that made it has died.', hint: 'See its log.' }],
  );
  await client.query('insert into ingest.backup (id, requested_by) values ($1::text, $2::text)', [
    id,
    options.requestedBy,
  ]);
  try {
    await removeUnfinished(store);
    const backup = await write(client, id, options);
    await client.query(
      `update ingest.backup set state = 'done', ended_at = now(), location = $2::text, bytes = $3::bigint where id = $1::text`,
      [id, store.locationOf(backup.file), backup.bytes],
    );
    const expired = await expireBackups(store, keep, keepMonthly);
    await client.query(`update ingest.backup set state = 'removed' where id = any ($1::text[])`, [
      expired,
    ]);
    return backup;
  } catch (error) {
    await recordFailure(client, id, error);
    throw error;
  }
}

async function recordFailure(client: ClientBase, id: string, error: unknown): Promise<void> {
  const { code = 'backup-failed', hint = 'Read the log of the API, then try again: make backup' } =
    error instanceof UserError ? error : {};
  try {
    await client.query('rollback');
    await client.query(
      `update ingest.backup set state = 'failed', ended_at = now(), error = $2::jsonb where id = $1::text and state = 'running'`,
      [id, { code, message: errorMessage(error), hint }],
    );
  } catch {
    // without a connection, the next backup records it
  }
}

async function write(
  client: ClientBase,
  id: string,
  { store, ...options }: MakeBackupOptions,
): Promise<StoredBackup> {
  const isEncrypted = options.recipient !== undefined;
  return addDescribed(store, id, async (output) => {
    const { manifest, rows } = await backUp(client, output, options);
    const { version, format, migrations, createdAt } = manifest;
    const file = backupPath(id, isEncrypted);
    return { id, createdAt, version, format, migrations, rows, isEncrypted, file };
  });
}
