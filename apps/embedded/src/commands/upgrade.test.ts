import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';

const SCRIPT = join(import.meta.dirname, '../../scripts/upgrade.sh');

let folder: string;
let checkout: string;

/** An origin with the versions v1 and v2, and a checkout of v1 whose make notes its targets. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'marquee-upgrade-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const origin = join(folder, 'origin');
  checkout = join(folder, 'checkout');
  git(folder, 'init', '--quiet', '--initial-branch=main', origin);
  commit(origin, 'v1');
  git(folder, 'clone', '--quiet', origin, checkout);
  commit(origin, 'v2');
});

function git(cwd: string, ...args: string[]): string {
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@films.example'];
  const { status, stdout, stderr } = spawnSync('git', [...identity, ...args], {
    cwd,
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  return stdout.trim();
}

function commit(cwd: string, version: string): void {
  writeFileSync(join(cwd, 'version'), version);
  writeFileSync(
    join(cwd, 'Makefile'),
    'restart wait-until-ready:\n\t@echo $@ $(MODE) >>called; test ! -e broken\n',
  );
  git(cwd, 'add', '.');
  git(cwd, 'commit', '--quiet', '-m', version);
  git(cwd, 'tag', version);
}

function upgrade(version = ''): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync('sh', [SCRIPT], {
    cwd: checkout,
    encoding: 'utf8',
    env: { ...process.env, MODE: 'embedded', VERSION: version, MAKEFLAGS: '' },
  });
  return { status, said: stdout + stderr };
}

const read = (file: string) => readFileSync(join(checkout, file), 'utf8');

describe('an upgrade', () => {
  it('brings the newest version, restarts the stack, and waits until it is ready', () => {
    const { status, said } = upgrade();
    expect(status, said).toBe(0);
    expect(said).toContain('From v1 to v2.');
    expect(read('version')).toBe('v2');
    expect(read('called')).toBe('restart embedded\nwait-until-ready embedded\n');
    expect(upgrade()).toMatchObject({ status: 0, said: 'This is the newest version.\n' });
    expect(read('called').split('\n')).toHaveLength(3);
  });

  it('goes to a given version, and back', () => {
    upgrade('v2');
    expect(read('version')).toBe('v2');
    expect(upgrade('v1').said).toContain('From v2 to v1.');
    expect(read('version')).toBe('v1');
  });

  it('refuses to mix with changes, and says what to do with them', () => {
    writeFileSync(join(checkout, 'version'), 'mine');
    const { status, said } = upgrade();
    expect(status).toBe(1);
    expect(said).toContain('version');
    expect(said).toContain('git stash');
    expect(read('version')).toBe('mine');
  });

  it('refuses a version that does not exist, and an origin that is gone', () => {
    expect(upgrade('v9')).toMatchObject({ status: 1 });
    rmSync(join(folder, 'origin'), { recursive: true });
    expect(upgrade()).toMatchObject({ status: 1 });
    expect(read('version')).toBe('v1');
  });

  it('says how to go back if the new version does not start', () => {
    writeFileSync(join(checkout, 'broken'), '');
    const { status, said } = upgrade();
    expect(status).toBe(1);
    const [, command = ''] = /^To go back: (.*) && make restart$/mu.exec(said) ?? [];
    expect(spawnSync('sh', ['-c', command], { cwd: checkout }).status).toBe(0);
    expect(read('version')).toBe('v1');
    expect(git(checkout, 'symbolic-ref', '--short', 'HEAD')).toBe('main');
  });
});
