import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { CreateBucketCommand, DeleteBucketCommand, S3Client } from '@aws-sdk/client-s3';
import {
  DiskSnapshotStore,
  openSnapshotStore,
  SnapshotConfig,
  snapshotId,
  type SnapshotStore,
} from '@marquee/snapshots';
import { decompressZstdCopy } from '@marquee/snapshots/zstd-copy';
import { buildApp } from 'fauxqs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { useBench } from '../testing/test-bench.ts';
import { madeUpFile } from '../testing/test-origin.ts';

const dataset = 'title.ratings';
const etag = '"one"';
const good = madeUpFile(dataset, 50_000);

const bench = useBench(dataset, { bytes: good, etag });

describe('a disk without space for the file', () => {
  const tooMuch = { headers: { 'content-length': String(1e15) }, hangAfter: 10 };

  it('is not written to', async () => {
    bench.origin.trick(tooMuch);
    await expect(bench.fetch()).rejects.toMatchObject({
      code: 'disk-space',
      retryable: false,
      message: expect.stringMatching(
        /^The download of http:.*title\.ratings\.tsv\.gz needs 20000\d\d\.\d GB in .*incoming, but only [\d.]+ [MG]B are free\.$/u,
      ) as string,
    });
    expect(await bench.parts()).toEqual([]);
  });

  it('keeps the partial download of an earlier fetch', async () => {
    bench.origin.trick({ cutAfter: 100_000 }, { status: 404 });
    await expect(bench.fetch()).rejects.toMatchObject({ code: 'bad-status' });
    bench.origin.trick({
      headers: { ...tooMuch.headers, etag: '"two"' },
      hangAfter: 10,
      status: 200,
    });
    await expect(bench.fetch()).rejects.toMatchObject({ code: 'disk-space' });
    expect(await bench.parts()).toMatchObject([{ size: 100_000 }]);
  });
});

it('stores a verified file that could not be stored in the next fetch, without a byte from the server', async () => {
  const fetchedAt = '2026-08-15T06:00:00.000Z';
  const obstacle = join(
    bench.root,
    dataset,
    snapshotId({ dataset, fetchedAt, sha256: createHash('sha256').update(good).digest('hex') }),
  );
  await bench.store.downloadFolder(dataset);
  await writeFile(obstacle, 'a file where the folder of the snapshot is to be');
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(fetchedAt) });
  const warnings: string[] = [];
  const store = new DiskSnapshotStore(bench.root, (message) => warnings.push(message));
  await expect(bench.fetch({ store }).finally(() => vi.useRealTimers())).rejects.toMatchObject({
    code: 'disk-fault',
    receivedBytes: 'kept',
  });
  expect(warnings.at(-1)).toContain(`The snapshot in ${obstacle} is skipped`);
  expect(await bench.parts()).toMatchObject([{ size: good.length }]);
  await rm(obstacle);
  await bench.fetch();
  expect(bench.origin.statuses).toEqual([200, 304]);
  await bench.expectSnapshot(good);
});

describe('a store on S3', () => {
  let server: ReturnType<typeof buildApp>;
  let client: S3Client;
  let store: SnapshotStore;

  beforeEach(async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'ada');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'a-secret');
    server = buildApp({ logger: false });
    await server.listen({ port: 0, host: '127.0.0.1' });
    const endpoint = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
    client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true });
    await client.send(new CreateBucketCommand({ Bucket: 'films' }));
    const env = {
      SNAPSHOT_DIR: bench.root,
      SNAPSHOT_S3_URL: 's3://films',
      SNAPSHOT_S3_ENDPOINT: endpoint,
    };
    store = await openSnapshotStore(SnapshotConfig.parse(env), (message) =>
      expect.unreachable(message),
    );
  });

  afterEach(async () => {
    vi.unstubAllEnvs();
    client.destroy();
    server.server.closeAllConnections();
    await server.close();
  });

  it('receives the file, and the next fetch finds nothing new', async () => {
    const { snapshot, unchanged } = await bench.fetch({ store });
    expect(unchanged).toBe(false);
    expect((await buffer(store.openArchive(snapshot))).equals(good)).toBe(true);
    const { stream, compression } = await store.openContent(snapshot);
    expect(compression).toBe('zstd');
    expect(
      Buffer.concat(
        await Array.fromAsync(decompressZstdCopy(stream), (part) => Buffer.from(part)),
      ).equals(gunzipSync(good)),
    ).toBe(true);
    expect(await bench.fetch({ store })).toEqual({ snapshot, unchanged: true });
    expect(bench.origin.statuses).toEqual([200, 304]);
    expect(await bench.parts()).toEqual([]);
  });

  it('that fails during a download receives the verified file later, without a byte from the server', async () => {
    bench.origin.trick({ hangAfter: 300_000 });
    const failed = expect(
      bench.fetch({ store, timeouts: { bodyIdleMs: 300 } }),
    ).rejects.toMatchObject({ code: 'store-missing' });
    await bench.untilPartOf(300_000);
    await client.send(new DeleteBucketCommand({ Bucket: 'films' }));
    await failed;
    expect(await bench.parts()).toMatchObject([{ size: good.length }]);
    await client.send(new CreateBucketCommand({ Bucket: 'films' }));
    bench.origin.forget();
    const { snapshot } = await bench.fetch({ store });
    expect(bench.origin.statuses).toEqual([304]);
    expect(await store.list()).toEqual([snapshot]);
    expect((await buffer(store.openArchive(snapshot))).equals(good)).toBe(true);
  });
});

it('takes a snapshot of the store that is fresh without a request, as another region has downloaded it', async () => {
  const { snapshot } = await bench.fetch();
  bench.origin.serve(dataset, { bytes: madeUpFile(dataset, 50_001), etag: '"two"' });
  const before = bench.origin.requests.length;
  expect(await bench.fetch({ freshMs: 60_000 })).toEqual({ snapshot, unchanged: true });
  expect(bench.origin.requests.length).toBe(before);
  const old = { ...snapshot, fetchedAt: new Date(Date.now() - 120_000).toISOString() };
  vi.spyOn(bench.store, 'newest').mockResolvedValueOnce(old);
  expect((await bench.fetch({ freshMs: 60_000 })).snapshot.id).not.toBe(snapshot.id);
});
