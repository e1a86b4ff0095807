import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { takePort } from '@marquee/process/testing';
import { Client } from 'pg';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { findBinaries } from './binaries/binaries.ts';
import { startPostgres, type Postgres, type PostgresOptions } from './server/server.ts';
import { readMachine } from './server/settings.ts';

/** Whether this machine has glibc, whose malloc the Linux builds of PostgreSQL use. */
const isGlibc =
  process.platform === 'linux' &&
  'glibcVersionRuntime' in (process.report.getReport() as { header: object }).header;

let dataFolder: string;

beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'marquee-postgres-'));
  dataFolder = folder;
  // runs last: what the test itself registers is stopped before
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

/** Starts PostgreSQL for one test, without waiting for the disk. */
async function start(options: Partial<PostgresOptions> = {}): Promise<Postgres> {
  const postgres = await startPostgres({
    dataFolder,
    port: 0,
    ...options,
    settings: { fsync: 'off', ...options.settings },
  });
  onTestFinished(async () => postgres.stop('immediate'));
  return postgres;
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

function isAlive(pid: number): boolean {
  return (
    existsSync(`/proc/${pid}`) && !/^State:\s+Z/mu.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  );
}

async function untilEnded(pid: number): Promise<void> {
  while (isAlive(pid)) await sleep(20);
}

/** Starts another process that runs the PostgreSQL of a folder, as a supervisor does. */
async function otherProcess(
  folder: string,
): Promise<{ process: ChildProcess; pid: number; url: string }> {
  const script = `
    const { startPostgres } = await import(${JSON.stringify(new URL('index.ts', import.meta.url).href)});
    const { pid, url } = await startPostgres({ dataFolder: ${JSON.stringify(folder)}, port: 0, settings: { fsync: 'off' } });
    console.log(JSON.stringify({ pid, url }));
    setInterval(() => {}, 1e6);`;
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  const child = spawn(
    process.execPath,
    ['--conditions=@marquee/source', '--input-type=module', '--eval', script],
    { cwd, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'exit').then(() =>
    Promise.reject(new Error('The other process ended before its PostgreSQL was up')),
  );
  const [line] = (await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    ended,
  ])) as [string];
  return { process: child, ...(JSON.parse(line) as { pid: number; url: string }) };
}

describe('starting and stopping', () => {
  it('starts cold, keeps its data, and starts warm with the same password, which only its account can read', async () => {
    const first = await start();
    await expect(query(first.url.replace(/:[^:@/]+@/u, ':wrong@'), 'select 1')).rejects.toThrow(
      /password authentication failed/u,
    );
    expect(statSync(join(dataFolder, 'password')).mode & 0o777).toBe(0o600);
    await query(first.url, 'create table kept as select 42 as answer');
    await first.stop();
    expect(await first.ended).toBe('code 0');
    const second = await start();
    expect(new URL(second.url).password).toBe(new URL(first.url).password);
    expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
  });

  it('loads the pages that were cached before the restart', { tags: ['long'] }, async () => {
    const before = await start();
    await query(
      before.url,
      'create extension pg_buffercache; create table film as select generate_series(1, 100000) as id',
    );
    await before.stop();
    const { url } = await start();
    const whole = `select count(*) = pg_relation_size('film') / 8192 as "isWhole" from pg_buffercache where relfilenode = pg_relation_filenode('film')`;
    await expect.poll(async () => query(url, whole)).toEqual([{ isWhole: true }]);
  });

  it(
    'is PostgreSQL 18, in UTF-8, ordered by code points, and has pg_trgm',
    { tags: ['long'] },
    async () => {
      const { url } = await start();
      const [row] = await query(
        url,
        `select current_setting('server_version_num')::int / 10000 as major, current_setting('server_encoding') as encoding,
              (select datlocprovider::text || datlocale from pg_database where datname = current_database()) as locale,
              (select count(*)::int from pg_available_extensions where name = 'pg_trgm') as trgm`,
      );
      expect(row).toEqual({ major: 18, encoding: 'UTF8', locale: 'bC.UTF-8', trgm: 1 });
    },
  );

  it('prefers given settings to the tuned ones', { tags: ['long'] }, async () => {
    const { url } = await start({ settings: { work_mem: '33MB' } });
    const rows = await query(
      url,
      `select name, setting from pg_settings where name in ('work_mem', 'wal_level', 'jit', 'listen_addresses') order by name`,
    );
    expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual({
      jit: 'off',
      listen_addresses: '127.0.0.1',
      wal_level: 'minimal',
      work_mem: String(33 * 1024),
    });
  });

  it.runIf(process.platform === 'linux')(
    'gives no process so much memory that the system would end all of them',
    { tags: ['long'] },
    async () => {
      const { url } = await start();
      const [row] = await query(url, `select pg_read_file('/proc/self/limits') as limits`);
      const limit = /^Max data size +(\d+) +(\d+) +bytes/mu.exec(String(row?.['limits']));
      const quarter = Math.max(readMachine().memory / 4, 2 * 2 ** 30);
      expect(Number(limit?.[1])).toBeGreaterThan(quarter - 1024);
      expect(Number(limit?.[1])).toBeLessThan(quarter + 1024);
      expect(limit?.[2]).toBe(limit?.[1]);
    },
  );

  it.runIf(isGlibc)(
    'keeps the memory of a statement for the next one',
    { tags: ['long'] },
    async () => {
      const { url } = await start();
      const client = new Client({ connectionString: url });
      await client.connect();
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
      // field 10 of the file: minor page faults
      const pageFaults = () =>
        Number(
          readFileSync(`/proc/${String(rows[0]?.pid)}/stat`, 'utf8')
            .split(') ')[1]
            ?.split(' ')[7],
        );
      const sorts = Array(24)
        .fill('(select n from generate_series(1, 2) as n order by n limit 1)')
        .join(' union all ');
      for (let i = 0; i < 20; i++) await client.query(sorts);
      const before = pageFaults();
      for (let i = 0; i < 50; i++) await client.query(sorts);
      // without it, 136 for each statement
      expect((pageFaults() - before) / 50).toBeLessThan(20);
      await client.end();
    },
  );

  it('starts again after an interrupted initdb', { tags: ['long'] }, async () => {
    mkdirSync(join(dataFolder, 'cluster.new'));
    writeFileSync(join(dataFolder, 'cluster.new', 'PG_VERSION'), '18\n');
    writeFileSync(join(dataFolder, 'password'), '');
    const { url } = await start();
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('includes the output of PostgreSQL if it does not start', { tags: ['long'] }, async () => {
    await expect(start({ settings: { no_such_setting: 1 } })).rejects.toThrow(
      /did not start.*no_such_setting/su,
    );
  });

  it('rejects data of another version', async () => {
    mkdirSync(join(dataFolder, 'cluster'));
    writeFileSync(join(dataFolder, 'cluster', 'PG_VERSION'), '17\n');
    await expect(start()).rejects.toThrow(/is of PostgreSQL 17; this is PostgreSQL 18/u);
  });

  it('names a port that is taken and the variable that sets it', async () => {
    const port = await takePort();
    await expect(start({ port, portVariable: 'POSTGRES_PORT' })).rejects.toThrow(
      new RegExp(`Port ${port} .* is taken .*Set POSTGRES_PORT`, 'su'),
    );
  });
});

// the test needs /proc, which only Linux has; the tested code works on macOS too
describe.runIf(process.platform === 'linux')(
  'the lifetime of a server and of the process that started it',
  { tags: ['long'] },
  () => {
    it('rejects a folder whose server belongs to a living process', async () => {
      const other = await otherProcess(dataFolder);
      await expect(start()).rejects.toThrow(/^Another process runs the PostgreSQL of/u);
      expect(await query(other.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    });

    it('stops when its process is killed, and the next start finds the data', async () => {
      const other = await otherProcess(dataFolder);
      await query(other.url, 'create table kept as select 42 as answer');
      other.process.kill('SIGKILL');
      await untilEnded(other.pid);
      const { url } = await start();
      expect(await query(url, 'select answer from kept')).toEqual([{ answer: 42 }]);
    });

    it('is stopped by the next start if it outlived its process nevertheless', async () => {
      const other = await otherProcess(dataFolder);
      // the children are PostgreSQL and the shell that watches: kill that one first
      const children = readFileSync(
        `/proc/${other.process.pid ?? 0}/task/${other.process.pid ?? 0}/children`,
        'utf8',
      )
        .trim()
        .split(' ')
        .map(Number);
      for (const pid of children) if (pid !== other.pid) process.kill(pid, 'SIGKILL');
      other.process.kill('SIGKILL');
      await once(other.process, 'exit');
      expect(isAlive(other.pid)).toBe(true);
      const lines: string[] = [];
      const { url } = await start({ log: (line) => lines.push(line) });
      expect(isAlive(other.pid)).toBe(false);
      expect(lines[0]).toContain(`pid ${other.pid}`);
      expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    });

    it('starts again after it was killed', async () => {
      const first = await start();
      process.kill(first.pid, 'SIGKILL');
      expect(await first.ended).toBe('SIGKILL');
      const second = await start();
      expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    });

    it('starts although another program has the pid of the last server', async () => {
      await (await start()).stop();
      writeFileSync(
        join(dataFolder, 'cluster', 'postmaster.pid'),
        `${process.pid}\n${dataFolder}/cluster\n0\n5432\n\n127.0.0.1\n\nready\n`,
      );
      const { url } = await start();
      expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    });
  },
);

describe('an unsuitable machine', () => {
  it('gets a list of the platforms with binaries', () => {
    expect(() => findBinaries(null, 'win32-x64')).toThrow(/npm has no PostgreSQL for win32-x64/u);
  });

  it('gets the command that installs a missing package', () => {
    const missing = process.platform === 'darwin' ? 'linux-arm64' : 'darwin-arm64';
    expect(() => findBinaries(null, missing)).toThrow(/npm ci/u);
  });

  it.runIf(process.getuid?.() === 0)(
    'gets a link to a folder that the account can reach, from one that only root can enter',
    async () => {
      const closed = join(dataFolder, 'closed');
      mkdirSync(closed, { mode: 0o700 });
      chmodSync(dataFolder, 0o755);
      const inside = join(closed, 'postgres');
      const first = await start({ dataFolder: inside });
      const real = realpathSync(inside);
      onTestFinished(() => rmSync(real, { recursive: true, force: true }));
      expect(real).toMatch(/^\/var\/lib\/marquee\/closed-postgres-/u);
      await query(first.url, 'create table kept as select 42 as answer');
      await first.stop();
      const second = await start({ dataFolder: inside });
      expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
    },
  );
});
