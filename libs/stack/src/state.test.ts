import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isLocked, takeLock } from '@marquee/process';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { dataPaths, type DataPaths } from './paths.ts';
import { readState, StateFile, type StackState } from './state.ts';

const STATE: StackState = {
  pid: process.pid,
  apiUrl: 'http://127.0.0.1:3000',
  databaseUrl: null,
  processes: [{ name: 'api', pid: 1, state: 'running', since: '2026-01-01T00:00:00.000Z' }],
};
/** The state that an earlier supervisor left behind. Another process has its pid now. */
const STALE = JSON.stringify(STATE);

let paths: DataPaths;

beforeEach(() => {
  const data = mkdtempSync(join(tmpdir(), 'marquee-state-'));
  onTestFinished(() => rmSync(data, { recursive: true, force: true }));
  paths = dataPaths(data);
});

describe('the state of a stack', () => {
  it('is readable while its supervisor lives, and not afterwards', () => {
    const file = new StateFile(paths);
    file.write(STATE);
    expect(readState(paths)).toEqual(STATE);
    file.close();
    expect(readState(paths)).toBeNull();
  });

  it('is none if an earlier supervisor left its file behind, however often it is read', () => {
    writeFileSync(paths.stateLock, '');
    writeFileSync(paths.state, STALE);
    expect(isLocked(paths.stateLock)).toBe(false);
    expect([1, 2, 3].map(() => readState(paths))).toEqual([null, null, null]);
  });

  it('is never that of an earlier supervisor, even before a new one has written its own', () => {
    writeFileSync(paths.state, STALE);
    const lock = takeLock(paths.lock);
    expect(readState(paths)).toBeNull();
    const file = new StateFile(paths);
    expect(readState(paths)).toBeNull();
    file.close();
    lock?.release();
  });
});
