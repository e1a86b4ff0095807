import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createLog } from '@marquee/process';
import { takePort } from '@marquee/process/testing';
import { readState } from '@marquee/stack';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type Config, readEmbeddedConfig } from '../config.ts';
import { backoff, type ChildSpec } from './child.ts';
import { Supervisor, type SupervisorOptions } from './supervisor.ts';

let root: string;
let config: Config;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'marquee-embedded-'));
  config = readEmbeddedConfig({ API_PORT: '0', POSTGRES_PORT: '0' }, root);
  // as root, the data folder itself is given to PostgreSQL's account
  config = {
    ...config,
    paths: { ...config.paths, postgres: mkdtempSync(join(tmpdir(), 'marquee-embedded-postgres-')) },
  };
  for (const [name, source] of Object.entries(STAND_INS))
    writeFileSync(join(root, `${name}.mjs`), source);
  const folders = [root, config.paths.postgres];
  // runs last: what the test itself registers is stopped before
  onTestFinished(() =>
    folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })),
  );
});

const NOTE = `
  import { appendFileSync } from 'node:fs';
  const note = (what) => appendFileSync('events', process.env.NAME + ' ' + what + '\\n');`;

/** Programs that stand in for the apps. */
const STAND_INS = {
  /** Behaves as runProcess lets an app behave. */
  steady: `${NOTE}
    process.on('disconnect', () => { note('left alone'); process.exit(); });
    process.on('SIGTERM', () => setTimeout(() => { note('stopped'); process.exit(); }, 100));
    process.on('SIGINT', () => note('interrupted'));
    setInterval(() => {}, 1e6);
    note('pid ' + process.pid);
    process.send('ready');`,
  /** Crashes before it is up. */
  broken: `${NOTE} note('started'); process.exit(3);`,
  /** Is up, and after it was killed crashes five times before it is up again. */
  shaken: `${NOTE}
    import { readFileSync } from 'node:fs';
    const before = readFileSync('events', 'utf8').split('\\n').filter((line) => line === process.env.NAME + ' started').length;
    note('started');
    if (before > 0 && before <= 5) process.exit(3);
    process.on('disconnect', () => process.exit());
    process.on('SIGTERM', () => process.exit());
    setInterval(() => {}, 1e6);
    note('pid ' + process.pid);
    process.send('ready');`,
  /** Reports a fault in its configuration, as readConfigOrExit does. */
  misconfigured: `${NOTE} note('started'); process.send({ fault: 'The configuration has a fault. Or: make key NAME=me' }, () => process.exit(78));`,
  /** Ignores SIGTERM. */
  deaf: `${NOTE} process.on('SIGTERM', () => note('deaf')); setInterval(() => {}, 1e6); note('pid ' + process.pid); process.send('ready');`,
};

function standIn(name: string, program: keyof typeof STAND_INS): ChildSpec {
  return {
    name,
    args: [join(root, `${program}.mjs`)],
    cwd: root,
    env: { NAME: name },
    readyWhen: 'ready',
  };
}

function supervise(
  children: SupervisorOptions['children'],
  options: Partial<SupervisorOptions> = {},
): Supervisor {
  const supervisor = new Supervisor({
    config,
    children,
    log: createLog('supervisor', 'silent'),
    postgresLog: () => undefined,
    output: () => 'inherit',
    onCrash: 'restart',
    postgresSettings: { fsync: 'off' },
    backoffMs: 10,
    ...options,
  });
  onTestFinished(async () => supervisor.kill());
  return supervisor;
}

function events(): string[] {
  const file = join(root, 'events');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
}

/** The pids of a stand-in so far. */
function pidsOf(name: string): number[] {
  return events()
    .filter((event) => event.startsWith(`${name} pid `))
    .map((event) => Number(event.split(' ')[2]));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(20);
}

function statesOf(supervisor: Supervisor): Record<string, string> {
  return Object.fromEntries(supervisor.processes.map(({ name, state }) => [name, state]));
}

describe('the supervisor', () => {
  it('starts all, writes its state, and stops in reverse order, PostgreSQL last', async () => {
    const supervisor = supervise(() => [
      standIn('downloader', 'steady'),
      standIn('loader', 'steady'),
      standIn('api', 'steady'),
    ]);
    const { databaseUrl } = await supervisor.start();
    expect(readState(config.paths)).toMatchObject({
      pid: process.pid,
      databaseUrl,
      processes: ['supervisor', 'postgres', 'downloader', 'loader', 'api'].map((name) => ({
        name,
        state: 'running',
      })),
    });
    const postgres = supervisor.processes.find(({ name }) => name === 'postgres')?.pid ?? 0;
    expect(isAlive(postgres)).toBe(true);
    await supervisor.stop();
    expect(events().filter((event) => event.endsWith('stopped'))).toEqual([
      'api stopped',
      'loader stopped',
      'downloader stopped',
    ]);
    expect(isAlive(postgres)).toBe(false);
    expect(readState(config.paths)).toBeNull();
  });

  it('restarts a child that was killed', { tags: ['long'] }, async () => {
    const supervisor = supervise(() => [standIn('loader', 'steady')]);
    await supervisor.start();
    process.kill(pidsOf('loader')[0] ?? 0, 'SIGKILL');
    await until(
      () => pidsOf('loader').length === 2 && statesOf(supervisor)['loader'] === 'running',
    );
    expect(isAlive(pidsOf('loader')[1] ?? 0)).toBe(true);
  });

  it('restarts a child that was up, however often it crashes', { tags: ['long'] }, async () => {
    writeFileSync(join(root, 'events'), '');
    const supervisor = supervise(() => [standIn('loader', 'shaken')]);
    await supervisor.start();
    process.kill(pidsOf('loader')[0] ?? 0, 'SIGKILL');
    await until(
      () => pidsOf('loader').length === 2 && statesOf(supervisor)['loader'] === 'running',
    );
    expect(events().filter((event) => event === 'loader started')).toHaveLength(7);
  });

  it('waits longer after each crash, up to half a minute', () => {
    expect([1, 2, 3, 6, 7, 8, 5000].map((crashes) => backoff(crashes, 500))).toEqual([
      500, 1000, 2000, 16_000, 30_000, 30_000, 30_000,
    ]);
  });

  it('gives up at once on a child whose configuration has a fault, with the stack named in its make commands', async () => {
    const supervisor = supervise(() => [
      { ...standIn('loader', 'misconfigured'), env: { NAME: 'loader', DATA_DIR: 'data/sample' } },
    ]);
    await expect(supervisor.start()).rejects.toThrow(
      'loader: The configuration has a fault. Or: DATA_DIR=data/sample make key NAME=me',
    );
    expect(events()).toEqual(['loader started']);
  });

  it(
    'gives up on a child that crashes again and again, and stops the rest if not all was up',
    { tags: ['long'] },
    async () => {
      const supervisor = supervise(() => [standIn('loader', 'steady'), standIn('api', 'broken')]);
      await expect(supervisor.start()).rejects.toThrow(
        /api ended 4 times shortly after its start \(with code 3\)/u,
      );
      expect(events().filter((event) => event === 'api started')).toHaveLength(4);
      expect(pidsOf('loader').some(isAlive)).toBe(false);
      expect(statesOf(supervisor)).toMatchObject({
        postgres: 'stopped',
        loader: 'stopped',
        api: 'failed',
      });
    },
  );

  it('waits for a restart after a crash during development', { tags: ['long'] }, async () => {
    const supervisor = supervise(() => [standIn('api', 'steady')], { onCrash: 'wait' });
    await supervisor.start();
    process.kill(pidsOf('api')[0] ?? 0, 'SIGKILL');
    await until(() => statesOf(supervisor)['api'] === 'waiting');
    supervisor.restart(() => true);
    await until(() => statesOf(supervisor)['api'] === 'running');
    expect(pidsOf('api')).toHaveLength(2);
  });

  it('rejects a data folder that another supervisor uses', { tags: ['long'] }, async () => {
    await supervise(() => []).start();
    await expect(supervise(() => []).start()).rejects.toThrow(/is up already \(pid \d+\)/u);
  });

  it('names a taken port of the API, and how to set another, before it starts anything', async () => {
    const port = await takePort();
    config = { ...config, apiPort: port };
    await expect(supervise(() => []).start()).rejects.toThrow(
      new RegExp(`Port ${port} .*Set API_PORT`, 'su'),
    );
  });

  it('kills all at once, also a child that ignores SIGTERM', { tags: ['long'] }, async () => {
    const supervisor = supervise(() => [standIn('api', 'deaf')]);
    await supervisor.start();
    const postgres = supervisor.processes.find(({ name }) => name === 'postgres')?.pid ?? 0;
    const stopped = supervisor.stop();
    await until(() => events().includes('api deaf'));
    await supervisor.kill();
    await stopped;
    expect([...pidsOf('api'), postgres].some(isAlive)).toBe(false);
  });
});

describe('a supervisor in its own process', () => {
  /** Runs a supervisor as the commands do, in its own process group, as a shell does. */
  async function inItsOwnProcess() {
    const script = `
      const { Supervisor } = await import('./supervisor.ts');
      const { runInForeground } = await import('./foreground.ts');
      const { createLog } = await import('@marquee/process');
      const config = ${JSON.stringify(config)};
      const children = ${JSON.stringify(['downloader', 'loader', 'api'].map((name) => standIn(name, 'steady')))};
      const supervisor = new Supervisor({ config, children: () => children, log: createLog('supervisor', 'silent'), postgresLog() {}, output: () => 'inherit',
        onCrash: 'restart', postgresSettings: { fsync: 'off' } });
      process.exit(await runInForeground(supervisor, async () => process.send(supervisor.processes)));`;
    const child = spawn(
      process.execPath,
      ['--conditions=@marquee/source', '--input-type=module', '--eval', script],
      {
        cwd: fileURLToPath(new URL('.', import.meta.url)),
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
        detached: true,
      },
    );
    onTestFinished(() => void child.kill('SIGKILL'));
    const early = once(child, 'exit').then(() =>
      Promise.reject(new Error('The supervisor ended before all was up')),
    );
    const [processes] = (await Promise.race([once(child, 'message'), early])) as [
      { pid: number }[],
    ];
    return { child, pids: processes.map(({ pid }) => pid) };
  }

  it('leaves no process when it is killed', { tags: ['long'] }, async () => {
    const { child, pids } = await inItsOwnProcess();
    expect(pids.filter(isAlive)).toHaveLength(5);
    child.kill('SIGKILL');
    await until(() => !pids.some(isAlive));
    expect(events().filter((event) => event.endsWith('left alone'))).toHaveLength(3);
  });

  it(
    'stops all in order on Ctrl-C, which reaches only the supervisor',
    { tags: ['long'] },
    async () => {
      const { child, pids } = await inItsOwnProcess();
      // a terminal sends the signal to the whole process group
      process.kill(-(child.pid ?? 0), 'SIGINT');
      const [code] = (await once(child, 'exit')) as [number];
      expect(code).toBe(0);
      expect(events().filter((event) => /stopped|interrupted/u.test(event))).toEqual([
        'api stopped',
        'loader stopped',
        'downloader stopped',
      ]);
      expect(pids.some(isAlive)).toBe(false);
    },
  );
});
