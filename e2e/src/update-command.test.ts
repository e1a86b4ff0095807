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
/** As if no make had started the tests: one below another tells of the folders that it enters. */
const NO_MAKE = { MAKEFLAGS: '', MAKELEVEL: undefined };

/** Runs `make update`'s program where a stranger answers on API_PORT and no stack is up. */
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

it('asks nobody else on API_PORT where the stack is not up, and says how to start it', async () => {
  const { code, stderr, asked } = await updateBesideStranger();
  expect([code, asked]).toEqual([1, []]);
  expect(stderr).toMatch(/^The stack on \S+ is not up\. Start it: DATA_DIR=\S+ make up\n$/u);
});

it('asks the API of its container, where it is run in one', async () => {
  const { code, stderr, asked } = await updateBesideStranger('--seen-at=http://127.0.0.1:3600');
  expect([code, asked]).toEqual([1, ['POST /updatedata']]);
  expect(stderr).toContain('answered 418');
});

it(
  'leaves what runs as it is where the stack would not start anew, until a key is made as the refusal says',
  { tags: ['long'] },
  async () => {
    const data = mkdtempSync(join(tmpdir(), 'marquee-restart-'));
    // as root, PostgreSQL's account has to enter it
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
    expect(before).toHaveLength(5);
    // what a proxy passes on, others than this machine can reach
    const others = { API_NAMES: 'films.example.org' };
    const { status, stderr } = stack('restart', { ...others, MAX_REJECTS_PERCENT: 'many' });
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /what runs is left as it is\.\nloader: .*\n {2}MAX_REJECTS_PERCENT is not valid.*\napi: .*no key by which anybody could operate it/u,
    );
    expect(running()).toEqual(before);
    const [advice = ''] =
      /DATA_DIR=\S+ MODE=embedded make key ROLE=\w+ NAME=\w+/u.exec(stderr) ?? [];
    expect(spawnSync(advice, { cwd: ROOT, encoding: 'utf8', env, shell: true }).stdout).toMatch(
      /^mq_\S+\n$/u,
    );
    expect(stack('restart', others).status).toBe(0);
    expect(running()).toHaveLength(5);
  },
);
