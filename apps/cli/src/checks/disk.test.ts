import { tmpdir } from 'node:os';
import { problem, serveTestApi } from '@marquee/api-client/testing';
import type { Disk } from '@marquee/contract';
import { describe, expect, it } from 'vitest';
import { contextOf } from '../testing/context.ts';
import { checkDisk } from './disk.ts';

const DISK: Disk = {
  measuredAt: '2026-01-01T00:00:00Z',
  datasets: [],
  searchBytes: 0,
  stagingBytes: 0,
  recordBytes: 0,
  sourceBytes: 0,
  databaseBytes: 5e6,
  snapshotBytes: 1.5e6,
  deliveryBytes: 1e6,
  pictureBytes: 0,
  exportBytes: 2e6,
  freeBytes: 200e9,
};

async function check(disk: Partial<Disk>) {
  const { url } = await serveTestApi({ '/disk': { ...DISK, ...disk } });
  const [one, ...others] = await checkDisk(contextOf(url));
  expect(others).toEqual([]);
  return one ?? expect.fail('there is no verdict');
}

/** The space that a full load needs, as the hint has it, in GB. */
const wanted = (todo: string | null) => /([\d.]+) GB/u.exec(todo ?? '')?.[1] ?? null;

describe('the disk', () => {
  it.each<[string, Partial<Disk>, 'ok' | 'warn' | 'fail', string | null]>([
    ['nothing', { freeBytes: 0 }, 'fail', null],
    ['next to nothing', { freeBytes: 999_999_999 }, 'fail', null],
    // a small database will receive a full copy
    ['no room for a full copy', { freeBytes: 1e9 }, 'warn', '85.0'],
    ['just none', { freeBytes: 85e9 - 1 }, 'warn', '85.0'],
    ['just room for it', { freeBytes: 85e9 }, 'ok', null],
    ['the same beside 100 MB', { freeBytes: 84e9, databaseBytes: 100e6 }, 'warn', '85.0'],
    // a full load builds a large one beside itself
    ['less than it', { freeBytes: 49e9, databaseBytes: 50e9 }, 'warn', '50.0'],
    ['as much as it', { freeBytes: 50e9, databaseBytes: 50e9 }, 'ok', null],
    // without the staged part, whose space is used again
    [
      'room but for what is staged',
      { freeBytes: 39e9, databaseBytes: 50e9, stagingBytes: 10e9 },
      'warn',
      '40.0',
    ],
    ['room with it', { freeBytes: 40e9, databaseBytes: 50e9, stagingBytes: 10e9 }, 'ok', null],
    ['something that may not be asked for', { freeBytes: null }, 'ok', null],
  ])('with %s free, %j, is: %s', async (_, disk, status, room) => {
    const one = await check(disk);
    expect([one.status, wanted(one.todo)]).toEqual([status, room]);
    expect(one.todo === null).toBe(status === 'ok');
    if (status !== 'ok') expect(one.todo).toContain('Make room');
  });

  it('shows the size of database and snapshots, and the free space', async () => {
    expect((await check({})).found).toBe(
      'database 5.0 MB, snapshots 1.5 MB, deliveries and pictures 1.0 MB, exports 2.0 MB; 200.0 GB free',
    );
    expect((await check({ freeBytes: null })).found).toContain(
      'the database does not tell how much is free',
    );
  });

  it('is not checked if the API does not report it and the stack is on another machine', async () => {
    const { url } = await serveTestApi({
      '/disk': () => problem({ status: 401, code: 'key-needed' }),
    });
    expect(await checkDisk(contextOf(url))).toEqual([]);
  });

  it('is that of the stack’s folder if the API does not answer', async () => {
    const { url } = await serveTestApi({ '/disk': () => problem({ status: 500 }) });
    const stack = { pid: 1, apiUrl: url, databaseUrl: null, processes: [], data: tmpdir() };
    const [one] = await checkDisk({ ...contextOf(url), stack });
    expect(one?.found).toMatch(new RegExp(`^\\d+ % .*${tmpdir()}.*; [\\d.]+ [kMG]B free$`, 'u'));
  });

  it('is the one with less free space', async () => {
    const { url } = await serveTestApi({ '/disk': { ...DISK, freeBytes: 1 } });
    const stack = { pid: 1, apiUrl: url, databaseUrl: null, processes: [], data: tmpdir() };
    const [one] = await checkDisk({ ...contextOf(url), stack });
    expect(one).toMatchObject({ status: 'fail' });
    expect(one?.found).toMatch(/^database .*; \d+ % .*; 1 kB free$/u);
  });
});
