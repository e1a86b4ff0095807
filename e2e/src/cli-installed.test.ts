import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

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
