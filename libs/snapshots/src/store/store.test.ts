import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openSnapshotStore, SnapshotConfig } from '../config.ts';
import { checkIntegrity, unreadableReason } from '../integrity.ts';
import type { SnapshotStore } from './store.ts';
import { TestS3 } from '../testing/test-s3.ts';
import {
  dataset,
  downloadedFile,
  downloadedFiles,
  downloadedFilesWithCopy,
  madeUpManifest,
  textOf,
  decompressed,
} from '../testing/test-snapshots.ts';

let server: TestS3;
let root: string;
let warnings: string[];

beforeAll(async () => {
  server = await TestS3.start();
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'ada');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'a-secret');
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await server.stop();
});

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'marquee-store-'));
  warnings = [];
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

/** Opens the store as an app does, from its environment. */
async function open(env: Record<string, string>): Promise<SnapshotStore> {
  return openSnapshotStore(SnapshotConfig.parse({ SNAPSHOT_DIR: root, ...env }), (message) =>
    warnings.push(message),
  );
}

let prefixes = 0;
const backends: Record<string, () => Promise<SnapshotStore>> = {
  'on disk': () => open({}),
  // a prefix per test
  'on S3': () =>
    open({
      SNAPSHOT_S3_URL: `s3://${server.bucket}/test/${++prefixes}/`,
      SNAPSHOT_S3_ENDPOINT: server.endpoint,
    }),
};

describe.each(Object.keys(backends))('a store %s', (backend) => {
  let store: SnapshotStore;

  beforeEach(async () => {
    store = await (backends[backend] as (typeof backends)[string])();
  });

  afterEach(() => {
    expect(warnings).toEqual([]);
  });

  it('is empty at first', async () => {
    expect(await store.list()).toEqual([]);
    expect(await store.newest(dataset)).toBeNull();
    expect(await store.find(dataset, madeUpManifest('2026-08-15T00:00:00Z').id)).toBeNull();
  });

  it('returns what was added, and moves the file', async () => {
    const added = madeUpManifest('2026-08-15T06:07:08.900Z');
    await store.add(added, await downloadedFiles(store, 'part'));
    expect(added.id).toBe('title.ratings-20260815T060708Z-aaaaaaaa');
    expect(await store.list()).toEqual([added]);
    expect(await store.newest(dataset)).toEqual(added);
    expect(await store.find(dataset, added.id)).toEqual(added);
    expect((await buffer(store.openArchive(added))).toString()).toBe('part');
    expect(store.locationOf(added)).toMatch(
      /\/title\.ratings\/title\.ratings-20260815T060708Z-aaaaaaaa\/title\.ratings\.tsv\.gz$/u,
    );
    expect(await readdir(await store.downloadFolder(dataset))).toEqual([]);
  });

  it('updates the validators of a snapshot, and not its content', async () => {
    const added = madeUpManifest('2026-08-15T00:00:00Z');
    const noted = { ...added, url: 'http://127.0.0.2/', etag: '"b"', lastModified: 'today' };
    await store.add(added, await downloadedFiles(store, 'part'));
    await store.revalidate(noted);
    expect(await store.list()).toEqual([noted]);
    expect((await buffer(store.openArchive(added))).toString()).toBe('part');
    expect(await readdir(await store.downloadFolder(dataset))).toEqual([]);
  });

  it('updates no validators of a removed snapshot', async () => {
    await store.revalidate(madeUpManifest('2026-08-15T00:00:00Z'));
    expect(await store.list()).toEqual([]);
    expect(await readdir(await store.downloadFolder(dataset))).toEqual([]);
  });

  it('lists datasets by name and snapshots by time, in whatever order they were added', async () => {
    const times = ['2026-08-16T00:00:00Z', '2026-08-14T00:00:00Z', '2026-08-15T00:00:00Z'];
    for (const of of ['title.ratings', 'name.basics'] as const) {
      for (const time of times)
        await store.add(madeUpManifest(time, 'b', of), await downloadedFiles(store, time, of));
    }
    const sorted = times.toSorted();
    expect((await store.list()).map((entry) => [entry.dataset, entry.fetchedAt])).toEqual([
      ...sorted.map((time) => ['name.basics', time]),
      ...sorted.map((time) => ['title.ratings', time]),
    ]);
    expect((await store.newest(dataset))?.fetchedAt).toBe(sorted.at(-1));
  });

  it('sets a damaged snapshot aside, and keeps the last one per dataset for inspection', async () => {
    const times = ['2026-08-15T00:00:00Z', '2026-08-16T00:00:00Z', '2026-08-17T00:00:00Z'];
    const [oldest, older, newest] = times.map((time) => madeUpManifest(time));
    if (oldest === undefined || older === undefined || newest === undefined) throw new Error();
    for (const added of [oldest, older, newest])
      await store.add(added, await downloadedFiles(store));
    await store.setAside(newest, 'it has 5 bytes');
    expect(await store.newest(dataset)).toEqual(older);
    expect(await store.find(dataset, newest.id)).toBeNull();
    expect(await store.list()).toEqual([oldest, older]);
    expect(warnings.splice(0)).toEqual([expect.stringContaining(newest.id) as string]);
    const asides = await store.listUnusable();
    expect(asides).toEqual([
      { location: expect.stringContaining(newest.id) as string, reason: 'it has 5 bytes' },
    ]);
    // a second time it does nothing
    await store.setAside(newest, 'it has 6 bytes');
    expect(await store.listUnusable()).toEqual(asides);
    await store.setAside(older, 'it is not there');
    expect(await store.listUnusable()).toEqual([
      { location: expect.stringContaining(older.id) as string, reason: 'it is not there' },
    ]);
    expect(warnings.splice(0)).toEqual([
      expect.stringMatching(/ is damaged \(it is not there\) and is set aside /u) as string,
    ]);
    // fetched again within a second, it has the same id
    await store.add(older, await downloadedFiles(store));
    expect(await store.newest(dataset)).toEqual(older);
    await store.setAside(older, 'it is not there again');
    expect(warnings.splice(0)).toHaveLength(1);
    expect(await store.list()).toEqual([oldest]);
    expect(await store.listUnusable()).toMatchObject([{ reason: 'it is not there again' }]);
    // and does not block the next snapshot
    await store.add(madeUpManifest('2026-08-18T00:00:00Z'), await downloadedFiles(store));
    expect(await store.list()).toHaveLength(2);
    expect(await store.listUnusable()).toHaveLength(1);
  });

  it('checks the files of a snapshot against its manifest', async () => {
    const text = randomBytes(2_000_000);
    const archive = gzipSync(text);
    const intact = {
      ...madeUpManifest('2026-08-15T00:00:00Z'),
      bytes: archive.length,
      rawBytes: text.length,
      sha256: createHash('sha256').update(archive).digest('hex'),
    };
    await store.add(intact, await downloadedFilesWithCopy(store, text));
    const check = async (manifest: typeof intact, contents = true) =>
      checkIntegrity(store, manifest, { contents });
    expect(await check(intact)).toEqual([]);
    expect(await check({ ...intact, bytes: 7 }, false)).toEqual([
      { compression: 'gzip', reason: `it has ${archive.length} bytes where its manifest has 7` },
    ]);
    expect(await check({ ...intact, sha256: 'b'.repeat(64) }, false)).toEqual([]);
    expect(await check({ ...intact, sha256: 'b'.repeat(64), rawBytes: 7 })).toEqual([
      { compression: 'gzip', reason: 'its SHA-256 differs from the one in its manifest' },
      { compression: 'zstd', reason: 'it holds 2000000 bytes where its manifest has 7' },
    ]);
    // the zstd copy is enough
    expect(await unreadableReason(store, { ...intact, bytes: 7 })).toBeNull();
    await store.removeZstdCopy(intact);
    expect(await unreadableReason(store, intact)).toBeNull();
    expect(await unreadableReason(store, { ...intact, bytes: 7 })).toContain('manifest has 7');
    const gone = madeUpManifest('2026-08-16T00:00:00Z');
    expect(await unreadableReason(store, gone)).toBe('it is not there');
  });

  it('does not list downloads in progress', async () => {
    await downloadedFile(store);
    await mkdir(
      join(await store.downloadFolder(dataset), madeUpManifest('2026-08-15T00:00:00Z').id),
    );
    expect(await store.list()).toEqual([]);
    expect(await store.newest(dataset)).toBeNull();
  });

  it('keeps one of two equal snapshots that are added at once', async () => {
    const added = madeUpManifest('2026-08-15T00:00:00Z');
    const files = await Promise.all([1, 2, 3].map(() => downloadedFilesWithCopy(store, 'same')));
    await Promise.all(files.map((pair) => store.add(added, pair)));
    expect(await store.list()).toEqual([added]);
    expect(await textOf(await store.openContent(added))).toBe('same');
    expect(await readdir(await store.downloadFolder(dataset))).toEqual([]);
  });

  it('opens the zstd copy, which has the content of the archive', async () => {
    const added = madeUpManifest('2026-08-15T00:00:00Z');
    const text = randomBytes(1_000_000).toString('hex');
    await store.add(added, await downloadedFilesWithCopy(store, text));
    expect(await readdir(await store.downloadFolder(dataset))).toEqual([]);
    const content = await store.openContent(added);
    expect(content.compression).toBe('zstd');
    expect(await textOf(content)).toBe(text);
    expect(await textOf({ stream: store.openArchive(added), compression: 'gzip' })).toBe(text);
    expect(await store.list()).toEqual([added]);
  });

  it('opens the archive of a snapshot without a zstd copy', async () => {
    const added = madeUpManifest('2026-08-15T00:00:00Z');
    await store.add(added, await downloadedFiles(store, gzipSync('text')));
    const content = await store.openContent(added);
    expect(content.compression).toBe('gzip');
    expect(await textOf(content)).toBe('text');
  });

  it('opens the archive once the zstd copy is removed, and tolerates a second removal', async () => {
    const [one, two] = [
      madeUpManifest('2026-08-15T00:00:00Z'),
      madeUpManifest('2026-08-16T00:00:00Z'),
    ];
    for (const added of [one, two])
      await store.add(added, await downloadedFilesWithCopy(store, added.id));
    for (let times = 0; times < 2; times += 1) await store.removeZstdCopy(one);
    const [first, second] = [await store.openContent(one), await store.openContent(two)];
    expect([first.compression, second.compression]).toEqual(['gzip', 'zstd']);
    expect([await textOf(first), await textOf(second)]).toEqual([one.id, two.id]);
    expect(await store.list()).toEqual([one, two]);
    await store.removeZstdCopy(madeUpManifest('2026-08-17T00:00:00Z'));
  });

  it('removes a snapshot and nothing else, and tolerates a second removal', async () => {
    const [one, two] = [
      madeUpManifest('2026-08-15T00:00:00Z'),
      madeUpManifest('2026-08-16T00:00:00Z'),
    ];
    await store.add(one, await downloadedFiles(store, 'one'));
    await store.add(two, await downloadedFilesWithCopy(store, 'two'));
    await store.remove(two);
    await store.remove(two);
    expect(await store.list()).toEqual([one]);
    expect(await store.newest(dataset)).toEqual(one);
    expect(await store.find(dataset, two.id)).toBeNull();
    await expect(buffer(store.openArchive(two))).rejects.toThrow();
    await expect(store.openContent(two).then(textOf)).rejects.toThrow();
    expect((await buffer(store.openArchive(one))).toString()).toBe('one');
  });

  it.each(['archive', 'zstdCopy'])(
    'adds nothing when one of the files is gone: the %s',
    async (gone) => {
      const files = {
        ...(await downloadedFilesWithCopy(store, 'text')),
        [gone]: join(root, 'nowhere'),
      };
      await expect(store.add(madeUpManifest('2026-08-15T00:00:00Z'), files)).rejects.toMatchObject({
        code: 'ENOENT',
      });
      expect(await store.list()).toEqual([]);
    },
  );

  it.each([
    ['the manifest is invalid', { rows: -1 }, undefined],
    ['the call is aborted', {}, AbortSignal.abort()],
  ])('leaves the files in place when %s', async (_, wrong, signal) => {
    const files = await downloadedFilesWithCopy(store, 'text');
    await expect(
      store.add({ ...madeUpManifest('2026-08-15T00:00:00Z'), ...wrong }, files, signal),
    ).rejects.toThrow();
    expect(await store.list()).toEqual([]);
    expect(gunzipSync(await readFile(files.archive)).toString()).toBe('text');
    expect((await decompressed(createReadStream(files.zstdCopy))).toString()).toBe('text');
    expect(await readdir(await store.downloadFolder(dataset))).toHaveLength(2);
  });

  it.each([
    '../title.crew/title.crew-20260814T000000Z-aaaaaaaa',
    'title.ratings-20260814T000000Z-aaaaaaaa/..',
    '',
  ])('finds nothing under the invalid id "%s"', async (id) => {
    expect(await store.find(dataset, id)).toBeNull();
  });
});

describe('a configuration', () => {
  it.each([
    [
      { SNAPSHOT_S3_ENCRYPTION: 'aws:kms' },
      'SNAPSHOT_S3_ENCRYPTION is set, but SNAPSHOT_S3_URL is not.',
    ],
    [
      { SNAPSHOT_S3_ENDPOINT: 'http://127.0.0.1:9/' },
      'SNAPSHOT_S3_ENDPOINT is set, but SNAPSHOT_S3_URL is not.',
    ],
    [
      { SNAPSHOT_S3_URL: 's3://films', SNAPSHOT_S3_KMS_KEY: 'key' },
      'SNAPSHOT_S3_KMS_KEY is set, but SNAPSHOT_S3_ENCRYPTION is not aws:kms.',
    ],
  ])('that contradicts itself is refused: %j', async (env, message) => {
    await expect(open(env)).rejects.toMatchObject({ code: 'store-config', message });
  });

  it.each([
    'films',
    's3://',
    's3:///films',
    'https://films.s3.amazonaws.com',
    's3://films/a?b',
    's3://user:word@films',
  ])('rejects %s as the URL of a bucket', (url) => {
    expect(SnapshotConfig.safeParse({ SNAPSHOT_DIR: root, SNAPSHOT_S3_URL: url }).success).toBe(
      false,
    );
  });

  it.each([
    ['s3://films', 's3://films/title.ratings/'],
    ['s3://films/', 's3://films/title.ratings/'],
    ['s3://films/imdb/daily', 's3://films/imdb/daily/title.ratings/'],
    ['s3://films/imdb//daily/', 's3://films/imdb/daily/title.ratings/'],
  ])('with %s keeps snapshots under %s', async (url, under) => {
    const store = await open({ SNAPSHOT_S3_URL: url });
    expect(
      store
        .locationOf(madeUpManifest('2026-08-15T00:00:00Z'))
        .startsWith(`${under}title.ratings-2026`),
    ).toBe(true);
  });
});
