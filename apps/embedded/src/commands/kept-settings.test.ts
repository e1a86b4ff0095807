import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { dataPaths, loadSettings, settingsFile, unknownSettings } from '@marquee/stack';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { keepGivenSettings } from './kept-settings.ts';

let root: string;
let data: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'marquee-settings-'));
  data = join(root, 'data/second');
  mkdirSync(data, { recursive: true });
  writeFileSync(
    join(root, '.env.example'),
    'API_PORT=3000\nLOG_LEVEL=info\nREADING=\nDATA_DIR=data\n',
  );
  const print = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  onTestFinished(() => {
    print.mockRestore();
    rmSync(root, { recursive: true });
  });
});

function keep(env: Readonly<Record<string, string>>): void {
  keepGivenSettings({ root, env, paths: dataPaths(data) });
}

function kept(): unknown {
  return { ...parseEnv(readFileSync(settingsFile(data), 'utf8')) };
}

describe('settings', () => {
  it("on make's command line are kept in the data folder, in place of earlier ones", () => {
    const flags = ' --no-print-directory -- API_PORT=3100 DATA_DIR=data/second NAME=me';
    keep({
      MAKEFLAGS: flags,
      API_PORT: '3100',
      DATA_DIR: 'data/second',
      NAME: 'me',
      LOG_LEVEL: 'warn',
    });
    expect(kept()).toEqual({ API_PORT: '3100' });
    keep({
      MAKEFLAGS: ' -- READING=a\\ b DATA_DIR=data/second',
      READING: 'a b #c',
      DATA_DIR: 'data/second',
    });
    keep({
      MAKEFLAGS: ' -- API_PORT=3200 DATA_DIR=data/second',
      API_PORT: '3200',
      DATA_DIR: 'data/second',
    });
    expect(kept()).toEqual({ API_PORT: '3200', READING: 'a b #c' });
  });

  it('of the default stack are not kept: .env has them', () => {
    keep({ MAKEFLAGS: ' -- API_PORT=3100', API_PORT: '3100' });
    expect(kept).toThrow('ENOENT');
  });

  it('come from the environment, then the data folder, then .env', () => {
    writeFileSync(
      join(root, '.env'),
      'API_PORT=1\nLOG_LEVEL=error\nREADING=open\nDATA_DIR=data/second\n',
    );
    writeFileSync(settingsFile(data), 'API_PORT=2\nLOG_LEVEL=debug\nDATA_DIR=elsewhere\n');
    const names = ['API_PORT', 'LOG_LEVEL', 'READING', 'DATA_DIR'];
    for (const name of names) vi.stubEnv(name, undefined);
    vi.stubEnv('API_PORT', '3');
    onTestFinished(() => void vi.unstubAllEnvs());
    const env = loadSettings(root);
    expect(names.map((name) => env[name])).toEqual(['3', 'debug', 'open', 'data/second']);
  });

  it('with unknown names are reported with the name that is probably meant', () => {
    writeFileSync(join(root, '.env'), 'API_PROT=1\nAPI_PORT=1\n');
    writeFileSync(settingsFile(data), 'LOGLEVEL=debug\n');
    expect(unknownSettings(root, data)).toEqual([
      '.env: API_PROT is not a setting. Did you mean API_PORT?',
      'data/second/settings.env: LOGLEVEL is not a setting. Did you mean LOG_LEVEL?',
    ]);
  });
});

describe('the settings of a backup', () => {
  it.each([
    ['data', '.env'],
    ['data/second', 'data/second/settings.env'],
  ])('of a stack on %s become %s', (folder, file) => {
    const { stdout } = spawnSync(
      'make',
      ['--dry-run', 'restore', 'FILE=x.tar', 'MODE=embedded', `DATA_DIR=${folder}`],
      {
        cwd: join(import.meta.dirname, '../../../..'),
        encoding: 'utf8',
        env: { ...process.env, MAKEFLAGS: '' },
      },
    );
    expect(stdout).toContain(` --settings-to='${file}'`);
  });
});
