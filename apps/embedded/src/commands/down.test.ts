import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { takeLock } from '@marquee/process';
import { StateFile, type StackState } from '@marquee/stack';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { readEmbeddedConfig, type Config } from '../config.ts';
import { down } from './background.ts';

const OURS: StackState = {
  pid: process.pid,
  apiUrl: 'http://127.0.0.1:3000',
  databaseUrl: null,
  processes: [],
};
/**
 * The state that an earlier supervisor left behind. Another program has its pid now, which must not
 * be stopped.
 */
const STALE = JSON.stringify(OURS);

let config: Config;

beforeEach(() => {
  const data = mkdtempSync(join(tmpdir(), 'marquee-down-'));
  onTestFinished(() => rmSync(data, { recursive: true, force: true }));
  config = readEmbeddedConfig({ DATA_DIR: data }, '/');
});

/** Records signals without sending them. */
function watchSignals() {
  const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
  const print = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  onTestFinished(() => {
    kill.mockRestore();
    print.mockRestore();
  });
  return { kill, print };
}

describe('down', () => {
  it('sends no signal if the supervisor has ended and another process has its pid', async () => {
    const { kill, print } = watchSignals();
    writeFileSync(config.paths.stateLock, '');
    writeFileSync(config.paths.state, STALE);
    await down(config);
    expect(kill).not.toHaveBeenCalled();
    expect(print).toHaveBeenCalledWith('The stack is not up.');
  });

  it('waits for the state of a supervisor that has just started, and stops it', async () => {
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

  it('treats a supervisor that ends by itself meanwhile as stopped', async () => {
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
