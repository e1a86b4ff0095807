import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@marquee/process';
import { serveSample } from '@marquee/sample';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { bearer, send } from './raw-request.ts';
import { useDays } from './sample-days.ts';
import { useSharedSystem } from './system.ts';

const ROOT = join(import.meta.dirname, '../..');
const ADMIN = `mq_${randomBytes(32).toString('base64url')}`;

/**
 * The version before: the newest release, or else the commit before the newest migration. Null
 * without a history, such as in an archive.
 */
const BEFORE = findBefore();

/** On a busy machine, to build it takes minutes. */
const BUILD_MS = 1_200_000;

const days = useDays({ titles: 1000, days: 2 });
const system = useSharedSystem(() => ({ published: days, workers: false }));

describe('the version before', { tags: ['long'], skip: BEFORE === null }, () => {
  let folder = '';
  let api = '';
  const processes: ChildProcess[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(inject('sharedFolder'), 'before-'));
    git('worktree', 'add', '--detach', folder, String(BEFORE));
    linkPackages(folder);
    const libs = readdirSync(join(folder, 'libs')).map((lib) => `libs/${lib}`);
    const apps = ['api', 'downloader', 'loader'].map((app) => `apps/${app}`);
    const built = spawnSync(
      process.execPath,
      [join(ROOT, 'node_modules/.bin/tsc'), '-b', '--noCheck', ...libs, ...apps],
      {
        cwd: folder,
        encoding: 'utf8',
      },
    );
    expect(built.status, built.stdout).toBe(0);
    const port = await freePort();
    api = `http://127.0.0.1:${port}`;
    start('api', { API_PORT: String(port), GRPC_PORT: '0', API_ADMIN_KEY: ADMIN });
    while ((await get(api, '/health/ready')).status !== 200) await sleep(200);
  }, BUILD_MS);

  afterAll(async () => {
    for (const child of processes) child.kill('SIGKILL');
    git('worktree', 'remove', '--force', folder);
    await rm(folder, { recursive: true, force: true });
  });

  /** Starts a process of that version on the database of this one. */
  function start(app: string, env: Readonly<Record<string, string>>): void {
    processes.push(
      spawn(process.execPath, [`apps/${app}/dist/main.js`], {
        cwd: folder,
        stdio: 'ignore',
        env: {
          PATH: process.env['PATH'],
          DATABASE_URL: system.database.url,
          QUEUE_URL: system.database.url,
          READER_DATABASE_URL: system.database.url,
          SNAPSHOT_DIR: system.snapshots,
          ...env,
        },
      }),
    );
  }

  /** Asks that version for a change. */
  async function post(path: string, body: object): Promise<{ status: number; body: unknown }> {
    const headers = { ...bearer(ADMIN), 'content-type': 'application/json' };
    const response = await fetch(`${api}${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    return { status: response.status, body: await response.json() };
  }

  it('answers as this one does, beside the schema of this one', async () => {
    const { items } = (await system.get('/titles?limit=20')) as { items: { tconst: string }[] };
    const paths = [
      ...items.flatMap(({ tconst }) => [`/titles/${tconst}`, `/titles/${tconst}/credits`]),
      ...[
        '/titles?titleType=movie&sort=votes&limit=50',
        '/search?q=the',
        '/names?limit=20',
        '/stats',
      ],
      ...['/charts/top-movies', '/changes', '/published', '/runs', '/movies?limit=20', '/sources'],
    ];
    for (const path of paths) {
      const [before, now] = await Promise.all([get(api, path), get(system.apiUrl, path)]);
      // a route of this version alone is none of that
      if (before.status === 404) continue;
      expect(before.status, path).toBe(now.status);
      // a version may add fields
      if (before.status === 200) expect(now.body, path).toMatchObject(before.body as object);
    }
  });

  it('makes a key, which this one takes', async () => {
    const made = await post('/keys', { name: 'a reader', role: 'reader' });
    expect(made.status).toBe(201);
    const { secret } = made.body as { secret: string };
    const statusOf = async (key: string) =>
      (await send(system, 'GET', '/titles?limit=1', bearer(key))).status;
    expect(await statusOf(secret)).toBe(200);
    expect(await statusOf(`${secret.slice(0, -4)}none`)).toBe(401);
  });

  it('updates, and this one serves what it has published', async () => {
    const origin = await serveSample({ folder: days.day(1), port: 0 });
    onTestFinished(async () => origin.close());
    start('downloader', { DATASETS_URL: origin.url });
    start('loader', {});
    const begun = await post('/updatedata', { force: true });
    expect(begun.status).toBe(202);
    const { id } = begun.body as { id: string };
    expect(await system.ended(id)).toMatchObject({ state: 'succeeded', error: null });
    expect((await get(system.apiUrl, '/health/ready')).status).toBe(200);
  });
});

function findBefore(): string | null {
  const tag = git('describe', '--tags', '--abbrev=0', '--match', 'v*', 'HEAD~1');
  if (tag !== null) return tag;
  const change = git('log', '-1', '--format=%H', '--', 'libs/catalogue/src/migrations/*-*.ts');
  return change === null || change === '' ? null : git('rev-parse', `${change}~1`);
}

/** @returns what git prints; null if it fails */
function git(...args: readonly string[]): string | null {
  const { status, stdout } = spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}

/** The packages of this version, but for those of the workspace, which are of that version. */
function linkPackages(folder: string): void {
  const packages = join(folder, 'node_modules');
  mkdirSync(join(packages, '@marquee'), { recursive: true });
  for (const name of readdirSync(join(ROOT, 'node_modules')))
    if (name !== '@marquee') symlinkSync(join(ROOT, 'node_modules', name), join(packages, name));
  for (const parent of ['apps', 'libs'])
    for (const name of readdirSync(join(folder, parent)))
      symlinkSync(join(folder, parent, name), join(packages, '@marquee', name));
}

async function get(origin: string, path: string): Promise<{ status: number; body: unknown }> {
  try {
    const response = await fetch(`${origin}${path}`);
    return { status: response.status, body: await response.json() };
  } catch {
    return { status: 0, body: null };
  }
}
