import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lacks } from '@marquee/process/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// the CLI as an installed program: linked by npm, and run by the Node on the PATH

const ROOT = join(import.meta.dirname, '../..');
const MAIN = join(ROOT, 'apps/cli/bin/marquee.js');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'marquee-cli-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const run = (command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  spawnSync(command, args, { encoding: 'utf8', cwd: folder, env: { ...process.env, ...env } });
/** Runs a program with this Node, pretending to be an old version. */
const onOldNode = (program: string, ...args: readonly string[]) =>
  run(process.execPath, [
    '--import',
    `data:text/javascript,Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.1.0' } })`,
    program,
    ...args,
  ]);

it('is a command after npm link', () => {
  const prefix = join(folder, 'prefix');
  mkdirSync(prefix);
  const linked = spawnSync('npm', ['link', '-w', 'apps/cli', '--offline'], {
    encoding: 'utf8',
    cwd: ROOT,
    env: { ...process.env, npm_config_prefix: prefix },
  });
  expect(linked.status, linked.stderr).toBe(0);
  expect(run(join(prefix, 'bin/marquee'), ['--version'])).toMatchObject({
    status: 0,
    stdout: '0.1.0\n',
  });
});

it('takes paths from the folder in which npm is called', () => {
  writeFileSync(join(folder, 'mine.json'), '{}');
  const command = ['run', '-s', 'cli', '--', 'sources', 'add', 'mine.json'];
  expect(run('npm', ['--prefix', ROOT, ...command]).stderr).toContain(
    'mine.json is not the definition of a source',
  );
});

it("uses the Node that make installed if the machine's is too old, or says that make installs one", () => {
  const bin = join(folder, 'apps/cli/bin/marquee.js');
  for (const part of ['apps/cli/bin', 'apps/cli/dist', '.node/node_modules/node-of-here/bin'])
    mkdirSync(join(folder, part), { recursive: true });
  copyFileSync(MAIN, bin);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  expect(onOldNode(bin)).toMatchObject({
    status: 1,
    stderr: 'marquee is not built yet. In its repository: make build\n',
  });
  writeFileSync(
    join(folder, 'apps/cli/dist/main.js'),
    'console.log(process.versions.node, ...process.argv.slice(2)); process.exitCode = 5;',
  );
  expect(onOldNode(bin)).toMatchObject({
    status: 1,
    stderr:
      'marquee needs Node 24 or newer; this is 20.1.0. In its repository, make build fetches one from npm.\n',
  });
  const brought = join(folder, '.node/node_modules/node-of-here/bin/node');
  symlinkSync(process.execPath, brought);
  expect(onOldNode(bin, 'search', 'a b')).toMatchObject({
    status: 5,
    stdout: `${process.versions.node} search a b\n`,
    stderr: '',
  });
  rmSync(brought);
  writeFileSync(brought, '#!/no/such/loader', { mode: 0o755 });
  expect(onOldNode(bin)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('Remove the folder .node') as string,
  });
});

describe('the packed program', { tags: ['long'] }, () => {
  let program: string;
  beforeAll(() => {
    const packed = spawnSync(process.execPath, [join(ROOT, 'apps/cli/pack.js'), folder], {
      encoding: 'utf8',
    });
    expect(packed.status, packed.stderr).toBe(0);
    const [file = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
    expect(statSync(join(folder, file)).size).toBeLessThan(1_000_000);
    const prefix = join(folder, 'installed');
    mkdirSync(join(prefix, 'lib'), { recursive: true });
    const install = ['install', '--global', '--prefix', prefix, '--offline', join(folder, file)];
    const installed = run('npm', [...install, '--no-audit', '--no-fund']);
    expect(installed.status, installed.stderr).toBe(0);
    expect(installed.stdout).toMatch(/^added 1 package /mu);
    expect(readdirSync(join(prefix, 'lib/node_modules/@marquee/cli')).sort()).toEqual(
      ['LICENSE', 'README.md', 'THIRD-PARTY-LICENSES', 'bin', 'dist', 'package.json'].sort(),
    );
    program = join(prefix, 'bin/marquee');
  });

  it('runs in an empty folder: help, version, errors, and requests', async () => {
    expect(run(program, ['--version'])).toMatchObject({ status: 0, stdout: '0.1.0\n' });
    expect(run(program, ['episodes', '--help']).stdout).toContain('--season');
    const server = createServer((_, response) =>
      response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify({ items: [], next: null })),
    );
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const child = spawn(program, ['runs', '--url', url, '--json'], { cwd: folder });
    let stdout = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    await once(child, 'close');
    server.close();
    expect(JSON.parse(stdout)).toEqual({ items: [], next: null });
    // the driver of the database is bundled too
    const sql = run(program, ['sql', '--json', 'select 1'], {
      DATABASE_URL: 'postgres://ada@127.0.0.1:1/imdb',
    });
    expect([sql.status, sql.stderr]).toEqual([
      4,
      expect.stringContaining('ECONNREFUSED 127.0.0.1:1') as string,
    ]);
  });

  it('finds the stack of the folder it is run in', () => {
    const { status, stderr } = run(program, ['stats'], { DATA_DIR: 'mine' });
    expect([status, stderr]).toEqual([
      4,
      expect.stringContaining(`DATA_DIR names ${folder}/mine`) as string,
    ]);
  });

  it('completes in fish', { skip: lacks('fish') }, () => {
    const line = 'source (marquee complete fish | psub); complete -C "marquee search --type mo"';
    const path = `${join(program, '..')}:${process.env['PATH'] ?? ''}`;
    expect(run('fish', ['--no-config', '-c', line], { PATH: path }).stdout).toBe('movie\tFilm\n');
  });

  it('completes in zsh', { skip: lacks('zsh') || lacks('script'), timeout: 60_000 }, async () => {
    const path = `${join(program, '..')}:${process.env['PATH'] ?? ''}`;
    const zsh = spawn('script', ['-qec', 'stty cols 200; zsh -f -i', '/dev/null'], {
      env: { ...process.env, PATH: path, TERM: 'xterm' },
    });
    let shown = '';
    zsh.stdout.on('data', (chunk: Buffer) => (shown += chunk.toString()));
    zsh.stdin.write(
      "autoload -U compinit; compinit -D -u; source <(marquee complete zsh); echo rea''dy\n",
    );
    await expect.poll(() => shown, { timeout: 20_000 }).toContain('\nready');
    zsh.stdin.write('marquee search --type movie,tvSe\t');
    await expect.poll(() => shown, { timeout: 20_000 }).toContain('movie,tvSeries');
    zsh.stdin.write('\u0015exit\n');
    await once(zsh, 'close');
  });
});
