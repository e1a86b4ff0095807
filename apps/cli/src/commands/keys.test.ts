import type { Key } from '@marquee/contract';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { marquee } from '../testing/marquee.ts';

const KEY: Key = {
  id: '0199aaaa-0000-7000-8000-000000000000',
  name: 'the website',
  role: 'reader',
  requestsPerMinute: null,
  source: null,
  createdAt: '2026-01-01T00:00:00Z',
  expiresAt: null,
  lastUsedAt: null,
  revokedAt: null,
};
const NEW = { ...KEY, secret: `mq_${'k'.repeat(43)}` };

describe('a list of keys', () => {
  it('shows whether each key is valid, and until when', async () => {
    vi.stubEnv('TZ', 'UTC');
    vi.useFakeTimers({ now: new Date('2026-08-15T06:00:00Z'), toFake: ['Date'] });
    onTestFinished(() => {
      vi.unstubAllEnvs();
      vi.useRealTimers();
    });
    const items: Key[] = [
      KEY,
      { ...KEY, expiresAt: '2026-08-15T06:00:01Z', lastUsedAt: '2026-08-14T00:00:00Z' },
      { ...KEY, expiresAt: '2026-08-15T05:59:59Z' },
      // revoked before it could expire
      { ...KEY, expiresAt: '2030-01-01T00:00:00Z', revokedAt: '2026-02-01T00:00:00Z' },
    ];
    const { stdout } = await marquee({ '/keys': { items } }, ['keys']);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .slice(1)
        .map((line) => line.split(/ {2,}/u).slice(3)),
    ).toEqual([
      ['2026-01-01 00:00', 'valid'],
      ['2026-01-01 00:00', '2026-08-14 00:00', 'valid until 2026-08-15 06:00'],
      ['2026-01-01 00:00', 'expired 2026-08-15 05:59'],
      ['2026-01-01 00:00', 'revoked 2026-02-01 00:00'],
    ]);
  });
});

describe('a new key', () => {
  it('has the role reader and no limits by default', async () => {
    const { api } = await marquee({ 'POST /keys': NEW }, ['keys', 'create', 'ada']);
    expect(JSON.parse(api.requests[0]?.body ?? '')).toEqual({ name: 'ada', role: 'reader' });
    const more = await marquee({ 'POST /keys': NEW }, [
      'keys',
      'create',
      'ada',
      '--role',
      'operator',
      '--expires',
      '2030-01-31T00:00:00Z',
      '--requests-per-minute',
      '60',
    ]);
    expect(JSON.parse(more.api.requests[0]?.body ?? '')).toEqual({
      name: 'ada',
      role: 'operator',
      expiresAt: '2030-01-31T00:00:00Z',
      requestsPerMinute: 60,
    });
  });

  it('has only its secret on standard output, for scripts', async () => {
    const { stdout, stderr } = await marquee({ 'POST /keys': NEW }, ['keys', 'create', 'ada']);
    expect(stdout).toBe(`${NEW.secret}\n`);
    expect(stderr).toContain(KEY.id);
    expect(stderr).not.toContain(NEW.secret);
  });

  it('is the answer of the API as JSON', async () => {
    const ended = await marquee({ 'POST /keys': NEW }, ['keys', 'create', 'ada', '--json']);
    expect(JSON.parse(ended.stdout)).toEqual(NEW);
  });
});

it('revokes the given key', async () => {
  const { code, stdout, api } = await marquee({ [`DELETE /keys/${KEY.id}`]: KEY }, [
    'keys',
    'revoke',
    KEY.id,
  ]);
  expect(code).toBe(0);
  expect(stdout).toContain('the website');
  expect(api.requests).toHaveLength(1);
});
