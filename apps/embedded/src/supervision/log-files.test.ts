import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataPaths, type DataPaths } from '@marquee/stack';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { openLog, printLogs } from './log-files.ts';

let paths: DataPaths;

beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'marquee-logs-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  paths = dataPaths(folder);
});

describe('the log files', () => {
  it('are shown in the order of time, a line without a time after its predecessor', () => {
    mkdirSync(paths.log);
    writeFileSync(
      join(paths.log, 'api.log'),
      '{"time":"2026-01-01T00:00:01Z","msg":"one"}\nfollows one\n{"time":"2026-01-01T00:00:03Z","msg":"three"}\n',
    );
    writeFileSync(join(paths.log, 'loader.log'), '{"time":"2026-01-01T00:00:02Z","msg":"two"}\n');
    const print = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    onTestFinished(() => print.mockRestore());
    printLogs(paths, true);
    const lines = print.mock.calls.map(([line]) => String(line));
    expect(lines.map((line) => /one|two|three|follows/u.exec(line)?.[0])).toEqual([
      'one',
      'follows',
      'two',
      'three',
    ]);
    expect(lines[2]).toMatch(/^loader {5}\| /u);
  });

  it('are renamed when they have grown large', () => {
    closeSync(openLog(paths, 'api'));
    truncateSync(join(paths.log, 'api.log'), 2 ** 25);
    closeSync(openLog(paths, 'api'));
    expect(existsSync(join(paths.log, 'api.log.1'))).toBe(true);
    expect(readFileSync(join(paths.log, 'api.log'), 'utf8')).toBe('');
  });
});
