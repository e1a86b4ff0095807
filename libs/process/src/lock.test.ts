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
  it('is held by one at a time, and free again when released', () => {
    const file = join(folder, 'lock');
    const first = takeLock(file);
    expect(first).not.toBeNull();
    expect(takeLock(file, 0)).toBeNull();
    first?.release();
    const second = takeLock(file, 0);
    expect(second).not.toBeNull();
    second?.release();
  });

  it('throws where its file cannot be made', () => {
    expect(() => takeLock(join(folder, 'missing', 'lock'))).toThrow();
  });

  it('can be looked at, which takes nothing and makes nothing', () => {
    const file = join(folder, 'lock');
    expect(isLocked(file)).toBe(false);
    expect(existsSync(file)).toBe(false);
    const lock = takeLock(file);
    expect(isLocked(file)).toBe(true);
    lock?.release();
    expect(isLocked(file)).toBe(false);
  });

  it('is not held by another who only looks', () => {
    const file = join(folder, 'lock');
    takeLock(file)?.release();
    // stays in the middle of looking
    const other = new DatabaseSync(file, { readOnly: true });
    other.exec('begin; select count(*) from sqlite_schema');
    expect(isLocked(file)).toBe(false);
    other.close();
  });
});
