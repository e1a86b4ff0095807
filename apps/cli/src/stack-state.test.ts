import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { takeLock } from '@marquee/process';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { findStack, isOfDemoAlone } from './stack-state.ts';

const STATE = {
  apiUrl: 'http://127.0.0.1:3000',
  databaseUrl: null,
  processes: [{ name: 'api', state: 'running' }],
};

let data: string;

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'marquee-stack-'));
  onTestFinished(() => rmSync(data, { recursive: true }));
});

/** What a supervisor writes down on a folder. */
function writeState(folder: string, state: unknown = STATE): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'supervisor.json'), JSON.stringify(state));
  writeFileSync(join(folder, 'supervisor.json.lock'), '');
}

/** Has a supervisor live on a folder. */
function hold(folder: string): void {
  const lock = takeLock(join(folder, 'supervisor.json.lock')) ?? expect.fail('it is held already');
  onTestFinished(() => lock.release());
}

describe('the stack on a data folder', () => {
  it('is the one that is up on it', () => {
    writeState(data);
    hold(data);
    expect(findStack(data)).toEqual({ ...STATE, data });
  });

  it('is its demo where that alone is up', () => {
    writeState(data);
    writeState(join(data, 'demo'), { ...STATE, apiUrl: 'http://127.0.0.1:3001' });
    hold(join(data, 'demo'));
    expect(findStack(data)).toMatchObject({
      apiUrl: 'http://127.0.0.1:3001',
      data: join(data, 'demo'),
    });
  });

  it('is its own where the demo is up as well', () => {
    for (const folder of [data, join(data, 'demo')]) {
      writeState(folder, { ...STATE, apiUrl: folder });
      hold(folder);
    }
    expect(findStack(data)?.apiUrl).toBe(data);
    expect(findStack(join(data, 'demo'))?.apiUrl).toBe(join(data, 'demo'));
  });

  it('is none where there is no folder, no file, or one that an ended supervisor left behind', () => {
    expect(findStack(join(data, 'nowhere'))).toBeNull();
    expect(findStack(data)).toBeNull();
    writeState(data);
    expect(findStack(data)).toBeNull();
  });

  it.each([[''], [{ ...STATE, apiUrl: null }], [{}], [null]])(
    'is none while its file is %j',
    (state) => {
      writeState(data, state);
      hold(data);
      expect(findStack(data)).toBeNull();
    },
  );

  it('is none while its file is written', () => {
    writeState(data);
    writeFileSync(join(data, 'supervisor.json'), '{"apiUrl": "http://127.');
    hold(data);
    expect(findStack(data)).toBeNull();
  });
});

describe('whether nothing but a demo was up on a data folder', () => {
  it('is so with made-up files in it, or in its demo', () => {
    expect(isOfDemoAlone(join(data, 'nowhere'))).toBe(false);
    expect(isOfDemoAlone(data)).toBe(false);
    mkdirSync(join(data, 'demo/made-up-1000'), { recursive: true });
    expect(isOfDemoAlone(data)).toBe(true);
    expect(isOfDemoAlone(join(data, 'demo'))).toBe(true);
  });

  it('is not so where a stack of its own has a database there', () => {
    mkdirSync(join(data, 'demo/made-up-1000'), { recursive: true });
    mkdirSync(join(data, 'postgres'));
    expect(isOfDemoAlone(data)).toBe(false);
    expect(isOfDemoAlone(join(data, 'demo'))).toBe(true);
  });
});
