import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DiskSnapshotStore } from './disk-store.ts';
import {
  dataset,
  downloadedFile,
  downloadedFiles,
  downloadedFilesWithCopy,
  madeUpManifest,
  textOf,
  decompressed,
} from '../testing/test-snapshots.ts';
import { canMount, SmallDisk } from '../testing/test-small-disk.ts';

let root: string;
let folder: string;
let warnings: string[];
let store: DiskSnapshotStore;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'marquee-store-'));
  folder = join(root, 'snapshots');
  warnings = [];
  store = new DiskSnapshotStore(folder, (message) => warnings.push(message));
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

it('lets a reader finish while the snapshot is removed', async () => {
  const added = madeUpManifest('2026-08-15T00:00:00Z');
  await store.add(added, await downloadedFiles(store, 'part'));
  const reading = store.openArchive(added);
  await new Promise((resolve) => reading.once('open', resolve));
  await store.remove(added);
  expect((await buffer(reading)).toString()).toBe('part');
  expect(await readdir(await store.downloadFolder(dataset))).toEqual([]);
});

it('tolerates removals while it lists', async () => {
  const added = Array.from({ length: 20 }, (_, i) =>
    madeUpManifest(`2026-08-15T00:00:${String(i).padStart(2, '0')}Z`),
  );
  for (const manifest of added) await store.add(manifest, await downloadedFiles(store, 'part'));
  const listing = (async () => {
    while ((await store.list()).length > 0) continue;
  })();
  for (const manifest of added.toReversed()) await store.remove(manifest);
  await listing;
  expect(warnings).toEqual([]);
  expect(await store.list()).toEqual([]);
});

it('lets a reader of the zstd copy finish while it is removed, and gives the next one the archive', async () => {
  const added = madeUpManifest('2026-08-15T00:00:00Z');
  const text = randomBytes(1024 * 1024);
  await store.add(added, await downloadedFilesWithCopy(store, text));
  const { stream, compression } = await store.openContent(added);
  await store.removeZstdCopy(added);
  expect(compression).toBe('zstd');
  expect((await decompressed(stream)).equals(text)).toBe(true);
  expect((await store.openContent(added)).compression).toBe('gzip');
  expect(await readdir(join(folder, dataset, added.id))).toEqual([
    'manifest.json',
    'title.ratings.tsv.gz',
  ]);
});

it('opens either the zstd copy or the archive, complete, while the copy is removed', async () => {
  const added = madeUpManifest('2026-08-15T00:00:00Z');
  await store.add(added, await downloadedFilesWithCopy(store, 'text'));
  const opened = await Promise.all([
    ...Array.from({ length: 20 }, () => store.openContent(added)),
    store.removeZstdCopy(added),
    ...Array.from({ length: 20 }, () => store.openContent(added)),
  ]);
  for (const content of opened.filter((one) => one !== undefined))
    expect(await textOf(content)).toBe('text');
});

describe('a snapshot that cannot be added', () => {
  const added = madeUpManifest('2026-08-15T00:00:00Z');

  it('has its files moved back when its folder cannot be created', async () => {
    const files = await downloadedFilesWithCopy(store, 'text');
    const before = [await readFile(files.archive), await readFile(files.zstdCopy)];
    await writeFile(join(folder, dataset, added.id), 'in the way');
    await expect(store.add(added, files)).rejects.toMatchObject({ code: 'ENOTDIR' });
    expect([await readFile(files.archive), await readFile(files.zstdCopy)]).toEqual(before);
    expect(await readdir(await store.downloadFolder(dataset))).toHaveLength(2);
  });

  it.skipIf(canMount !== true)(
    `keeps its files in place when the disk is full for the manifest${canMount === true ? '' : `: ${canMount}`}`,
    async () => {
      await using disk = await SmallDisk.mount('size=1m');
      const onDisk = new DiskSnapshotStore(disk.folder);
      const half = 512 * 1024;
      const files = {
        archive: await downloadedFile(onDisk, Buffer.alloc(half)),
        zstdCopy: await downloadedFile(onDisk, Buffer.alloc(half)),
      };
      await expect(onDisk.add(added, files)).rejects.toMatchObject({ code: 'ENOSPC' });
      for (const file of Object.values(files)) expect((await stat(file)).size).toBe(half);
      expect(await readdir(await onDisk.downloadFolder(dataset))).toHaveLength(2);
      expect(await onDisk.list()).toEqual([]);
      await disk.remount('size=2m');
      await onDisk.add(added, files);
      expect(await onDisk.list()).toEqual([added]);
    },
  );
});

describe('an entry that is not a snapshot', () => {
  const [older, newer] = [
    madeUpManifest('2026-08-14T00:00:00Z'),
    madeUpManifest('2026-08-15T00:00:00Z'),
  ];

  beforeEach(async () => {
    for (const manifest of [older, newer]) await store.add(manifest, await downloadedFiles(store));
  });

  it.each(['title.ratings-old', `${newer.id}.bak`, 'title.ratings-20260816T000000Z', 'lost+found'])(
    'is ignored by its name: %s',
    async (name) => {
      await mkdir(join(folder, dataset, name));
      expect(await store.list()).toEqual([older, newer]);
      expect(await store.newest(dataset)).toEqual(newer);
      expect(await store.find(dataset, name)).toBeNull();
      expect(warnings).toEqual([]);
    },
  );

  it.each([
    ['that is truncated', '{'],
    ['that lacks fields', '{}'],
    ['of another snapshot', JSON.stringify(older)],
    ['that is missing', null],
  ])('is skipped with a warning: a folder with a manifest %s', async (_, text) => {
    const path = join(folder, dataset, newer.id, 'manifest.json');
    await (text === null ? rm(path) : writeFile(path, text));
    expect(await store.newest(dataset)).toEqual(older);
    expect(await store.list()).toEqual([older]);
    expect(await store.find(dataset, newer.id)).toBeNull();
    expect(warnings).toHaveLength(3);
    expect(warnings[0]).toContain(`The snapshot in ${join(folder, dataset, newer.id)} is skipped`);
  });
});

it('lists the entries that are not readable snapshots', async () => {
  const [incomplete, garbled] = ['2026-08-15T00:00:00Z', '2026-08-16T00:00:00Z'].map((time) =>
    madeUpManifest(time),
  );
  if (incomplete === undefined || garbled === undefined) throw new Error();
  for (const added of [incomplete, garbled]) await store.add(added, await downloadedFiles(store));
  await rm(join(folder, dataset, incomplete.id, 'manifest.json'));
  await writeFile(join(folder, dataset, garbled.id, 'manifest.json'), '{}');
  expect(await store.listUnusable()).toEqual(
    [incomplete, garbled].map(({ id }) => ({
      location: join(folder, dataset, id),
      reason: expect.stringMatching(/^its manifest\.json is not valid: /u) as string,
    })),
  );
  expect(warnings).toEqual([]);
});
