import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AnswersByPath, problem } from '@marquee/api-client/testing';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { VERSION } from '../version.ts';
import { publishedAt } from '../testing/answers.ts';
import { marquee } from '../testing/marquee.ts';

const HEALTHY: AnswersByPath = {
  '/health/live': { status: 'ok' },
  '/health/ready': { status: 'ok' },
  '/openapi.json': { info: { title: 'marquee', version: VERSION } },
  '/published': publishedAt(new Date().toISOString()),
  '/runs': { items: [], next: null },
};
const NOT_READY: AnswersByPath = {
  ...HEALTHY,
  '/health/ready': () =>
    problem({
      status: 503,
      code: 'not-ready',
      detail: 'No answer from the database and the queue.',
      hint: 'Is it up?\nLook.',
    }),
};

beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'marquee-doctor-'));
  // the test does not depend on an installed psql
  writeFileSync(join(folder, 'psql'), '#!/bin/sh\necho "psql (PostgreSQL) 18.0"\n', {
    mode: 0o755,
  });
  vi.stubEnv('PATH', folder);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });
});

it('shows each check on a line, with what to do below, and ends with 0', async () => {
  const { code, stdout } = await marquee({ ...HEALTHY, '/published': publishedAt(null) }, [
    'doctor',
  ]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^ok {4}node {11}Node /mu);
  expect(stdout).toMatch(/^ok {4}api {12}http:/mu);
  expect(stdout).toMatch(/^warn {2}data {11}\S.*\n {21}→ .*marquee update$/mu);
});

it('ends with 1 if a check fails, and names it', async () => {
  const { code, stdout, stderr } = await marquee(NOT_READY, ['doctor']);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^fail {2}queue .*\n {21}→ Is it up\?\n {23}Look\.$/mu);
  expect(stderr).toMatch(/^2 of \d+ .*: queue, database\.\n$/u);
});

it.each([
  ['ok', 0, HEALTHY],
  ['warn', 0, { ...HEALTHY, '/published': publishedAt(null) }],
  ['fail', 1, NOT_READY],
])(
  'is a report with all checks and the worst status as JSON: %s, %d',
  async (status, code, answers) => {
    const ended = await marquee(answers, ['doctor', '--json']);
    expect(ended.code).toBe(code);
    const report = JSON.parse(ended.stdout) as { status: string; checks: { check: string }[] };
    expect(report.status).toBe(status);
    expect(report.checks.map(({ check }) => check)).toEqual([
      'node',
      'configuration',
      'api',
      'version',
      ...(status === 'fail' ? ['queue', 'database'] : ['queue']),
      'data',
      'psql',
    ]);
  },
);
