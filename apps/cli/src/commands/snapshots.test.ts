import { eventStream, problem, RUN } from '@marquee/api-client/testing';
import type { Snapshot } from '@marquee/contract';
import { expect, it, onTestFinished, vi } from 'vitest';
import { marquee } from '../testing/marquee.ts';

const SNAPSHOT: Snapshot = {
  id: 'title.ratings-20260815T061500Z-0a1b2c3d',
  dataset: 'title.ratings',
  fetchedAt: '2026-08-15T06:15:00Z',
  lastModified: null,
  bytes: 8_612_123,
  rawBytes: 30_000_000,
  rows: 1_705_427,
  isPublished: true,
};

it('lists snapshots with rows and size, and marks the published ones', async () => {
  vi.stubEnv('TZ', 'UTC');
  onTestFinished(() => void vi.unstubAllEnvs());
  const items = [SNAPSHOT, { ...SNAPSHOT, rows: 0, bytes: 20, isPublished: false }];
  const { stdout } = await marquee({ '/snapshots': { items } }, ['snapshots']);
  expect(stdout.replaceAll(SNAPSHOT.id, 'ID')).toBe(
    [
      'ID                                            ROWS    SIZE  DOWNLOADED        STATE',
      'ID  1,705,427  8.6 MB  2026-08-15 06:15  in use',
      'ID          0    1 kB  2026-08-15 06:15',
      '',
    ]
      .join('\n')
      .replace(/^ID {44}/u, `ID${' '.repeat(44)}`),
  );
});

it('loads the given ones, and follows the run', async () => {
  const { code, stdout, api } = await marquee(
    {
      'POST /run-loader': { id: RUN.id, url: RUN.url },
      [`/runs/${RUN.id}/events`]: () =>
        eventStream(`event: run\ndata: ${JSON.stringify({ ...RUN, kind: 'load' })}\n\n`),
    },
    ['snapshots', 'load', SNAPSHOT.id, 'title.crew-x'],
  );
  expect(code).toBe(0);
  expect(stdout).toMatch(/load .*succeeded/u);
  expect(JSON.parse(api.requests[0]?.body ?? '')).toEqual({
    snapshots: [SNAPSHOT.id, 'title.crew-x'],
  });
});

it('ends with 3 for one that does not exist', async () => {
  const { code, stderr } = await marquee(
    { 'POST /run-loader': () => problem({ status: 409, code: 'no-snapshot' }) },
    ['snapshots', 'load', SNAPSHOT.id],
  );
  expect(code).toBe(3);
  expect(stderr).toContain('marquee snapshots');
});
