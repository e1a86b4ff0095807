import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DiskSnapshotStore } from './disk-store.ts';
import { dataset, incomingFile, madeUpManifest } from './test-snapshots.ts';
import { canMount, SmallDisk } from './test-small-disk.ts';

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

test('who reads a snapshot while it is removed reads on', async () => {
  const added = madeUpManifest('2026-08-15T00:00:00Z');
  await store.add(added, await incomingFile(store, 'part'));
  const reading = store.openFile(added);
  await new Promise((resolve) => reading.once('open', resolve));
  await store.remove(added);
  expect((await buffer(reading)).toString()).toBe('part');
  expect(await readdir(await store.incoming(dataset))).toEqual([]);
});

describe('a file that cannot be added', () => {
  const added = madeUpManifest('2026-08-15T00:00:00Z');

  test('comes back to where it was when its folder cannot be made', async () => {
    const file = await incomingFile(store, 'part');
    await writeFile(join(folder, dataset, added.id), 'in the way');
    await expect(store.add(added, file)).rejects.toMatchObject({ code: 'ENOTDIR' });
    expect(await readFile(file, 'utf8')).toBe('part');
    expect(await readdir(await store.incoming(dataset))).toHaveLength(1);
  });

  test.skipIf(canMount !== true)(`stays where it was when there is no room for the manifest${canMount === true ? '' : `: ${canMount}`}`, async () => {
    await using disk = await SmallDisk.mount('size=1m');
    const onDisk = new DiskSnapshotStore(disk.folder);
    const file = await incomingFile(onDisk, Buffer.alloc(1024 * 1024));
    await expect(onDisk.add(added, file)).rejects.toMatchObject({ code: 'ENOSPC' });
    expect((await stat(file)).size).toBe(1024 * 1024);
    expect(await readdir(await onDisk.incoming(dataset))).toHaveLength(1);
    expect(await onDisk.list()).toEqual([]);
    await disk.remount('size=2m');
    await onDisk.add(added, file);
    expect(await onDisk.list()).toEqual([added]);
  });
});

describe('what is no snapshot', () => {
  const [older, newer] = [madeUpManifest('2026-08-14T00:00:00Z'), madeUpManifest('2026-08-15T00:00:00Z')];

  beforeEach(async () => {
    for (const manifest of [older, newer]) await store.add(manifest, await incomingFile(store));
  });

  test.each(['title.ratings-old', `${newer.id}.bak`, 'title.ratings-20260816T000000Z', 'lost+found'])('is left out by its name: %s', async (name) => {
    await mkdir(join(folder, dataset, name));
    expect(await store.list()).toEqual([older, newer]);
    expect(await store.newest(dataset)).toEqual(newer);
    expect(await store.find(dataset, name)).toBeNull();
    expect(warnings).toEqual([]);
  });

  test.each([
    ['torn', '{'],
    ['that says too little', '{}'],
    ["of another snapshot", JSON.stringify(older)],
    ['that is gone', null],
  ])('is left out with a warning: a folder with a manifest %s', async (_, text) => {
    const path = join(folder, dataset, newer.id, 'manifest.json');
    await (text === null ? rm(path) : writeFile(path, text));
    expect(await store.newest(dataset)).toEqual(older);
    expect(await store.list()).toEqual([older]);
    expect(await store.find(dataset, newer.id)).toBeNull();
    expect(warnings).toHaveLength(3);
    expect(warnings[0]).toContain(`The snapshot in ${join(folder, dataset, newer.id)} is left out`);
  });
});
