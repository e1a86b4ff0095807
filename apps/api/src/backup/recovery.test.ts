import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { startPostgres } from '@marquee/postgres';
import { identityToRecipient, generateX25519Identity } from 'age-encryption';
import { Client, Pool } from 'pg';
import { pack } from 'tar-stream';
import { expect, it, onTestFinished } from 'vitest';
import { baseBackup } from './base-backup.ts';
import { BackupConfig, openBackupStore } from './config.ts';
import { addDescribed } from './described-files.ts';
import { expireBases, listBases, makeBase, prepareRecovery } from './recovery.ts';

async function newFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'marquee-recovery-'));
  // as root, PostgreSQL runs as another user, who reads and writes the archive
  await chmod(folder, 0o755);
  await mkdir(join(folder, 'wal'));
  await chmod(join(folder, 'wal'), 0o777);
  onTestFinished(async () => rm(folder, { recursive: true, force: true }));
  return folder;
}

it(
  'a server is recovered to the time before rows were destroyed, and not to a later one',
  { tags: ['long'] },
  async () => {
    const folder = await newFolder();
    const wal = join(folder, 'wal');
    const server = await startPostgres({
      dataFolder: join(folder, 'postgres'),
      port: 0,
      settings: {
        wal_level: 'replica',
        max_wal_senders: 2,
        archive_mode: 'on',
        archive_command: `test ! -f "${wal}/%f" && cp "%p" "${wal}/.%f" && mv "${wal}/.%f" "${wal}/%f"`,
      },
    });
    onTestFinished(async () => server.stop('immediate'));
    const pool = new Pool({ connectionString: server.url });
    pool.on('error', () => undefined);
    await pool.query('create table kept (id int primary key, note text)');
    await pool.query(
      `insert into kept select n, repeat(md5(n::text), 20) from generate_series(1, 20000) n`,
    );
    const identity = await generateX25519Identity();
    await writeFile(join(folder, 'key'), identity);
    const store = await storeIn(folder);
    const base = await makeBase(server.url, store, await identityToRecipient(identity));
    expect(base.startWal).toMatch(/^[0-9A-F]{24}$/u);
    await pool.query(`insert into kept values (0, 'after the base backup')`);
    const { rows } = await pool.query<{ now: Date }>('select clock_timestamp() as now');
    const before = rows[0]?.now ?? new Date();
    await sleep(1000);
    await pool.query('delete from kept');
    await pool.query('select pg_switch_wal()');
    expect(await readdir(wal)).toContain(base.startWal);
    await expect.poll(async () => (await readdir(wal)).length).toBeGreaterThan(1);
    await pool.end();
    await server.stop('fast');

    const restored = join(folder, 'restored');
    await mkdir(restored);
    const into = join(restored, 'cluster');
    await expect(
      prepareRecovery({ store, to: new Date(0), into, walArchive: wal, identityFile: undefined }),
    ).rejects.toThrow('No base backup is older');
    const options = { store, to: before, into, walArchive: wal, identityFile: join(folder, 'key') };
    expect(await prepareRecovery(options)).toMatchObject({ id: base.id });
    await expect(prepareRecovery(options)).rejects.toThrow('is not empty');
    // the new server belongs to whom the old one did, and has its password
    spawnSync('cp', ['-p', join(folder, 'postgres/password'), restored]);
    spawnSync('chown', ['-R', `--reference=${join(folder, 'postgres')}`, restored]);
    const recovered = await startPostgres({
      dataFolder: restored,
      port: 0,
      settings: { wal_level: 'replica', max_wal_senders: 2 },
    });
    onTestFinished(async () => recovered.stop('immediate'));
    const found = new Pool({ connectionString: recovered.url });
    // the server may end a connection that is ending
    found.on('error', () => undefined);
    onTestFinished(async () => found.end());
    await expect
      .poll(
        async () => (await found.query<{ yes: boolean }>('select pg_is_in_recovery() as yes')).rows,
      )
      .toEqual([{ yes: false }]);
    const counted = await found.query(
      `select count(*)::int as rows, min(note) filter (where id = 0) as note from kept`,
    );
    expect(counted.rows).toEqual([{ rows: 20001, note: 'after the base backup' }]);

    // a second base backup lets the WAL before it go, once the first one has expired
    await makeBase(recovered.url, store, undefined);
    await expireBases(store, 2, wal);
    expect(await readdir(wal)).toContain(base.startWal);
    await expireBases(store, 1, wal);
    expect(await readdir(wal)).not.toContain(base.startWal);
    expect(await listBases(store)).toHaveLength(1);
  },
);

async function storeIn(folder: string) {
  return openBackupStore({
    ...BackupConfig.parse({ BACKUP_DIR: folder }),
    SNAPSHOT_DIR: folder,
    SNAPSHOT_S3_REGION: 'us-east-1',
  });
}

it.each(['../cluster-2/evil', '/../evil', 'base/../../evil'])(
  'writes no file of a base backup beside the data directory: %s',
  async (name) => {
    const folder = await newFolder();
    const store = await storeIn(folder);
    const archive = pack();
    archive.entry({ name: 'PG_VERSION', mode: 0o4755 }, '18');
    archive.entry({ name }, 'evil');
    archive.finalize();
    await addDescribed(store, 'base', async (output) => {
      output.end(gzipSync(await buffer(archive)));
      const file = 'backups/base/20260101T000000Z.tar.gz';
      return { id: '20260101T000000Z', createdAt: '2026-01-01', file, startWal: '0' };
    });
    const into = join(folder, 'cluster');
    const options = { store, to: null, into, walArchive: 'wal', identityFile: undefined };
    await expect(prepareRecovery(options)).rejects.toThrow(/which leads out of/u);
    expect(await readdir(folder)).toEqual(expect.not.arrayContaining(['cluster-2', 'evil']));
    expect((await stat(join(into, 'PG_VERSION'))).mode & 0o7777).toBe(0o755);
  },
);

it('refuses a description that does not fit into memory', async () => {
  const folder = await newFolder();
  await mkdir(join(folder, 'backups/base'), { recursive: true });
  await writeFile(join(folder, 'backups/base/20260101T000000Z.json'), '');
  await truncate(join(folder, 'backups/base/20260101T000000Z.json'), 2 ** 30);
  await expect(listBases(await storeIn(folder))).rejects.toThrow(
    /20260101T000000Z\.json has more than 16777216 bytes/u,
  );
});

it('is refused by a server that writes minimal WAL', { tags: ['long'] }, async () => {
  const folder = await newFolder();
  const server = await startPostgres({ dataFolder: join(folder, 'postgres'), port: 0 });
  onTestFinished(async () => server.stop('immediate'));
  const client = new Client({ connectionString: server.url });
  await client.connect();
  await expect(baseBackup(client, process.stdout)).rejects.toMatchObject({ code: 'wal-level' });
  await client.end();
  const store = await storeIn(folder);
  await expect(makeBase(server.url, store, undefined)).rejects.toMatchObject({
    message: expect.stringMatching(/max_wal_senders.* \(currently 0\)/u) as string,
    code: 'wal-level',
  });
});
