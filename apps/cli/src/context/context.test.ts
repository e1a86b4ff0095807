import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveTestApi } from '@marquee/api-client/testing';
import { Health } from '@marquee/contract';
import { takeLock } from '@marquee/process';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { captureOutput } from '../testing/terminal.ts';
import { type Context, type GlobalOptions, makeContext } from './context.ts';
import { databaseUrl } from './database-url.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'marquee-context-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
});

function contextOf(
  env: Readonly<Record<string, string>>,
  options: Partial<GlobalOptions> = {},
): Context {
  return makeContext(
    { root, env, signal: new AbortController().signal },
    { input: true, ...options },
  );
}

/** Makes a stack look up on a folder of the repository. */
function startStack(folder: string, apiUrl: string, database: string | null = null): void {
  const path = join(root, folder);
  mkdirSync(path, { recursive: true });
  writeFileSync(
    join(path, 'supervisor.json'),
    JSON.stringify({ pid: 1, apiUrl, databaseUrl: database, processes: [] }),
  );
  const lock = takeLock(join(path, 'supervisor.json.lock'));
  onTestFinished(() => lock?.release());
}

/** The key that a request sends, whatever URL it is for. */
async function keyOf(context: Context): Promise<string | undefined> {
  const { url, requests } = await serveTestApi({ '/x': { status: 'ok' } });
  const real = fetch;
  const send = vi
    .spyOn(globalThis, 'fetch')
    .mockImplementation(async (_, init) => real(`${url}/x`, init));
  await context.api.get(Health, '/x');
  send.mockRestore();
  return requests[0]?.headers.authorization;
}

describe('the API in use', () => {
  it('is that of this machine, on the default port or that of .env', () => {
    expect(contextOf({})).toMatchObject({
      api: { url: 'http://127.0.0.1:3000' },
      isLocalStack: true,
      stack: null,
    });
    expect(contextOf({ API_PORT: '8080' }).api.url).toBe('http://127.0.0.1:8080');
    // 0 takes any free port, which only a running stack knows
    expect(contextOf({ API_PORT: '0' }).api.url).toBe('http://127.0.0.1:3000');
  });

  it('is that of the stack on DATA_DIR if several are up', () => {
    startStack('data', 'http://127.0.0.1:3001');
    startStack('data/sample', 'http://127.0.0.1:3002');
    expect(contextOf({}).api.url).toBe('http://127.0.0.1:3001');
    expect(contextOf({ DATA_DIR: 'data/sample' })).toMatchObject({
      api: { url: 'http://127.0.0.1:3002' },
      stack: { data: join(root, 'data/sample') },
    });
    expect(contextOf({ DATA_DIR: join(root, 'data/sample') }).api.url).toBe(
      'http://127.0.0.1:3002',
    );
  });

  it('is never another one than that of the folder in DATA_DIR', () => {
    startStack('data', 'http://127.0.0.1:3001');
    mkdirSync(join(root, 'data/sample'));
    const apiOf = (env: Readonly<Record<string, string>>) => () => contextOf(env).api;
    expect(apiOf({ DATA_DIR: 'data/sample' })).toThrow(
      `No stack is up on ${root}/data/sample, the folder that DATA_DIR names.`,
    );
    expect(apiOf({ DATA_DIR: 'data/smaple' })).toThrow(
      `DATA_DIR names ${root}/data/smaple, and there is no such folder.`,
    );
    // .env.example names the default, which also a stack in Docker has
    expect(apiOf({ DATA_DIR: 'data' })).not.toThrow();
    expect(apiOf({ DATA_DIR: 'data/smaple', MARQUEE_URL: 'http://films.example' })).not.toThrow();
  });

  it('may be given without a scheme', () => {
    expect(contextOf({}, { url: 'localhost:3000' }).api.url).toBe('http://localhost:3000');
  });

  it('is the given one, from --url rather than MARQUEE_URL', () => {
    startStack('data', 'http://127.0.0.1:3001');
    const env = { MARQUEE_URL: 'https://films.example/' };
    expect(contextOf(env)).toMatchObject({
      api: { url: 'https://films.example' },
      isLocalStack: false,
      stack: null,
    });
    expect(contextOf(env, { url: 'http://other.example' }).api.url).toBe('http://other.example');
  });

  it('is that of the stack, also if its URL is given', () => {
    startStack('data', 'http://127.0.0.1:3001');
    expect(contextOf({ MARQUEE_URL: 'http://127.0.0.1:3001/' })).toMatchObject({
      isLocalStack: true,
      stack: { apiUrl: 'http://127.0.0.1:3001' },
    });
  });
});

describe('the key', () => {
  it.each<[string, Record<string, string>, Partial<GlobalOptions>, string | undefined]>([
    ['none', {}, {}, undefined],
    ['that of the stack, to it', { API_ADMIN_KEY: 'own' }, {}, 'Bearer own'],
    [
      'not that of the stack, to another address',
      { API_ADMIN_KEY: 'own', MARQUEE_URL: 'http://films.example' },
      {},
      undefined,
    ],
    [
      'not that of the stack, to another --url',
      { API_ADMIN_KEY: 'own' },
      { url: 'http://films.example' },
      undefined,
    ],
    ['MARQUEE_KEY before it', { API_ADMIN_KEY: 'own', MARQUEE_KEY: 'env' }, {}, 'Bearer env'],
    [
      'MARQUEE_KEY to any address',
      { MARQUEE_KEY: 'env', MARQUEE_URL: 'http://films.example' },
      {},
      'Bearer env',
    ],
    [
      '--key before all',
      { API_ADMIN_KEY: 'own', MARQUEE_KEY: 'env' },
      { key: 'arg' },
      'Bearer arg',
    ],
  ])('is %s', async (_, env, options, key) => {
    expect(await keyOf(contextOf(env, options))).toBe(key);
  });
});

describe('the hint if nothing answers', () => {
  it('is to start the stack, with its folder unless that is the default', () => {
    expect(contextOf({}).startHint).toContain(' make up.');
    expect(contextOf({}).startHint).not.toContain('DATA_DIR');
    expect(contextOf({ DATA_DIR: 'data/two' }).startHint).toContain(
      'DATA_DIR=data/two MODE=embedded make up',
    );
    // an API elsewhere does not belong to a folder here
    expect(
      contextOf({ DATA_DIR: 'data/two', MARQUEE_URL: 'http://films.example' }).startHint,
    ).not.toContain('DATA_DIR');
  });

  it('is to start the demo if there was no other stack, and none in Docker', () => {
    mkdirSync(join(root, 'data/demo/made-up-1000'), { recursive: true });
    expect(contextOf({}).startHint).toContain('make demo');
    expect(contextOf({ POSTGRES_READER_PASSWORD: 'secret' }).startHint).toContain('make up');
    expect(contextOf({ MARQUEE_URL: 'http://films.example' }).startHint).toContain('make up');
    startStack('data/demo', 'http://127.0.0.1:3001');
    expect(contextOf({}).makeCommand('logs')).toBe('DATA_DIR=data/demo MODE=embedded make logs');
  });
});

describe('whether questions can be asked', () => {
  it.each<[string, boolean, Record<string, string>, Partial<GlobalOptions>]>([
    ['at a terminal', true, {}, {}],
    ['not with CI', false, { CI: 'true' }, {}],
    ['at a terminal with an empty CI', true, { CI: '' }, {}],
    ['not with --no-input', false, {}, { input: false }],
    ['not with --yes, which answers', false, {}, { yes: true }],
    ['not with --json', false, {}, { json: true }],
  ])('%s: %s', (_, canPrompt, env, options) => {
    captureOutput(80);
    const before = process.stdin.isTTY;
    process.stdin.isTTY = true;
    onTestFinished(() => {
      process.stdin.isTTY = before;
    });
    expect(contextOf(env, options)).toMatchObject({ canPrompt, assumeYes: options.yes === true });
  });

  it('not without a terminal', () => {
    captureOutput();
    expect(contextOf({}).canPrompt).toBeFalsy();
  });
});

describe('the database', () => {
  it('is the given one, from --database-url rather than DATABASE_URL', () => {
    const context = contextOf({ DATABASE_URL: 'postgres://db/env' });
    expect(databaseUrl(context)).toBe('postgres://db/env');
    expect(databaseUrl(context, 'postgres://db/given')).toBe('postgres://db/given');
  });

  it('is that of the embedded stack, if it has one', () => {
    startStack('data', 'http://127.0.0.1:3001', 'postgres://127.0.0.1:5555/marquee');
    expect(databaseUrl(contextOf({ POSTGRES_READER_PASSWORD: 'x' }))).toBe(
      'postgres://127.0.0.1:5555/marquee',
    );
  });

  it('is that of the stack in Docker, with the password of .env', () => {
    expect(
      databaseUrl(contextOf({ POSTGRES_READER_PASSWORD: 'p@ss/wörd', POSTGRES_PORT: '5432' })),
    ).toBe('postgres://marquee_reader:p%40ss%2Fw%C3%B6rd@127.0.0.1:5432/marquee');
  });

  it('is unknown without a stack, and for another URL', () => {
    expect(databaseUrl(contextOf({}))).toBeNull();
    expect(
      databaseUrl(
        contextOf({ POSTGRES_READER_PASSWORD: 'x', MARQUEE_URL: 'http://films.example' }),
      ),
    ).toBeNull();
  });
});
