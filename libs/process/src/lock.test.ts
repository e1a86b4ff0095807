import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isLocked, takeLock } from './lock.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'marquee-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the lock', () => {
  it('is held by one at a time, and is free again once released', () => {
    const file = join(folder, 'lock');
    const first = takeLock(file);
    expect(first).not.toBeNull();
    expect(takeLock(file, 0)).toBeNull();
    first?.release();
    const second = takeLock(file, 0);
    expect(second).not.toBeNull();
    second?.release();
  });

  it('throws when its file cannot be created', () => {
    expect(() => takeLock(join(folder, 'missing', 'lock'))).toThrow();
  });

  it('can be checked without taking it or creating its file', () => {
    const file = join(folder, 'lock');
    expect(isLocked(file)).toBe(false);
    expect(existsSync(file)).toBe(false);
    const lock = takeLock(file);
    expect(isLocked(file)).toBe(true);
    lock?.release();
    expect(isLocked(file)).toBe(false);
  });

  it('is not held by another process that only checks', () => {
    const file = join(folder, 'lock');
    takeLock(file)?.release();
    // stays in the middle of a check
    const other = new DatabaseSync(file, { readOnly: true });
    other.exec('begin; select count(*) from sqlite_schema');
    expect(isLocked(file)).toBe(false);
    other.close();
  });
});
