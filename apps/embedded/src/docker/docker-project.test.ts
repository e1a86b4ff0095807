import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

const ROOT = join(import.meta.dirname, '../../../..');

/**
 * Runs what make does before it touches containers, where an engine knows of containers of this
 * project, of these folders.
 */
function mine(...folders: readonly string[]): { status: number | null; stdout: string } {
  const bin = mkdtempSync(join(tmpdir(), 'marquee-docker-'));
  onTestFinished(() => rmSync(bin, { recursive: true }));
  // an engine is on few machines that run tests
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
  it('that is another folder’s is left alone, and make says how to have one of its own', () => {
    const { status, stdout } = mine(tmpdir());
    expect(status).toBe(2);
    expect(stdout).toContain(`The containers of the project films belong to ${tmpdir()}.`);
    expect(stdout).toContain('set another name in .env, such as COMPOSE_PROJECT_NAME=films-2');
  });

  it('that is this folder’s own, or of one that is gone, is taken', () => {
    expect(mine(ROOT, '/no/such/folder')).toMatchObject({ status: 0, stdout: '' });
  });
});
