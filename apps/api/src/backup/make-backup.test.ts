import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { useTestDatabase } from '@marquee/catalogue/testing';
import type { PathStore } from '@marquee/snapshots';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { findBackup, listBackups } from './backup-list.ts';
import { BackupConfig, openBackupStore } from './config.ts';
import { makeBackup } from './make-backup.ts';
import { openDescribed } from './described-files.ts';
import { verifyBackup } from './verify.ts';
import { withClient } from './with-client.ts';

const database = useTestDatabase();

let folder: string;
let store: PathStore;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'marquee-backups-'));
  onTestFinished(async () => rm(folder, { recursive: true }));
  store = await openBackupStore({
    ...BackupConfig.parse({ BACKUP_DIR: folder }),
    SNAPSHOT_DIR: folder,
    SNAPSHOT_S3_REGION: 'us-east-1',
  });
  await database.pool.query(
    `insert into access.key (id, name, role, hash) values ('019aaaaa-0000-7000-8000-000000000001', 'ada', 'admin', decode(repeat('0a', 32), 'hex'))`,
  );
});

async function make(keep = 7) {
  return withClient(database.url, async (client) =>
    makeBackup(client, { store, requestedBy: 'command', keep, keepMonthly: 0 }),
  );
}

async function verify() {
  const newest = await findBackup(store, undefined);
  return verifyBackup(database.url, await openDescribed(store, newest));
}

/** The list in the database. */
async function listed() {
  const { rows } = await database.pool.query<{ state: string; code: string | null }>(
    `select state, error ->> 'code' as code from ingest.backup order by started_at`,
  );
  return rows.map(({ state, code }) => (code === null ? state : `${state}: ${code}`));
}

const filesIn = async () =>
  (await readdir(join(folder, 'backups'))).filter((name) => !name.startsWith('.')).sort();

describe('the backup store', () => {
  it('has complete backups alone, which can be restored, and so many of them', async () => {
    const first = await make();
    // what a backup that died has left
    await writeFile(join(folder, 'backups/marquee-20200101T000000Z.tar'), 'part');
    const work = await store.workFolder();
    await writeFile(join(work, '20200101T000000Z'), 'part');
    // which is being written
    await writeFile(join(work, 'base-20200101T000000Z'), 'part');
    await database.pool.query(
      `insert into ingest.backup (id, requested_by) values ('1', 'schedule')`,
    );
    await sleep(1000);
    const second = await make(1);
    expect((await listBackups(store)).map(({ id }) => id)).toEqual([second.id]);
    expect(await filesIn()).toEqual([`marquee-${second.id}.json`, `marquee-${second.id}.tar`]);
    expect(await readdir(work)).toEqual(['base-20200101T000000Z']);
    expect(await listed()).toEqual(['removed', 'failed: died', 'done']);
    expect((await verify()).rows).toMatchObject({ 'access.key': 1 });
    await expect(findBackup(store, first.id)).rejects.toMatchObject({
      message: `There is no backup ${first.id} at ${join(folder, 'backups')}.`,
      hint: `There are: ${second.id}.`,
    });
    const { rows } = await database.pool.query(
      `select from pg_database where datname like 'marquee_verify_%'`,
    );
    expect(rows).toEqual([]);
  });

  it('tells of a byte that has changed in it', async () => {
    const { id } = await make();
    const path = join(folder, `backups/marquee-${id}.tar`);
    const content = await readFile(path);
    // in the padding of the last entry, which no checksum of an entry covers
    content[content.length - 1] = 1;
    await writeFile(path, content);
    await expect(verify()).rejects.toThrow('is not what was stored');
  });

  it('makes one at a time, and records one that fails', async () => {
    const client = await database.pool.connect();
    await client.query(`select pg_advisory_lock(hashtext('marquee backup'))`);
    await expect(make()).rejects.toMatchObject({ code: 'busy' });
    client.release(true);
    await writeFile(join(folder, 'backups'), 'no folder');
    await expect(make()).rejects.toThrow('backups');
    expect(await listed()).toEqual(['failed: backup-failed']);
  });
});
