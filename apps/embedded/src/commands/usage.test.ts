import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { overview, USAGES } from './usage.ts';

const MAIN = join(import.meta.dirname, '../../dist/main.js');

it.each([['--help'], ['-h']])('demo %s prints help, and starts nothing', (option) => {
  const folder = mkdtempSync(join(tmpdir(), 'marquee-usage-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const { status, stdout } = spawnSync(process.execPath, [MAIN, 'demo', option], {
    encoding: 'utf8',
    env: { ...process.env, DATA_DIR: folder },
    timeout: 60_000,
  });
  expect(status).toBe(0);
  expect(stdout).toContain('Ctrl-C stops it');
  expect(stdout).toMatch(/^ {2}DEMO_TITLES +titles in the sample, 50000 by default$/mu);
  expect(readdirSync(folder)).toEqual([]);
});

it('lists all commands with what they do', () => {
  for (const [name, { about }] of Object.entries(USAGES)) {
    expect(overview()).toContain(about);
    expect(overview()).toMatch(new RegExp(`^  ${name} `, 'mu'));
  }
});
