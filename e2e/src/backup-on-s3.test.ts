import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createTestDatabase } from '@marquee/catalogue/testing';
import { expect, it, onTestFinished } from 'vitest';
import { BUCKET, startS3 } from './test-bucket.ts';

const ROOT = join(import.meta.dirname, '../..');

it(
  'a backup goes to S3, encrypted, and is verified and restored from there',
  { tags: ['long'] },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'marquee-backup-s3-'));
    onTestFinished(async () => rm(folder, { recursive: true }));
    const port = await startS3();
    const run = async (program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
      promisify(execFile)(process.execPath, [`apps/api/dist/${program}`, ...args], {
        cwd: ROOT,
        env: {
          ...process.env,
          SNAPSHOT_DIR: join(folder, 'snapshots'),
          BACKUP_DIR: folder,
          BACKUP_S3_URL: `s3://${BUCKET}/stack`,
          BACKUP_S3_ENDPOINT: `http://127.0.0.1:${port}`,
          BACKUP_IDENTITY_FILE: join(folder, 'identity'),
          ...env,
        },
      });
    const { stdout: identity, stderr: recipient } = await run('backup-key.js', []);
    await writeFile(join(folder, 'identity'), identity);
    const [, BACKUP_RECIPIENT = ''] = /BACKUP_RECIPIENT=(\S+)/u.exec(recipient) ?? [];
    const [from, to] = [await createTestDatabase(), await createTestDatabase()];
    onTestFinished(async () => {
      await from.remove();
      await to.remove();
    });
    await from.pool.query(
      `insert into access.key (id, name, role, hash) values ('019aaaaa-0000-7000-8000-000000000001', 'ada', 'admin', decode(repeat('0a', 32), 'hex'))`,
    );
    const made = await run('back-up.js', ['--store'], {
      DATABASE_URL: from.url,
      BACKUP_RECIPIENT,
    });
    expect(made.stdout).toMatch(/s3:\/\/films\/stack\/backups\/.*\.tar\.age, .*encrypted/u);
    // nothing stays on the disk
    expect(
      (await readdir(folder, { recursive: true })).filter((it) => it.includes('.tar')),
    ).toEqual([]);
    const wanted = { DATABASE_ADMIN_URL: to.url };
    expect((await run('restore.js', ['--store', '--verify'], wanted)).stdout).toContain(
      'is complete: 2 rows of',
    );
    expect((await to.pool.query('select from access.key')).rowCount).toBe(0);
    await run('restore.js', ['--store'], wanted);
    expect((await to.pool.query('select name, role from access.key')).rows).toEqual([
      { name: 'ada', role: 'admin' },
    ]);
  },
);
