import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@marquee/process';
import { expect, it, onTestFinished } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
/** Hides a make that started the tests: a nested make would print the folders it enters. */
const NO_MAKE = { MAKEFLAGS: '', MAKELEVEL: undefined };

/**
 * Runs the program of `make update` while another server listens on API_PORT and no stack is up.
 */
async function updateBesideStranger(
  ...args: readonly string[]
): Promise<{ code: number | null; stderr: string; asked: readonly string[] }> {
  const asked: string[] = [];
  const stranger = createServer((request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    response.writeHead(418).end();
  });
  await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
  const data = mkdtempSync(join(tmpdir(), 'marquee-update-'));
  onTestFinished(() => {
    stranger.close();
    rmSync(data, { recursive: true });
  });
  const env = {
    ...process.env,
    DATA_DIR: data,
    API_HOST: '127.0.0.1',
    API_PORT: String((stranger.address() as AddressInfo).port),
  };
  const child = spawn(process.execPath, ['apps/embedded/dist/main.js', 'update', ...args], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stderr, asked };
}

it('sends nothing to another server on API_PORT if the stack is down, and says how to start it', async () => {
  const { code, stderr, asked } = await updateBesideStranger();
  expect([code, asked]).toEqual([1, []]);
  expect(stderr).toMatch(/^The stack on \S+ is not up\. Start it: DATA_DIR=\S+ make up\n$/u);
});

it('uses the API of its container if it runs in one', async () => {
  const { code, stderr, asked } = await updateBesideStranger('--seen-at=http://127.0.0.1:3600');
  expect([code, asked]).toEqual([1, ['POST /updatedata']]);
  expect(stderr).toContain('answered 418');
});

it(
  'leaves the running stack alone if it could not restart, until a key is created as the error says',
  { tags: ['long'] },
  async () => {
    const data = mkdtempSync(join(tmpdir(), 'marquee-restart-'));
    // as root, PostgreSQL runs as another user, who needs access
    chmodSync(data, 0o755);
    const ports = { API_PORT: String(await freePort()), POSTGRES_PORT: String(await freePort()) };
    const env = {
      ...process.env,
      ...ports,
      DATA_DIR: data,
      CHOSEN: 'embedded',
      API_ADMIN_KEY: '',
      ...NO_MAKE,
    };
    const stack = (command: string, settings = {}) =>
      spawnSync(process.execPath, ['apps/embedded/dist/main.js', command], {
        cwd: ROOT,
        encoding: 'utf8',
        env: { ...env, ...settings },
      });
    const running = () =>
      [...stack('ps').stdout.matchAll(/\d+(?= +running)/gu)].map(([pid]) => pid);
    onTestFinished(() => {
      stack('down');
      rmSync(data, { recursive: true });
    });
    expect(stack('up').status).toBe(0);
    const before = running();
    expect(before).toHaveLength(7);
    // a proxy makes the API reachable for others than this machine
    const others = { API_NAMES: 'films.example.org' };
    const { status, stderr } = stack('restart', { ...others, MAX_REJECTS_PERCENT: 'many' });
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /the running one stays up\.\nloader: .*\n {2}MAX_REJECTS_PERCENT is not valid.*\napi: .*no key exists that could operate it/u,
    );
    expect(running()).toEqual(before);
    const [advice = ''] =
      /DATA_DIR=\S+ MODE=embedded make key ROLE=\w+ NAME=\w+/u.exec(stderr) ?? [];
    expect(spawnSync(advice, { cwd: ROOT, encoding: 'utf8', env, shell: true }).stdout).toMatch(
      /^mq_\S+\n$/u,
    );
    expect(stack('restart', others).status).toBe(0);
    expect(running()).toHaveLength(before.length);
  },
);
