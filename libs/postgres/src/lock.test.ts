import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeLock } from './lock.ts';

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
});
