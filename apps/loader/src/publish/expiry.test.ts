import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import { useTestDatabase } from '@marquee/catalogue/testing';
import { createLog } from '@marquee/process';
import { DiskSnapshotStore, snapshotId, type SnapshotManifest } from '@marquee/snapshots';
import { compressZstdCopy, decompressZstdCopy } from '@marquee/snapshots/zstd-copy';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { recordSnapshots } from '../runs/run-records.ts';
import { expireSnapshots } from './expiry.ts';

const dataset = 'title.ratings';
const log = createLog('test', 'silent');

const database = useTestDatabase();
let folder: string;
let store: DiskSnapshotStore;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'marquee-expiry-'));
  store = new DiskSnapshotStore(folder);
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** Adds a snapshot of a day, with a zstd cache copy. */
async function add(day: number): Promise<SnapshotManifest> {
  const fetchedAt = `2026-08-0${day}T00:00:00.000Z`;
  const sha256 = String(day).repeat(64);
  const manifest = {
    id: snapshotId({ dataset, fetchedAt, sha256 }),
    dataset,
    url: 'http://127.0.0.1/',
    etag: null,
    lastModified: null,
    bytes: 1,
    rawBytes: 1,
    sha256,
    rows: 1,
    fetchedAt,
  } as const;
  const incoming = await store.downloadFolder(dataset);
  const files = { archive: join(incoming, 'archive'), zstdCopy: join(incoming, 'zstd-copy') };
  await writeFile(files.archive, gzipSync(manifest.id));
  await writeFile(files.zstdCopy, compressZstdCopy([Buffer.from(manifest.id)]));
  await store.add(manifest, files);
  await recordSnapshots(database.pool, [manifest]);
  return manifest;
}

async function publish({ id }: SnapshotManifest): Promise<void> {
  const runId = randomUUID();
  await database.pool.query(
    `insert into ingest.run (id, kind, state, datasets, ended_at) values ($1::uuid, 'load', 'succeeded', array[$2::text], now())`,
    [runId, dataset],
  );
  await database.pool.query(
    `insert into ingest.data_control (dataset, status, upload_date, snapshot_id, run_id) values ($1::text, 'published', now(), $2::text, $3::uuid)
     on conflict (dataset) do update set status = excluded.status, upload_date = excluded.upload_date, snapshot_id = excluded.snapshot_id, run_id = excluded.run_id`,
    [dataset, id, runId],
  );
}

/** The best compression of each snapshot in the store. Each must be readable. */
async function compressions(): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const snapshot of await store.list()) {
    const { stream, compression } = await store.openContent(snapshot);
    const content =
      compression === 'zstd'
        ? Buffer.concat(
            await Array.fromAsync(decompressZstdCopy(stream), (part) => Buffer.from(part)),
          )
        : gunzipSync(await buffer(stream));
    expect(content.toString()).toBe(snapshot.id);
    found[snapshot.fetchedAt.slice(0, 10)] = compression;
  }
  return found;
}

it('keeps the cache copies of the published and the newest snapshot, and the configured number of archives', async () => {
  const snapshots = [await add(1), await add(2), await add(3), await add(4), await add(5)];
  await publish(snapshots[1] as SnapshotManifest);
  const left = {
    '2026-08-02': 'zstd',
    '2026-08-03': 'gzip',
    '2026-08-04': 'gzip',
    '2026-08-05': 'zstd',
  };
  for (let times = 0; times < 2; times += 1) {
    await expireSnapshots(database.pool, store, 3, 0, log);
    expect(await compressions()).toEqual(left);
  }
  expect(
    (await database.pool.query('select id from ingest.snapshot where removed_at is not null')).rows,
  ).toEqual([{ id: snapshots[0]?.id }]);
});

it('removes the cache copy of a snapshot that is no longer published', async () => {
  const [first, second] = [await add(1), await add(2)];
  await publish(first);
  await expireSnapshots(database.pool, store, 3, 0, log);
  expect(await compressions()).toEqual({ '2026-08-01': 'zstd', '2026-08-02': 'zstd' });
  await publish(second);
  await expireSnapshots(database.pool, store, 3, 0, log);
  expect(await compressions()).toEqual({ '2026-08-01': 'gzip', '2026-08-02': 'zstd' });
});
