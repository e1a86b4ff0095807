import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isLocked, takeLock } from '@marquee/process';
import { readState, type StackState, StateFile } from '@marquee/stack';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Config, readEmbeddedConfig } from '../config.ts';
import { down } from './background.ts';

const OURS: StackState = {
  pid: process.pid,
  apiUrl: 'http://127.0.0.1:3000',
  databaseUrl: null,
  processes: [],
};
/**
 * What an earlier supervisor left behind; the pid is by now another program's, which must not be
 * ended.
 */
const STALE = JSON.stringify(OURS);

let config: Config;

beforeEach(() => {
  const data = mkdtempSync(join(tmpdir(), 'marquee-state-'));
  onTestFinished(() => rmSync(data, { recursive: true, force: true }));
  config = readEmbeddedConfig({ DATA_DIR: data }, '/');
});

/** Watches what is signalled, and lets nothing of it through. */
function watchSignals() {
  const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
  const print = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  onTestFinished(() => {
    kill.mockRestore();
    print.mockRestore();
  });
  return { kill, print };
}

describe('what runs', () => {
  it('is read while its supervisor lives, and not afterwards', () => {
    const file = new StateFile(config.paths);
    file.write(OURS);
    expect(readState(config.paths)).toEqual(OURS);
    file.close();
    expect(readState(config.paths)).toBeNull();
  });

  it('is nothing where an earlier supervisor left its file behind, however many look', () => {
    writeFileSync(config.paths.stateLock, '');
    writeFileSync(config.paths.state, STALE);
    expect(isLocked(config.paths.stateLock)).toBe(false);
    expect([1, 2, 3].map(() => readState(config.paths))).toEqual([null, null, null]);
  });

  it('is never what an earlier supervisor left behind, also before a new one has written anything', () => {
    writeFileSync(config.paths.state, STALE);
    const lock = takeLock(config.paths.lock);
    expect(readState(config.paths)).toBeNull();
    const file = new StateFile(config.paths);
    expect(readState(config.paths)).toBeNull();
    file.close();
    lock?.release();
  });
});

describe('down', () => {
  it('signals nobody where the supervisor is gone and its pid is that of another', async () => {
    const { kill, print } = watchSignals();
    writeFileSync(config.paths.stateLock, '');
    writeFileSync(config.paths.state, STALE);
    await down(config);
    expect(kill).not.toHaveBeenCalled();
    expect(print).toHaveBeenCalledWith('The stack is not up.');
  });

  it('waits for a supervisor that has only just begun, and ends that one', async () => {
    const { kill } = watchSignals();
    writeFileSync(config.paths.state, STALE);
    const lock = takeLock(config.paths.lock);
    const stopped = down(config);
    expect(kill).not.toHaveBeenCalled();
    const file = new StateFile(config.paths);
    file.write({ ...OURS, pid: 42 });
    kill.mockImplementation(() => {
      file.close();
      lock?.release();
      return true;
    });
    await stopped;
    expect(kill.mock.calls).toEqual([[42, 'SIGTERM']]);
  });

  it('takes a supervisor that ends by itself meanwhile for stopped', async () => {
    const { kill, print } = watchSignals();
    const file = new StateFile(config.paths);
    file.write(OURS);
    kill.mockImplementation(() => {
      file.close();
      throw Object.assign(new Error('kill ESRCH'), { code: 'ESRCH' });
    });
    await down(config);
    expect(print).toHaveBeenLastCalledWith('Stopped. The data stays.');
  });
});
