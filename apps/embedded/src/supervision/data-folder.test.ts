import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataPaths } from '@marquee/stack';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { makeDataFolder } from './data-folder.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'marquee-data-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

describe('the data folder', () => {
  it('is created with its parents, and used as it is the next time', () => {
    const paths = dataPaths(join(folder, 'deep/data'));
    makeDataFolder(paths);
    makeDataFolder(paths);
  });

  it.each(['file', 'file/below', 'file/far/below'])(
    'that cannot be created, %s, is named in one line with what to do',
    (name) => {
      writeFileSync(join(folder, 'file'), '');
      expect(() => makeDataFolder(dataPaths(join(folder, name)))).toThrow(
        /^The data folder is .*file.*, which is not a folder, or is below a file\. Set DATA_DIR .*$/u,
      );
    },
  );

  it('that is a dangling link is rejected too', () => {
    symlinkSync(join(folder, 'gone/away'), join(folder, 'link'));
    expect(() => makeDataFolder(dataPaths(join(folder, 'link')))).toThrow(/Set DATA_DIR/u);
  });
});
