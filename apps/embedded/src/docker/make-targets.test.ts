import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';

const ROOT = join(import.meta.dirname, '../../../..');
const SETTINGS = 'API_PORT=3100\nPOSTGRES_PASSWORD=old\n';

let folder: string;

/**
 * A checkout with the parts that make needs, and an engine that notes the commands of compose. Few
 * machines that run tests have an engine. The file `broken` names a command that fails.
 */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'marquee-make-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const part of ['Makefile', 'docker/password.sh', '.env.example'])
    cpSync(join(ROOT, part), join(folder, part));
  mkdirSync(join(folder, 'bin'));
  writeFileSync(
    join(folder, 'bin/docker'),
    `#!/bin/sh
case "$1 $2" in
  'compose version') ;;
  'compose '*) shift; printf '%s\\n' "$*" >>called; case "$1" in "$(cat broken 2>/dev/null)") exit 1;; esac
    case "$1" in port) echo 0.0.0.0:3100;; exec) shift 3; test ! -f container || . ./container; "$@";; esac;;
  inspect*) echo healthy;;
  'volume inspect') exit 1;;
esac
`,
    { mode: 0o755 },
  );
});

function make(...args: readonly string[]): {
  status: number | null;
  stdout: string;
  called: string[];
} {
  const { status, stdout } = spawnSync('make', ['--silent', 'MODE=docker', ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}` },
  });
  const called = existsSync(join(folder, 'called')) ? read('called').trim().split('\n') : [];
  return { status, stdout, called };
}

const read = (file: string) => readFileSync(join(folder, file), 'utf8');

describe('make, with containers', () => {
  it('restarts a stack after its images are built, and leaves it up if they cannot be', () => {
    const commands = (called: readonly string[]) =>
      called.flatMap((line) => /^(?:build|stop|up)\b/u.exec(line) ?? []);
    writeFileSync(join(folder, 'broken'), 'build');
    const failed = make('restart');
    expect(failed.status).toBe(2);
    expect(commands(failed.called)).toEqual(['build']);
    rmSync(join(folder, 'broken'));
    rmSync(join(folder, 'called'));
    const restarted = make('restart');
    expect(restarted.status).toBe(0);
    expect(commands(restarted.called)).toEqual(['build', 'stop', 'up']);
  });

  it('says where the site is, with a certificate by its first name', () => {
    expect(make('up').stdout).toContain('Site: http://127.0.0.1:3100\n');
    writeFileSync(
      join(folder, 'container'),
      'export TLS_CERT_FILE=/run/secrets/tls.crt API_NAMES=films.example.org,other.example.org\n',
    );
    expect(make('up').stdout).toContain('Site: https://films.example.org:3100\n');
  });

  it("passes on a key's name as it is", () => {
    const name = `Ann's "kitchen" $HOME tablet`;
    const { called } = make('key', 'ROLE=reader', `NAME=${name}`);
    expect(called.join('\n')).toContain(`make-key.js --role reader --name ${name}`);
  });

  it('restores the settings of a backup where there are none, and else beside them', () => {
    writeFileSync(join(folder, 'settings.env'), SETTINGS);
    spawnSync('tar', ['-cf', 'backup.tar', 'settings.env'], { cwd: folder });

    expect(make('restore', 'FILE=backup.tar').status).toBe(0);
    expect(read('.env')).toContain(SETTINGS);
    expect(read('.env')).toMatch(/^POSTGRES_READER_PASSWORD=\w+$/mu);
    expect(existsSync(join(folder, '.env.restored'))).toBe(false);

    writeFileSync(join(folder, '.env'), 'POSTGRES_PASSWORD=new\n');
    expect(make('restore', 'FILE=backup.tar').status).toBe(0);
    expect(read('.env')).toContain('POSTGRES_PASSWORD=new\n');
    expect(read('.env.restored')).toBe(SETTINGS);
  });

  it('says how encrypted settings are restored, and goes on only with others', () => {
    writeFileSync(join(folder, 'backup.tar.age'), 'age-encryption.org/v1\n-> X25519 …\n');
    const refused = make('restore', 'FILE=backup.tar.age');
    expect(refused.status).toBe(2);
    expect(refused.stdout).toContain("age -d -i KEY 'backup.tar.age' | tar -xOf - settings.env");
    expect(refused.called).toEqual([]);
    writeFileSync(join(folder, '.env'), 'POSTGRES_PASSWORD=new\n');
    const restored = make('restore', 'FILE=backup.tar.age');
    expect(restored.status).toBe(0);
    expect(restored.stdout).toContain('The settings in backup.tar.age are encrypted.');
    expect(restored.called.join('\n')).toContain('restore.js');
  });
});

describe('make, by the URL of a database', () => {
  it.each([
    ['backup', 'apps/api/dist/back-up.js'],
    ['restore', 'apps/api/dist/restore.js'],
    ['verify-backup', 'apps/api/dist/restore.js'],
    ['base-backup', 'apps/api/dist/base-backup.js'],
  ])('has %s take it from a file too, which no process list shows', (target, program) => {
    for (const given of ['DATABASE_URL_FILE=the-url', 'DATABASE_URL=postgres://the-url/']) {
      const args = ['--dry-run', 'MODE=embedded', target, given, 'BACKUP=newest'];
      const { stdout } = spawnSync('make', args, { cwd: ROOT, encoding: 'utf8' });
      const command = stdout.split('\n').find((line) => line.includes(program)) ?? '';
      expect(command).not.toBe('');
      expect(command).not.toContain('the-url');
      if (target !== 'backup')
        expect(command).toContain('DATABASE_ADMIN_URL_FILE="$DATABASE_URL_FILE"');
    }
  });
});
