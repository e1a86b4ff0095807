import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'marquee-cli-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

function start(...args: string[]) {
  const fromSource = [
    '--conditions=@marquee/source',
    '--experimental-transform-types',
    '--disable-warning=ExperimentalWarning',
  ];
  return spawn(process.execPath, [...fromSource, MAIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function run(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = start(...args);
  const [out, err] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { code: child.exitCode, out, err };
}

describe('the command line', () => {
  it('generates a sample, then serves it until stopped', async () => {
    const { code, out } = await run('generate', '--titles', '1000', '--out', folder);
    expect(code).toBe(0);
    expect(out.trim().split('\n')).toHaveLength(7);
    expect(await readdir(folder)).toHaveLength(7);

    const server = start('serve', '--folder', folder, '--port', '0');
    const [line] = (await once(server.stdout, 'data')) as [Buffer];
    const [url = ''] = /http:\S+/u.exec(line.toString()) ?? [];
    expect((await fetch(`${url}/title.ratings.tsv.gz`)).status).toBe(200);
    server.kill('SIGTERM');
    expect(await once(server, 'close')).toEqual([0, null]);
  });

  it('generates lines in the requested order', async () => {
    for (const order of ['text', 'collated']) {
      const out = join(folder, order);
      await run('generate', '--titles', '1000', '--out', out, '--order', order);
      const file = gunzipSync(await readFile(join(out, 'title.basics.tsv.gz'))).toString();
      const ids = file
        .split('\n')
        .slice(1, -1)
        .map((line) => line.split('\t')[0] ?? '');
      expect(
        ids.every((id, i) => id > (ids[i - 1] ?? '')),
        order,
      ).toBe(order === 'text');
    }
  });

  async function expectRejected(args: readonly string[], message: RegExp): Promise<void> {
    const { code, err } = await run(...args);
    expect(code).toBe(2);
    expect(err).toMatch(message);
    expect(err).toContain('generate --out FOLDER');
  }

  it('rejects missing options with exit code 2, a reason and its usage', async () =>
    expectRejected(['generate'], /--out is missing/u));

  it.each([
    [
      ['generate', '--out', 'x', '--titles', 'many'],
      /--titles must be a whole number, not "many"/u,
    ],
    [
      ['generate', '--out', 'x', '--titles', '5'],
      /titles must be a whole number from 1000 to 13000000, not 5/u,
    ],
    [
      ['generate', '--out', 'x', '--order', 'size'],
      /--order must be text or collated, not "size"/u,
    ],
    [['publish'], /Expected one command, generate or serve, not "publish"/u],
    [['generate', '--size', '5'], /Unknown option '--size'/u],
  ] as const)('rejects %j too', { tags: ['long'] }, async (args, message) =>
    expectRejected(args, message),
  );

  it('exits with 1 if the folder to serve is missing', async () => {
    const { code, err } = await run('serve', '--folder', join(folder, 'nowhere'));
    expect(code).toBe(1);
    expect(err).toMatch(/There is no folder .*nowhere to serve; make one with: generate/u);
  });
});
