import { createHash } from 'node:crypto';
import { mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DiskSnapshotStore, snapshotId } from '@marquee/snapshots';
import { beforeEach, expect, it } from 'vitest';
import type { Context } from '../context/context.ts';
import { contextOf } from '../testing/context.ts';
import { checkSnapshots } from './snapshots.ts';

const dataset = 'title.ratings';
let context: Context;
let store: DiskSnapshotStore;

beforeEach(async () => {
  const data = await mkdtemp(join(tmpdir(), 'marquee-doctor-'));
  store = new DiskSnapshotStore(join(data, 'snapshots'), () => undefined);
  const stack = { pid: 1, data, apiUrl: 'http://127.0.0.1:1', databaseUrl: null, processes: [] };
  context = { ...contextOf('http://127.0.0.1:1'), stack };
  return async () => rm(data, { recursive: true });
});

/** Adds a snapshot of a day of August. @returns the path of its file */
async function add(day: number, withCopy = false): Promise<string> {
  const bytes = gzipSync(`a file of day ${day}`);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const fetchedAt = `2026-08-${10 + day}T00:00:00.000Z`;
  const manifest = {
    id: snapshotId({ dataset, fetchedAt, sha256 }),
    dataset,
    url: 'http://127.0.0.1/',
    etag: null,
    lastModified: null,
    bytes: bytes.length,
    rawBytes: 13,
    sha256,
    rows: 1,
    fetchedAt,
  } as const;
  const archive = join(await store.downloadFolder(dataset), 'archive');
  const zstdCopy = join(await store.downloadFolder(dataset), 'copy');
  await writeFile(archive, bytes);
  await writeFile(zstdCopy, 'no copy');
  await store.add(manifest, { archive, ...(withCopy ? { zstdCopy } : {}) });
  return store.pathOf(manifest);
}

const short = async (contents: boolean) =>
  (await checkSnapshots(context, contents)).map(
    ({ status, found, todo }) => `${status}: ${found} -> ${String(todo)}`,
  );

it('are not checked if they are out of reach', async () => {
  expect(await checkSnapshots(contextOf('http://127.0.0.1:1'), true)).toEqual([]);
});

it('pass if their files match the manifests', async () => {
  for (const day of [1, 2]) await add(day);
  expect(await short(false)).toEqual(['ok: 2, all with their files -> null']);
  expect(await short(true)).toEqual(['ok: 2, all with the right contents -> null']);
});

it('warns of each file that is missing or has another size, with what to do', async () => {
  const [older, copied, newest] = [await add(1), await add(2, true), await add(3)];
  await rm(older);
  await truncate(copied, 5);
  await truncate(newest, 6);
  expect(await short(false)).toEqual([
    expect.stringMatching(/^warn: .*gz: it is not there -> .*rm -r .*\/$/u) as string,
    expect.stringMatching(
      /^warn: .*gz: it has 5 bytes .* -> Its zstd cache copy is read/u,
    ) as string,
    expect.stringMatching(/^warn: .*gz: it has 6 bytes .* -> .*make update FORCE=full/u) as string,
  ]);
});

it('finds other contents of the same size if it reads the files', async () => {
  const path = await add(1, true);
  const bytes = gzipSync('a file of day 1');
  bytes[12] = (bytes[12] ?? 0) ^ 1;
  await writeFile(path, bytes);
  expect(await short(false)).toEqual(['ok: 1, all with their files -> null']);
  expect(await short(true)).toEqual([
    expect.stringMatching(/^warn: .*gz: its SHA-256 differs/u) as string,
    expect.stringMatching(/^warn: .*zst: .* -> The next load that reads it removes it/u) as string,
  ]);
});

it('warns of files without a manifest, and of snapshots that were set aside', async () => {
  const [forgotten] = [await add(1), await add(2)];
  await rename(join(forgotten, '../manifest.json'), join(forgotten, '../../manifest.json'));
  const newest = await store.newest(dataset);
  if (newest !== null) await store.setAside(newest, 'it has a hole');
  expect(await short(false)).toEqual([
    expect.stringMatching(
      /^warn: \S+ is left out: its manifest\.json is not valid: .* rm -r \S+$/u,
    ) as string,
    expect.stringMatching(
      /^warn: \S+\.damaged is left out: it has a hole -> .*rm -r \S+\.damaged$/u,
    ) as string,
  ]);
});
