import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@connectrpc/connect';
import { Published, Run, Title } from '@marquee/contract';
import { freePort } from '@marquee/process';
import { takePort } from '@marquee/process/testing';
import { Health, ServingStatus } from '@marquee/proto';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { PROTOCOLS } from './grpc-clients.ts';

const ROOT = join(import.meta.dirname, '../..');

/** One of a service that has it, one of an SDK that nothing here uses, and one of nobody's. */
const SECRETS = {
  API_ADMIN_KEY: `mq_${'k'.repeat(43)}`,
  AWS_SECRET_ACCESS_KEY: 'secret',
  GITHUB_TOKEN: 'secret',
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'marquee-demo-'));
  // as root, PostgreSQL runs as another user, who needs access; otherwise the data would be
  // elsewhere
  await chmod(folder, 0o755);
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/**
 * Runs the demo as `make demo` does, until it reports that it is up.
 *
 * @param data the DATA_DIR
 * @param grpcPort the GRPC_PORT; a free one by default
 */
async function startDemo(data = folder, grpcPort?: number) {
  const env = {
    ...process.env,
    DATA_DIR: data,
    DEMO_TITLES: '1000',
    API_PORT: String(await freePort()),
    GRPC_PORT: String(grpcPort ?? (await freePort())),
    POSTGRES_PORT: String(await freePort()),
    ...SECRETS,
  };
  const child = spawn(process.execPath, ['apps/embedded/dist/main.js', 'demo'], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  // a test that fails leaves no stack behind
  onTestFinished(async () => {
    child.kill('SIGINT');
    await ended;
  });
  let said = '';
  const up = new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (/curl .*\n.*curl .*\n.*curl .*\n/u.test(said)) resolve();
    });
    void ended.then(() => reject(new Error(`The demo ended before it was up: ${said}`)));
  });
  await up;
  const state = JSON.parse(await readFile(join(folder, 'demo/supervisor.json'), 'utf8')) as {
    processes: { name: string; pid: number }[];
  };
  return { child, ended, said: () => said, processes: state.processes };
}

/** Runs another command on the demo's data folder, as make does. */
function onDemo(...command: string[]): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['apps/embedded/dist/main.js', ...command],
    {
      cwd: ROOT,
      encoding: 'utf8',
      env: { ...process.env, DATA_DIR: join(folder, 'demo'), CHOSEN: 'embedded' },
    },
  );
  return { status, said: stdout + stderr };
}

/** The names of the secrets in the environment of a process, as others of its user see them. */
function secretsOf(pid: number): string[] {
  if (process.platform !== 'linux') return [];
  const names = readFileSync(`/proc/${pid}/environ`, 'utf8')
    .split('\0')
    .map((line) => line.split('=')[0] ?? '');
  const secret = [...Object.keys(SECRETS), 'DATABASE_URL', 'QUEUE_URL', 'READER_DATABASE_URL'];
  return names.filter((name) => secret.includes(name)).sort();
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Starts the demo once for each phase that the download must have ended with. */
async function expectServed(phases: readonly string[]): Promise<void> {
  for (const phase of phases) {
    // as if another stack were running
    const demo = await startDemo(folder, await takePort());
    expect(demo.processes.map(({ name }) => name)).toEqual([
      'supervisor',
      'postgres',
      'downloader',
      'loader',
      'extractor',
      'aggregator',
      'api',
    ]);
    expect(demo.processes.filter(({ pid }) => !isAlive(pid))).toEqual([]);
    const secrets = new Map(demo.processes.map(({ name, pid }) => [name, secretsOf(pid)] as const));
    if (process.platform === 'linux')
      expect(Object.fromEntries(secrets)).toEqual({
        // reads the settings, and hands them on
        supervisor: Object.keys(SECRETS),
        postgres: [],
        downloader: ['QUEUE_URL'],
        loader: ['DATABASE_URL', 'QUEUE_URL'],
        extractor: ['DATABASE_URL', 'QUEUE_URL'],
        aggregator: ['DATABASE_URL', 'QUEUE_URL'],
        api: ['API_ADMIN_KEY', 'DATABASE_URL', 'QUEUE_URL', 'READER_DATABASE_URL'],
      });
    // readers have priority if processors are short
    const niceness = Object.fromEntries(
      demo.processes.map(({ name, pid }) => [name, getPriority(pid) - getPriority()]),
    );
    expect(niceness).toEqual({
      supervisor: 0,
      postgres: 0,
      downloader: 5,
      loader: 5,
      extractor: 5,
      aggregator: 5,
      api: 0,
    });
    const links = /^ {2}Site {6}(?<site>\S+) {2}and a title: (?<title>\S+)$/mu.exec(demo.said());
    for (const url of [links?.groups?.['site'], links?.groups?.['title']])
      expect(
        (await fetch(String(url), { headers: { accept: 'text/html' } })).headers.get(
          'content-type',
        ),
      ).toContain('text/html');
    const grpcUrl = String(/^ {2}gRPC {6}(?<url>\S+)$/mu.exec(demo.said())?.groups?.['url']);
    const health = createClient(Health, PROTOCOLS.gRPC({ apiUrl: '', grpcUrl }));
    expect(await health.check({})).toMatchObject({ status: ServingStatus.SERVING });
    const urls = [...demo.said().matchAll(/curl '(?<url>[^']+)'/gu)].map((match) =>
      String(match.groups?.['url']),
    );
    expect(urls).toHaveLength(4);
    for (const url of urls) expect((await fetch(url)).status).toBe(200);
    const [title = '', , name = ''] = urls;
    const { primaryTitle, principals } = Title.parse(
      await (await fetch(`${title}?include=principals`)).json(),
    );
    expect(primaryTitle).not.toBe('');
    // the person has the lead of that title
    expect(
      principals?.items.find(({ category }) => category === 'actor' || category === 'actress')
        ?.nconst,
    ).toBe(name.split('/').pop());
    expect(Published.parse(await (await fetch(new URL('/published', title))).json())).toMatchObject(
      { isMadeUp: true, attribution: expect.stringContaining('made up') as string },
    );
    const runs = (await (await fetch(new URL('/runs?limit=1', title))).json()) as {
      items: unknown[];
    };
    const [run] = runs.items.map((item) => Run.parse(item));
    expect(run?.state).toBe('succeeded');
    expect(
      new Set(run?.steps.filter(({ job }) => job === 'download').map((step) => step.phase)),
    ).toEqual(new Set([phase]));
    demo.child.kill('SIGINT');
    expect(await demo.ended).toBe(0);
    expect(demo.processes.filter(({ pid }) => isAlive(pid))).toEqual([]);
  }
}

it('loads, serves and leaves no process when stopped', async () => expectServed(['downloaded']));

it('serves the existing data at a second start', { tags: ['long'] }, async () =>
  expectServed(['downloaded', 'unchanged']),
);

it(
  'is never started on IMDb’s data, nor twice, and can be restarted from its own folder',
  { tags: ['long'] },
  async () => {
    const refused = {
      status: 1,
      said: expect.stringContaining(`The data in ${folder}/demo is the demo's.`) as string,
    };
    const demo = await startDemo();
    expect([onDemo('up'), onDemo('restart'), onDemo('dev')]).toEqual([refused, refused, refused]);
    expect(onDemo('logs', '-f')).toEqual({
      status: 0,
      said: 'The demo is running and logs to its own terminal.\n',
    });
    expect(demo.processes.filter(({ pid }) => !isAlive(pid))).toEqual([]);
    demo.child.kill('SIGINT');
    await demo.ended;
    expect([onDemo('up'), onDemo('restart')]).toEqual([refused, refused]);
    const again = await startDemo(join(folder, 'demo'));
    again.child.kill('SIGINT');
    expect(await again.ended).toBe(0);
    expect(await readdir(join(folder, 'demo'))).not.toContain('demo');
  },
);

it('leaves no process when killed', { tags: ['long'] }, async () => {
  const demo = await startDemo();
  demo.child.kill('SIGKILL');
  await demo.ended;
  await expect
    .poll(() => demo.processes.filter(({ pid }) => isAlive(pid)), { timeout: 30_000 })
    .toEqual([]);
});
