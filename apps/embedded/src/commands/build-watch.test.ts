import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { watchBuilds } from './build-watch.ts';

let root: string;
let built: string[];
/** How often the watch has polled. */
let looks: number;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'marquee-built-'));
  for (const name of ['api', 'process']) {
    mkdirSync(join(root, name, 'dist/deep'), { recursive: true });
    for (const file of ['main.js', 'deep/part.js'])
      writeFileSync(join(root, name, 'dist', file), 'one');
  }
  built = [];
  looks = 0;
  const abort = new AbortController();
  watchBuilds({
    folders: () => {
      looks++;
      return ['api', 'process'].map((name) => join(root, name));
    },
    onBuilt: (folders) => built.push([...folders].map((folder) => basename(folder)).join(' ')),
    signal: abort.signal,
    intervalMs: 20,
  });
  onTestFinished(() => {
    abort.abort();
    rmSync(root, { recursive: true, force: true });
  });
});

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(10);
}

/**
 * Resolves when the watch has seen everything written so far, and found it unchanged twice.
 */
async function untilSeen(): Promise<void> {
  const before = looks;
  await until(() => looks >= before + 3);
}

describe('a build', () => {
  it('is reported with its folder, whichever file is written', async () => {
    writeFileSync(join(root, 'api/dist/main.js'), 'a second time');
    await until(() => built.length === 1);
    writeFileSync(join(root, 'process/dist/deep/part.js'), 'a second time');
    await until(() => built.length === 2);
    expect(built).toEqual(['api', 'process']);
  });

  it('is reported each time after its folder was deleted and restored, and not while it is missing', async () => {
    const dist = join(root, 'process/dist');
    cpSync(dist, join(root, 'kept'), { recursive: true });
    for (const time of [1, 2, 3]) {
      rmSync(dist, { recursive: true });
      await untilSeen();
      expect(built).toHaveLength(time - 1);
      cpSync(join(root, 'kept'), join(root, 'new'), { recursive: true });
      renameSync(join(root, 'new'), dist);
      await until(() => built.length === time);
    }
    writeFileSync(join(dist, 'deep/part.js'), 'a second time');
    await until(() => built.length === 4);
    expect(new Set(built)).toEqual(new Set(['process']));
  });

  it('ignores files other than JavaScript in dist', async () => {
    writeFileSync(join(root, 'api/dist/main.d.ts'), 'declare');
    writeFileSync(join(root, 'api/source.js'), 'no build');
    await untilSeen();
    writeFileSync(join(root, 'process/dist/main.js'), 'a second time');
    await until(() => built.length > 0);
    expect(built).toEqual(['process']);
  });
});
