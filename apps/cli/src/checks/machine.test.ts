import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProcessState } from '@marquee/stack';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { contextOf } from '../testing/context.ts';
import { checkConfiguration, checkNode, checkPsql, checkStack } from './machine.ts';

const EXAMPLE = '# the port\nAPI_PORT=3000\nAPI_HOST=\nAPI_ADMIN_KEY=\n';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'marquee-checks-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  writeFileSync(join(root, '.env.example'), EXAMPLE);
});

it.each([
  ['18.20.4', 'fail'],
  ['23.11.0', 'fail'],
  ['24.0.0', 'ok'],
  ['26.1.0-nightly', 'ok'],
])('is Node %s: %s', (node, status) => {
  const { versions } = process;
  const set = (value: NodeJS.ProcessVersions) =>
    Object.defineProperty(process, 'versions', { value, configurable: true, enumerable: true });
  onTestFinished(() => void set(versions));
  set({ ...versions, node });
  const [one] = checkNode();
  expect(one).toMatchObject({ check: 'node', status });
  expect(one?.found).toContain(node);
});

describe('the configuration', () => {
  const check = (text: string, env: Record<string, string> = {}) => {
    writeFileSync(join(root, '.env'), text);
    const [one, ...others] = checkConfiguration(contextOf('http://127.0.0.1:3000', { root, env }));
    expect(others).toEqual([]);
    return one ?? expect.fail('there is no check');
  };

  it('passes without .env', () => {
    expect(checkConfiguration(contextOf('http://127.0.0.1:3000', { root }))).toMatchObject([
      { check: 'configuration', status: 'ok', todo: null },
    ]);
  });

  it('names the variables of the environment if there is no .env, without their values', () => {
    const env = { API_HOST: '0.0.0.0', API_ADMIN_KEY: 'mq_abc', HTTP_PROXY: 'x', MADE_UP: '1' };
    const [one] = checkConfiguration(contextOf('http://127.0.0.1:3000', { root, env }));
    expect(one?.found).toBe('no .env; the environment sets API_ADMIN_KEY, API_HOST');
    const [none] = checkConfiguration(contextOf('http://127.0.0.1:3000', { root }));
    expect(none?.found).toBe('no .env; all defaults');
  });

  it('counts one variable in the singular', () => {
    expect(check('API_PORT=1\n').found).toBe('.env sets 1 variable, all known');
  });

  it('passes with variables of the stack, this program and Compose; empty ones do not count', () => {
    const { status, found } = check(
      'API_PORT=1\nAPI_HOST=\nMARQUEE_KEY=x\nNO_COLOR=1\nCOMPOSE_PROJECT_NAME=x\n# MADE_UP=1\n',
    );
    expect([status, /\d+/u.exec(found)?.[0]]).toEqual(['ok', '4']);
  });

  it('names variables that nothing reads, without their values', () => {
    const { status, found, todo } = check('API_PROT=3000\nAPI_PORT=1\nADMIN_KEY=mq_abc\n');
    expect(status).toBe('warn');
    expect(found).toMatch(/API_PROT/u);
    expect(found).toMatch(/ADMIN_KEY/u);
    expect(found).not.toContain('API_PORT');
    expect(found).not.toContain('mq_abc');
    expect(todo).toContain('.env.example');
  });

  it.each([
    ['127.0.0.1', 'ok'],
    ['localhost', 'ok'],
    ['::1', 'ok'],
    ['', 'ok'],
    ['0.0.0.0', 'warn'],
    ['192.168.1.5', 'warn'],
  ])('with the API on %j and without an admin’s key: %s', (host, expected) => {
    const { status, todo } = check(`API_HOST=${host}\n`);
    expect(status).toBe(expected);
    expect(todo?.includes('make key ROLE=admin') ?? false).toBe(expected === 'warn');
  });

  it('passes with the API open to others and an admin’s key', () => {
    expect(check('API_HOST=0.0.0.0\nAPI_ADMIN_KEY=x\n', { API_ADMIN_KEY: 'x' }).status).toBe('ok');
  });
});

describe('the embedded stack', () => {
  const check = (...states: ProcessState[]) => {
    const since = '2026-01-01T00:00:00Z';
    const processes = states.map((state, i) => ({ name: `process${i}`, pid: 1, state, since }));
    const stack = {
      pid: 1,
      apiUrl: 'http://127.0.0.1:3000',
      databaseUrl: null,
      data: '/srv/data',
      processes,
    };
    return checkStack({ ...contextOf('http://127.0.0.1:3000'), stack });
  };

  it('is not checked without a stack', () => {
    expect(checkStack(contextOf('http://127.0.0.1:3000'))).toEqual([]);
  });

  it('passes if all processes are running', () => {
    expect(check('running', 'running')).toMatchObject([{ check: 'stack', status: 'ok' }]);
    expect(check('running', 'running')[0]?.found).toMatch(/\/srv\/data: process0, process1$/u);
  });

  it.each<[ProcessState[], string, string]>([
    [['running', 'starting'], 'warn', 'process1 is starting'],
    [['running', 'failed', 'starting'], 'fail', 'process1 is failed, process2 is starting'],
    [['stopped'], 'fail', 'process0 is stopped'],
  ])('of processes that are %j is: %s', (states, status, found) => {
    const [one] = check(...states);
    expect(one).toMatchObject({ status, found });
    expect(one?.todo).toContain('make logs');
  });
});

it('tells which program opens the database: psql, or with an older or no psql its own', () => {
  const found = () => checkPsql(contextOf('http://127.0.0.1:3000', { env: { PATH: root } }));
  const psql = (version: string) =>
    writeFileSync(join(root, 'psql'), `#!/bin/sh\necho "psql (PostgreSQL) ${version}"\n`, {
      mode: 0o755,
    });
  expect(found()).toMatchObject([
    { status: 'ok', found: expect.stringMatching(/^not/u) as string },
  ]);
  psql('15.18 (Debian 15.18-0)');
  expect(found()).toMatchObject([
    { status: 'ok', found: expect.stringMatching(/^psql 15 is too old/u) as string },
  ]);
  psql('18.0');
  expect(found()).toEqual([{ check: 'psql', status: 'ok', found: 'psql 18', todo: null }]);
});
