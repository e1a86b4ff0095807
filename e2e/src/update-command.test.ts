import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

/** Runs `make update`'s program where a stranger answers on API_PORT and no stack is up. */
async function updateBesideStranger(...args: readonly string[]): Promise<{ code: number | null; stderr: string; asked: readonly string[] }> {
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
  const env = { ...process.env, DATA_DIR: data, API_HOST: '127.0.0.1', API_PORT: String((stranger.address() as AddressInfo).port) };
  const child = spawn(process.execPath, ['apps/embedded/dist/main.js', 'update', ...args], { cwd: ROOT, env, stdio: ['ignore', 'ignore', 'pipe'] });
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
