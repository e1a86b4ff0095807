import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openFileStore, openSnapshotStore, type SnapshotConfig } from '../config.ts';
import { DiskSpaceError } from '../store/disk-space.ts';
import { SnapshotManifest } from '../store/manifest.ts';
import { TestS3 } from '../testing/test-s3.ts';
import { canMount, SmallDisk } from '../testing/test-small-disk.ts';
import { downloadedFiles, madeUpManifest } from '../testing/test-snapshots.ts';
import type { FileFolder, FileStore } from './file-store.ts';

let folder: string;
let s3: TestS3;

beforeAll(async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'a');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'b');
  s3 = await TestS3.start();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await s3.stop();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'marquee-files-'));
});
afterEach(async () => {
  s3.forget();
  await rm(folder, { recursive: true });
});

const content = randomBytes(300_000);
const sha256 = createHash('sha256').update(content).digest('hex');

const warn = (message: string) => {
  throw new Error(`unexpected warning: ${message}`);
};

/** The files of the download folder: of unfinished work. */
async function unfinished(root = folder): Promise<string[]> {
  return readdir(join(root, 'deliveries', '.incoming'));
}

describe.each(['disk', 'S3'] as const)('a file store on %s', (kind) => {
  let config: SnapshotConfig;
  let store: FileStore;
  const open = (of: FileFolder) => openFileStore(config, of, warn);

  beforeEach(async () => {
    config = {
      SNAPSHOT_DIR: folder,
      SNAPSHOT_S3_REGION: 'us-east-1',
      ...(kind === 'S3' && {
        SNAPSHOT_S3_URL: `s3://${s3.bucket}/films/${randomBytes(4).toString('hex')}`,
        SNAPSHOT_S3_ENDPOINT: s3.endpoint,
      }),
    };
    store = await open('deliveries');
  });

  it('gives back what was put into it, by its SHA-256', async () => {
    expect(await store.put(Readable.from([content.subarray(0, 7), content.subarray(7)]))).toEqual({
      sha256,
      bytes: content.length,
    });
    expect(await store.sizeOf(sha256)).toBe(content.length);
    expect((await buffer(await store.open(sha256))).equals(content)).toBe(true);
    expect(await unfinished()).toEqual([]);
  });

  it('keeps an equal file once, also when two arrive at the same time', async () => {
    const both = await Promise.all([
      store.put(Readable.from([content])),
      store.put(Readable.from([content])),
    ]);
    expect(both[0]).toEqual(both[1]);
    if (kind === 'S3') {
      s3.forget();
      await store.put(Readable.from([content]));
      expect(s3.seen(/^PUT/u)).toEqual([]);
    }
    expect((await buffer(await store.open(sha256))).equals(content)).toBe(true);
  });

  it('keeps an empty file', async () => {
    const empty = await store.put(Readable.from([]));
    expect(empty.bytes).toBe(0);
    expect(await text(await store.open(empty.sha256))).toBe('');
  });

  it('refuses a file over the limit and keeps nothing of it', async () => {
    await expect(
      store.put(Readable.from([content]), { maxBytes: content.length - 1 }),
    ).rejects.toMatchObject({ code: 'too-large', retryable: false });
    expect(await store.sizeOf(sha256)).toBeNull();
    expect(await unfinished()).toEqual([]);
    await store.put(Readable.from([content]), { maxBytes: content.length });
    expect(await store.sizeOf(sha256)).toBe(content.length);
  });

  it('keeps nothing of a file that breaks off', async () => {
    const broken = new Readable({
      read() {
        this.push(content);
        this.destroy(new Error('the upload broke off'));
      },
    });
    await expect(store.put(broken)).rejects.toThrow('the upload broke off');
    expect(await store.sizeOf(sha256)).toBeNull();
    expect(await unfinished()).toEqual([]);
  });

  it('says which file it does not have', async () => {
    await expect(store.open(sha256)).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining(sha256) as string,
    });
    expect(await store.sizeOf(sha256)).toBeNull();
  });

  it('removes a file, also one that is not there', async () => {
    await store.put(Readable.from([content]));
    await store.remove(sha256);
    await store.remove(sha256);
    expect(await store.sizeOf(sha256)).toBeNull();
  });

  it('takes no name that is not a SHA-256', async () => {
    for (const name of ['', '..', '../x', sha256.toUpperCase(), `${sha256}/x`])
      await expect(store.sizeOf(name)).rejects.toThrow(TypeError);
  });

  it('keeps its folders apart, and apart from the snapshots', async () => {
    const warnings: string[] = [];
    const snapshots = await openSnapshotStore(config, (message) => warnings.push(message));
    const manifest: SnapshotManifest = madeUpManifest('2026-08-15T00:00:00Z');
    await store.put(Readable.from([content]));
    await snapshots.add(manifest, await downloadedFiles(snapshots, 'part'));
    expect(await (await open('pictures')).sizeOf(sha256)).toBeNull();
    expect((await snapshots.list()).map(({ id }) => id)).toEqual([manifest.id]);
    expect(await snapshots.listUnusable()).toEqual([]);
    expect(warnings).toEqual([]);
  });
});

it('removes what a killed process has left a day ago', async () => {
  const store = await openFileStore(
    { SNAPSHOT_DIR: folder, SNAPSHOT_S3_REGION: 'us-east-1' },
    'deliveries',
    warn,
  );
  await store.put(Readable.from(['first']));
  const left = join(folder, 'deliveries', '.incoming', 'left');
  await writeFile(left, 'part');
  await store.put(Readable.from(['second']));
  expect(await unfinished()).toEqual(['left']);
  await utimes(left, 0, Date.now() / 1000 - 25 * 3600);
  await store.put(Readable.from(['third']));
  expect(await unfinished()).toEqual([]);
});

it.skipIf(canMount !== true)('says that the disk is full and keeps nothing', async () => {
  await using disk = await SmallDisk.mount('size=1m');
  const store = await openFileStore(
    { SNAPSHOT_DIR: disk.folder, SNAPSHOT_S3_REGION: 'us-east-1' },
    'deliveries',
    warn,
  );
  await expect(store.put(Readable.from([randomBytes(2_000_000)]))).rejects.toThrow(DiskSpaceError);
  expect(await unfinished(disk.folder)).toEqual([]);
});
