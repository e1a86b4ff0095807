import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

const ROOT = join(import.meta.dirname, '../../../..');

/**
 * Runs the check that make does before it touches containers, with an engine that has containers of
 * this project from these folders.
 */
function checkProject(...folders: readonly string[]): { status: number | null; stdout: string } {
  const bin = mkdtempSync(join(tmpdir(), 'marquee-docker-'));
  onTestFinished(() => rmSync(bin, { recursive: true }));
  // few machines that run tests have an engine
  writeFileSync(
    join(bin, 'docker'),
    `#!/bin/sh\ncase "$*" in *project=films*) printf '%s\\n' ${folders.map((folder) => `'${folder}'`).join(' ')};; esac\n`,
    { mode: 0o755 },
  );
  return spawnSync('make', ['--silent', 'check-project', 'COMPOSE_PROJECT_NAME=films'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}`, MAKEFLAGS: '' },
  });
}

describe('a project in Docker', () => {
  it('of another folder is left alone, and make says how to use a separate one', () => {
    const { status, stdout } = checkProject(tmpdir());
    expect(status).toBe(2);
    expect(stdout).toContain(`The containers of the project films belong to ${tmpdir()}.`);
    expect(stdout).toContain('set another name in .env, such as COMPOSE_PROJECT_NAME=films-2');
  });

  it('of this folder, or of one that no longer exists, is used', () => {
    expect(checkProject(ROOT, '/no/such/folder')).toMatchObject({ status: 0, stdout: '' });
  });
});
