import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { DatasetName } from '@marquee/datasets';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { snapshotId, type SnapshotManifest } from './manifest.ts';
import { SnapshotStore } from './store.ts';

const dataset = 'title.ratings';

let root: string;
let store: SnapshotStore;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'marquee-store-'));
  store = new SnapshotStore(join(root, 'snapshots'));
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

function manifest(fetchedAt: string, digit = 'a', of: DatasetName = dataset): SnapshotManifest {
  const sha256 = digit.repeat(64);
  const url = `http://127.0.0.1/${of}.tsv.gz`;
  return { id: snapshotId({ dataset: of, fetchedAt, sha256 }), dataset: of, url, etag: '"a"', lastModified: null, bytes: 4, rawBytes: 9, sha256, rows: 1, fetchedAt };
}

async function incomingFile(name: string, of: DatasetName = dataset): Promise<string> {
  const file = join(await store.incoming(of), name);
  await writeFile(file, name);
  return file;
}

describe('a store', () => {
  test('that nobody has written to is empty', async () => {
    expect(await store.list()).toEqual([]);
    expect(await store.newest(dataset)).toBeNull();
  });

  test('gives back what was added, and has moved the file', async () => {
    const added = manifest('2026-08-15T06:07:08.900Z');
    await store.add(added, await incomingFile('part'));
    expect(added.id).toBe('title.ratings-20260815T060708Z-aaaaaaaa');
    expect(await store.list()).toEqual([added]);
    expect(await store.newest(dataset)).toEqual(added);
    expect((await buffer(store.openFile(added))).toString()).toBe('part');
    expect(await readFile(store.pathOf(added), 'utf8')).toBe('part');
    expect(await readdir(await store.incoming(dataset))).toEqual([]);
  });

  test('lists datasets by name and snapshots by time, whatever the order they came in', async () => {
    const times = ['2026-08-16T00:00:00Z', '2026-08-14T00:00:00Z', '2026-08-15T00:00:00Z'];
    for (const of of ['title.ratings', 'name.basics'] as const) {
      for (const time of times) await store.add(manifest(time, 'b', of), await incomingFile(time.slice(0, 10), of));
    }
    const sorted = times.toSorted();
    expect((await store.list()).map((entry) => [entry.dataset, entry.fetchedAt])).toEqual([
      ...sorted.map((time) => ['name.basics', time]),
      ...sorted.map((time) => ['title.ratings', time]),
    ]);
    expect((await store.newest(dataset))?.fetchedAt).toBe(sorted.at(-1));
  });

  test('does not show what is being prepared', async () => {
    await incomingFile('part');
    await mkdir(join(await store.incoming(dataset), manifest('2026-08-15T00:00:00Z').id));
    expect(await store.list()).toEqual([]);
    expect(await store.newest(dataset)).toBeNull();
  });

  test('keeps one of two equal snapshots that are added at once', async () => {
    const added = manifest('2026-08-15T00:00:00Z');
    const files = await Promise.all(['one', 'two', 'three'].map((name) => incomingFile(name)));
    await Promise.all(files.map((file) => store.add(added, file)));
    expect(await store.list()).toEqual([added]);
    expect(['one', 'two', 'three']).toContain(await readFile(store.pathOf(added), 'utf8'));
    expect(await readdir(await store.incoming(dataset))).toEqual([]);
  });

  test('refuses a file that is gone, and shows nothing of it', async () => {
    await expect(store.add(manifest('2026-08-15T00:00:00Z'), join(root, 'nowhere'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await store.list()).toEqual([]);
    expect(await readdir(await store.incoming(dataset))).toEqual([]);
  });

  test('refuses a manifest that is not one, and shows nothing of it', async () => {
    const wrong = { ...manifest('2026-08-15T00:00:00Z'), rows: -1 };
    await expect(store.add(wrong, await incomingFile('part'))).rejects.toThrow('rows');
    expect(await store.list()).toEqual([]);
  });

  test('says which manifest cannot be read, and what to do', async () => {
    const added = manifest('2026-08-15T00:00:00Z');
    await store.add(added, await incomingFile('part'));
    const path = join(root, 'snapshots', dataset, added.id, 'manifest.json');
    await writeFile(path, '{');
    await expect(store.newest(dataset)).rejects.toThrow(`The manifest ${path} cannot be read as one; remove its folder`);
  });
});
