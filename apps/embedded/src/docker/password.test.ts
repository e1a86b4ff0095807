import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseEnv } from 'node:util';
import { freePort } from '@marquee/process';
import { lacks } from '@marquee/process/testing';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';

const SCRIPT = join(import.meta.dirname, '../../../../docker/password.sh');
const RANDOM = /^[0-9a-f]{48}$/u;
const RANDOM_KEY = /^mq_[0-9a-f]{48}$/u;
/** The passwords of the roles besides the superuser, and of Redis. */
const ROLES = [
  ...['API', 'LOADER', 'EXTRACTOR', 'AGGREGATOR', 'READER'].map(
    (role) => `POSTGRES_${role}_PASSWORD`,
  ),
  'REDIS_PASSWORD',
];
const SET_ROLES = ROLES.map((name) => `${name}=${name.toLowerCase()}`);
const EXAMPLE = `# Settings\nAPI_PORT=3000\nCOMPOSE_PROJECT_NAME=\nPOSTGRES_PASSWORD=\n${ROLES.map((name) => `${name}=\n`).join('')}API_ADMIN_KEY=\nLOG_LEVEL=info\n`;
/** What the script writes for them. */
const RANDOM_ROLES = Object.fromEntries(
  ROLES.map((name) => [name, expect.stringMatching(RANDOM) as string]),
);
const KEY = `API_ADMIN_KEY=mq_${'x'.repeat(43)}`;

let folder: string;
/** A project name that begins with the folder's. */
let named: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'marquee-password-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  named = expect.stringMatching(
    new RegExp(`^${basename(folder).toLowerCase()}-[0-9a-f]{6}$`, 'u'),
  ) as string;
  writeFileSync(join(folder, '.env.example'), EXAMPLE);
});

/**
 * Runs the script on an `.env`, as `make up` does before it calls Docker.
 *
 * @returns the contents of `.env` afterwards
 */
function run(env?: string, more: NodeJS.ProcessEnv = {}): string {
  const file = join(folder, '.env');
  if (env !== undefined) writeFileSync(file, env);
  expect(
    spawnSync('sh', [SCRIPT], { cwd: folder, encoding: 'utf8', env: { ...process.env, ...more } }),
  ).toMatchObject({ status: 0, stderr: '' });
  return readFileSync(file, 'utf8');
}

describe("the database's password and the API's first key in Docker", () => {
  it('are random in an .env that is created from the example, readable only by its owner', () => {
    const made = parseEnv(run());
    expect(made).toEqual({
      API_PORT: '3000',
      COMPOSE_PROJECT_NAME: named,
      POSTGRES_PASSWORD: expect.stringMatching(RANDOM) as string,
      ...RANDOM_ROLES,
      API_ADMIN_KEY: expect.stringMatching(RANDOM_KEY) as string,
      LOG_LEVEL: 'info',
    });
    expect(statSync(join(folder, '.env')).mode & 0o777).toBe(0o600);
  });

  it.each(['POSTGRES_PASSWORD=', 'POSTGRES_PASSWORD=""', "POSTGRES_PASSWORD=''"])(
    'is filled in if .env has %s, and everything else stays',
    (line) => {
      const lines = run(
        `# mine\nAPI_PORT=3600\n${line}\n${[KEY, ...SET_ROLES].join('\n')}\nDATA_DIR=/srv/a b`,
      ).split('\n');
      expect(lines[2]).toMatch(/^POSTGRES_PASSWORD=[0-9a-f]{48}$/u);
      expect(lines.toSpliced(2, 1)).toEqual([
        '# mine',
        'API_PORT=3600',
        KEY,
        ...SET_ROLES,
        'DATA_DIR=/srv/a b',
        expect.stringMatching(/^COMPOSE_PROJECT_NAME=/u),
        '',
      ]);
    },
  );

  it('are added to an .env that does not have them', () => {
    expect(parseEnv(run('API_PORT=3600'))).toEqual({
      API_PORT: '3600',
      COMPOSE_PROJECT_NAME: named,
      POSTGRES_PASSWORD: expect.stringMatching(RANDOM) as string,
      ...RANDOM_ROLES,
      API_ADMIN_KEY: expect.stringMatching(RANDOM_KEY) as string,
    });
    expect(parseEnv(run('POSTGRES_PASSWORD=mine'))).toEqual({
      POSTGRES_PASSWORD: 'mine',
      ...RANDOM_ROLES,
      API_ADMIN_KEY: expect.stringMatching(RANDOM_KEY) as string,
    });
  });

  it('come with a project name if the password is new and none is set', () => {
    expect(parseEnv(run('POSTGRES_PASSWORD=mine'))).not.toHaveProperty('COMPOSE_PROJECT_NAME');
    expect(parseEnv(run('COMPOSE_PROJECT_NAME=films'))['COMPOSE_PROJECT_NAME']).toBe('films');
    expect(parseEnv(run('API_PORT=3600', { COMPOSE_PROJECT_NAME: 'films' }))).not.toHaveProperty(
      'COMPOSE_PROJECT_NAME',
    );
    const [one, other] = [run('API_PORT=3600'), run('API_PORT=3600')].map(
      (env) => parseEnv(env)['COMPOSE_PROJECT_NAME'],
    );
    expect(one).not.toBe(other);
  });

  it('stay as they are if they are set', () => {
    const env = `POSTGRES_PASSWORD=mine\nAPI_PORT=3600\n${[...SET_ROLES, KEY].join('\n')}`;
    expect(run(env)).toBe(env);
  });
});

describe('Redis in Docker', { skip: lacks('redis') }, () => {
  const compose = readFileSync(join(import.meta.dirname, '../../../../docker-compose.yml'), 'utf8');
  const service = compose.split('\n  redis:\n')[1]?.split('\n  api:\n')[0] ?? '';
  const script = (/ - \|\n((?: {8}.*\n)+)/u.exec(service)?.[1] ?? '')
    .replace(/^ {8}/gmu, '')
    .replaceAll('$$', '$');
  const isHealthy = /'CMD-SHELL', '(.*)'/u.exec(service)?.[1] ?? '';

  it('asks for its password, which no list of processes shows, and ends in an orderly way', async () => {
    const port = await freePort();
    // the image's own ends in the program too; few machines that run tests have an engine
    writeFileSync(
      join(folder, 'docker-entrypoint.sh'),
      `#!/bin/sh\nexec "$@" --port ${port} --bind 127.0.0.1 --dir '${folder}'\n`,
      { mode: 0o755 },
    );
    const env = { PATH: `${folder}:${process.env['PATH'] ?? ''}`, REDISCLI_AUTH: 'secret' };
    const server = spawn('sh', ['-c', script], { env, stdio: 'ignore' });
    onTestFinished(() => void server.kill('SIGKILL'));
    const ended = once(server, 'exit');
    const health = (auth: string) =>
      spawnSync('sh', ['-c', isHealthy.replace('redis-cli', `redis-cli -p ${port}`)], {
        env: { ...env, REDISCLI_AUTH: auth },
      }).status;
    await expect.poll(() => health('secret')).toBe(0);
    expect([health(''), health('wrong')]).toEqual([1, 1]);
    const list = spawnSync('ps', ['-o', 'args=', '-p', String(server.pid)], { encoding: 'utf8' });
    expect(list.stdout).toContain('redis-server');
    expect(list.stdout).not.toContain('secret');
    server.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  });
});
