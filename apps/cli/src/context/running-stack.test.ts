import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { takeLock } from '@marquee/process';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { findRunningStack, hasOnlyDemo } from './running-stack.ts';

const STATE = {
  pid: 1,
  apiUrl: 'http://127.0.0.1:3000',
  databaseUrl: null,
  processes: [{ name: 'api', pid: 2, state: 'running', since: '2026-01-01T00:00:00Z' }],
};

let data: string;

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'marquee-stack-'));
  onTestFinished(() => rmSync(data, { recursive: true }));
});

/** Writes a supervisor's state file. */
function writeState(folder: string, state: unknown = STATE): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'supervisor.json'), JSON.stringify(state));
  writeFileSync(join(folder, 'supervisor.json.lock'), '');
}

/** Holds the lock of a supervisor's state file. */
function hold(folder: string): void {
  const lock = takeLock(join(folder, 'supervisor.json.lock')) ?? expect.fail('it is held already');
  onTestFinished(() => lock.release());
}

describe('the stack on a data folder', () => {
  it('is the one that is up on it', () => {
    writeState(data);
    hold(data);
    expect(findRunningStack(data)).toEqual({ ...STATE, data });
  });

  it('is its demo if only that is up', () => {
    writeState(data);
    writeState(join(data, 'demo'), { ...STATE, apiUrl: 'http://127.0.0.1:3001' });
    hold(join(data, 'demo'));
    expect(findRunningStack(data)).toMatchObject({
      apiUrl: 'http://127.0.0.1:3001',
      data: join(data, 'demo'),
    });
  });

  it('is its own if the demo is up too', () => {
    for (const folder of [data, join(data, 'demo')]) {
      writeState(folder, { ...STATE, apiUrl: folder });
      hold(folder);
    }
    expect(findRunningStack(data)?.apiUrl).toBe(data);
    expect(findRunningStack(join(data, 'demo'))?.apiUrl).toBe(join(data, 'demo'));
  });

  it('is null without a folder or a state file, and with a file that a dead supervisor left', () => {
    expect(findRunningStack(join(data, 'nowhere'))).toBeNull();
    expect(findRunningStack(data)).toBeNull();
    writeState(data);
    expect(findRunningStack(data)).toBeNull();
  });

  it.each([[''], [{ ...STATE, apiUrl: null }], [{}], [null]])(
    'is none while its file is %j',
    (state) => {
      writeState(data, state);
      hold(data);
      expect(findRunningStack(data)).toBeNull();
    },
  );

  it('is none while its file is written', () => {
    writeState(data);
    writeFileSync(join(data, 'supervisor.json'), '{"apiUrl": "http://127.');
    hold(data);
    expect(findRunningStack(data)).toBeNull();
  });
});

describe('whether a data folder has only had a demo', () => {
  it('is true with a sample in it, or in its demo', () => {
    expect(hasOnlyDemo(join(data, 'nowhere'))).toBe(false);
    expect(hasOnlyDemo(data)).toBe(false);
    mkdirSync(join(data, 'demo/made-up-1000'), { recursive: true });
    expect(hasOnlyDemo(data)).toBe(true);
    expect(hasOnlyDemo(join(data, 'demo'))).toBe(true);
  });

  it('is false if a stack of its own has a database there', () => {
    mkdirSync(join(data, 'demo/made-up-1000'), { recursive: true });
    mkdirSync(join(data, 'postgres'));
    expect(hasOnlyDemo(data)).toBe(false);
    expect(hasOnlyDemo(join(data, 'demo'))).toBe(true);
  });
});
