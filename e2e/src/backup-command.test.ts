import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@marquee/process';
import { expect, it, onTestFinished } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

it(
  'a backup brings the keys back after the data folder is lost, to a stack in which nobody is superuser',
  { tags: ['long'] },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'marquee-backup-command-'));
    // as root, PostgreSQL runs as another user, who needs access
    await chmod(folder, 0o755);
    const data = join(folder, 'data');
    const env = {
      ...process.env,
      DATA_DIR: data,
      CHOSEN: 'embedded',
      API_PORT: String(await freePort()),
      POSTGRES_PORT: String(await freePort()),
    };
    const run = (...command: string[]) => {
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        ['apps/embedded/dist/main.js', ...command],
        { cwd: ROOT, encoding: 'utf8', env },
      );
      return { status, said: stdout + stderr };
    };
    onTestFinished(async () => {
      run('down');
      await rm(folder, { recursive: true, force: true });
    });
    const made = run('key', '--role', 'admin', '--name', 'ada');
    expect(made.status, made.said).toBe(0);
    const [key = ''] = /mq_[\w-]+/u.exec(made.said) ?? [];
    const file = join(folder, 'marquee.tar');
    const backup = run('backup', `--file=${file}`);
    expect(backup.status, backup.said).toBe(0);
    expect(backup.said).toContain('key 1');
    await rm(data, { recursive: true });

    const restored = run('restore', `--file=${file}`);
    expect(restored.status, restored.said).toBe(0);
    expect(run('restore', `--file=${file}`)).toMatchObject({
      status: 1,
      said: expect.stringContaining('The database has 1 keys') as string,
    });
    const up = run('up');
    expect(up.status, up.said).toBe(0);
    const keys = async (secret: string) =>
      fetch(`http://127.0.0.1:${env.API_PORT}/keys`, {
        headers: { authorization: `Bearer ${secret}` },
      });
    const answer = await keys(key);
    expect(answer.status).toBe(200);
    expect(JSON.stringify(await answer.json())).toContain('"name":"ada"');
    expect((await keys(`${key}x`)).status).toBe(401);
    expect(run('wait-until-ready')).toMatchObject({ status: 0 });
    // what people are given is the reader's URL
    expect(run('db-url').said).toMatch(
      /^postgres:\/\/marquee_reader:\w+@127\.0\.0\.1:\d+\/marquee\n$/u,
    );
    expect(run('db-url', '--role=owner').said).toContain('it can be reader');
  },
);
