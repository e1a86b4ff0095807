import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { takeLock } from '@marquee/process';
import { demoPaths, demoSample, isDemoDir, StateFile } from '@marquee/stack';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { rejectDemoDir } from '../commands/background.ts';
import { suggestNextStep } from '../commands/next-step.ts';
import { type Config, readEmbeddedConfig } from '../config.ts';

let data: string;
let real: Config;
let demo: Config;

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'marquee-demo-folder-'));
  onTestFinished(() => rmSync(data, { recursive: true }));
  real = readEmbeddedConfig({ DATA_DIR: data }, '/');
  demo = readEmbeddedConfig({ DATA_DIR: join(data, 'demo') }, '/');
  mkdirSync(demoSample(demo.paths, 1000), { recursive: true });
});

describe("a demo's data folder", () => {
  it('is recognised by its sample; it is a subfolder of another, or the given one', () => {
    expect([real, demo].map(({ paths }) => isDemoDir(paths))).toEqual([false, true]);
    expect([real, demo].map((config) => demoPaths(config).paths)).toEqual([demo.paths, demo.paths]);
  });

  it('is started only by the demo', () => {
    rejectDemoDir(real);
    expect(() => rejectDemoDir(demo)).toThrow(
      `The data in ${data}/demo is the demo's. DATA_DIR=${data}/demo make demo starts it again.`,
    );
    expect(suggestNextStep(demo, 'ps')).toBe(`Start it: DATA_DIR=${data}/demo make demo`);
    expect(suggestNextStep(real, 'ps')).toBe(`Start it: DATA_DIR=${data} make up`);
  });

  it('is left alone while the demo is running, which the message says', () => {
    const lock = takeLock(demo.paths.lock);
    const state = new StateFile(demo.paths);
    onTestFinished(() => {
      state.close();
      lock?.release();
    });
    state.write({ pid: 42, apiUrl: 'http://127.0.0.1:3000', databaseUrl: null, processes: [] });
    expect(() => rejectDemoDir(demo)).toThrow(
      /It is running \(pid 42\); Ctrl-C in its terminal stops it\. DATA_DIR=/u,
    );
    expect(suggestNextStep(real, 'ps')).toContain(
      `The demo is running: DATA_DIR=${data}/demo MODE=embedded make ps\n`,
    );
  });
});
