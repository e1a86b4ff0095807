import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { readConfig } from './config.ts';
import { databaseUrl, queueUrl } from './connection-url.ts';
import { currentSecret, secret, secretNames } from './secret.ts';

const schema = z.object({
  DATABASE_URL: databaseUrl(),
  QUEUE_URL: queueUrl().optional(),
  KEY: secret(z.string().min(5)).optional().describe('5 characters'),
  PLAIN: z.string().optional(),
});
const DATABASE_URL = 'postgres://user:secret@127.0.0.1/db';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'marquee-secret-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

function faultsOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig(schema, env);
    return [];
  } catch (error) {
    return (error as { faults: readonly string[] }).faults;
  }
}

describe('a secret', () => {
  it('comes from a file, without the newline at its end, and no other setting does', () => {
    const env = {
      DATABASE_URL_FILE: file('url', `${DATABASE_URL}\n`),
      KEY_FILE: file('key', 'pass phrase \r\n'),
      PLAIN_FILE: file('plain', 'text'),
    };
    expect(readConfig(schema, env)).toEqual({ DATABASE_URL, KEY: 'pass phrase ' });
    expect(secretNames(schema)).toEqual(['DATABASE_URL', 'QUEUE_URL', 'KEY']);
  });

  it('is refused at once if its path is a pipe, a device, a folder or a large file', () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const huge = file('huge', '');
    truncateSync(huge, 2 ** 30);
    const noFile = 'it is a folder, a pipe or a device, not a file';
    for (const [path, fault] of [
      [pipe, noFile],
      [folder, noFile],
      ['/dev/zero', noFile],
      [huge, 'it has more than 65536 bytes'],
    ])
      expect(faultsOf({ DATABASE_URL, KEY_FILE: String(path) })).toEqual([
        `KEY_FILE names ${path}, which cannot be read: ${fault}`,
      ]);
    expect(
      readConfig(schema, { DATABASE_URL, KEY_FILE: file('large', 'k'.repeat(65_536)) }),
    ).toEqual({ DATABASE_URL, KEY: 'k'.repeat(65_536) });
  });

  it('that has changed to a pipe stays as it was', () => {
    vi.spyOn(process, 'emitWarning').mockReturnValue();
    const path = file('key', 'first');
    const { KEY = '' } = readConfig(schema, { DATABASE_URL, KEY_FILE: path });
    rmSync(path);
    execFileSync('mkfifo', [path]);
    expect(currentSecret(KEY)).toBe('first');
    vi.restoreAllMocks();
  });

  it('is refused if it is given twice, or if its file is missing, empty or wrong, without its value', () => {
    const env = {
      DATABASE_URL,
      DATABASE_URL_FILE: file('url', DATABASE_URL),
      QUEUE_URL_FILE: join(folder, 'missing'),
      KEY_FILE: file('key', 'abc'),
    };
    expect(faultsOf(env)).toEqual([
      'DATABASE_URL and DATABASE_URL_FILE are both set: expected one of them',
      `QUEUE_URL_FILE names ${folder}/missing, which cannot be read: ENOENT`,
      'KEY_FILE is not valid: expected 5 characters',
    ]);
    expect(faultsOf({ DATABASE_URL, KEY_FILE: file('key', '\n') })).toEqual([
      `KEY_FILE names ${folder}/key, which is empty`,
    ]);
  });

  it('is what its file holds now; while that is no valid value, what it held before', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue();
    const KEY_FILE = file('key', 'first');
    const { KEY = '' } = readConfig(schema, { DATABASE_URL, KEY_FILE });
    expect(currentSecret(KEY)).toBe('first');
    file('key', 'second\n');
    expect(currentSecret(KEY)).toBe('second');
    file('key', 'bad');
    expect([currentSecret(KEY), currentSecret(KEY)]).toEqual(['second', 'second']);
    rmSync(KEY_FILE);
    expect(currentSecret(KEY)).toBe('second');
    file('key', 'third');
    expect(currentSecret(KEY)).toBe('third');
    expect(currentSecret('from the environment')).toBe('from the environment');
    expect(warn.mock.calls.map(([text]) => String(text))).toEqual([
      `${KEY_FILE} does not hold a valid value; what it held before stays in use`,
      `${KEY_FILE} cannot be read: ENOENT; what it held before stays in use`,
    ]);
    warn.mockRestore();
  });
});

describe('the URL of a database or queue', () => {
  it.each([
    [DATABASE_URL, undefined],
    [`${DATABASE_URL}?sslmode=disable`, undefined],
    [`${DATABASE_URL}?sslmode=verify-full`, undefined],
    [
      `${DATABASE_URL}?sslmode=verify-full&sslrootcert=/etc/passwd&sslnegotiation=direct`,
      undefined,
    ],
    ['rediss://:pw@redis:6379?sslrootcert=/etc/passwd', undefined],
    [`${DATABASE_URL}?sslmode=require`, /expected sslmode=verify-full/u],
    [`${DATABASE_URL}?sslmode=prefer&sslrootcert=/etc/passwd`, /expected sslmode=verify-full/u],
    [`${DATABASE_URL}?sslmode=verify-ca`, /expected sslmode=verify-full/u],
    [`${DATABASE_URL}?sslmode=no-verify`, /expected sslmode=verify-full/u],
    [`${DATABASE_URL}?sslrootcert=/etc/passwd`, /expected sslmode=verify-full/u],
    [`${DATABASE_URL}?sslmode=disable&sslrootcert=/etc/passwd`, /expected sslmode=verify-full/u],
    [`${DATABASE_URL}?ssl=true`, /expected sslmode=verify-full/u],
    [`${DATABASE_URL}?sslmode=verify-full&uselibpqcompat=true`, /without ssl and uselibpqcompat/u],
    [`${DATABASE_URL}?sslmode=verify-full&sslrootcert=/missing.crt`, /and \/missing\.crt is none/u],
    [`${DATABASE_URL}?sslmode=verify-full&sslcert=/etc/passwd`, /sslcert and sslkey together/u],
    ['redis://:pw@redis:6379?sslrootcert=/etc/passwd', /rediss:\/\/ instead of redis:\/\//u],
    ['rediss://:pw@redis:6379?sslmode=require', /it always verifies/u],
    ['mysql://:pw@redis:6379', /expected a URL that starts with postgres:\/\//u],
  ])('%s', (url, fault) => {
    const faults = faultsOf({ DATABASE_URL, QUEUE_URL: url });
    if (fault === undefined) expect(faults).toEqual([]);
    else expect(faults).toEqual([expect.stringMatching(fault)]);
    expect(faults.join()).not.toMatch(/secret|:pw@/u);
  });
});
