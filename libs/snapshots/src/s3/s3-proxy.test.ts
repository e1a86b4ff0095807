import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { TestProxy } from '@marquee/network/testing';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openSnapshotStore, SnapshotConfig } from '../config.ts';
import type { SnapshotStore } from '../store/store.ts';
import { TestS3 } from '../testing/test-s3.ts';
import { dataset, downloadedFiles, madeUpManifest } from '../testing/test-snapshots.ts';

const added = madeUpManifest('2026-08-15T00:00:00Z');
/** A name that only a proxy can resolve. */
const ENDPOINT = 'http://minio:9000';

let server: TestS3;
let scratch: string;

beforeEach(async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAADA');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'a-secret');
  server = await TestS3.start();
  scratch = await mkdtemp(join(tmpdir(), 'marquee-s3-'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await server.stop();
  await rm(scratch, { recursive: true });
});

async function open(env: Record<string, string>): Promise<SnapshotStore> {
  const config = {
    SNAPSHOT_DIR: scratch,
    SNAPSHOT_S3_URL: `s3://${server.bucket}/imdb`,
    SNAPSHOT_S3_ENDPOINT: ENDPOINT,
    ...env,
  };
  return openSnapshotStore(SnapshotConfig.parse(config), (message) => expect.unreachable(message));
}

it('reaches a store on S3 through the proxy', async () => {
  await using proxy = await TestProxy.start(server.endpoint);
  const store = await open({ HTTP_PROXY: proxy.url.replace('://', '://ada:p%40ssword@') });
  const files = await downloadedFiles(store, 'a film');
  await store.add(added, files);
  expect((await buffer(store.openArchive(added))).toString()).toBe('a film');
  expect(await store.list()).toEqual([added]);
  expect(proxy.requests.length).toBeGreaterThan(0);
  for (const request of proxy.requests)
    expect(request).toEqual({
      method: 'CONNECT',
      target: 'minio:9000',
      authorization: `Basic ${Buffer.from('ada:p@ssword').toString('base64')}`,
    });
  expect(server.requests.length).toBeGreaterThan(proxy.requests.length);
});

it('reaches a store on S3 directly if NO_PROXY names it', async () => {
  await using proxy = await TestProxy.start(server.endpoint);
  const store = await open({ HTTP_PROXY: proxy.url, NO_PROXY: 'minio' });
  await expect(store.newest(dataset)).rejects.toMatchObject({
    code: 'store-unreachable',
    message: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/u) as string,
  });
  expect(proxy.requests).toEqual([]);
});

it('reports a store as unreachable if its proxy refuses, without the password', async () => {
  await using proxy = await TestProxy.start(server.endpoint);
  proxy.refusalStatus = 407;
  const store = await open({ HTTP_PROXY: proxy.url.replace('://', '://ada:p%40ssword@') });
  const error: unknown = await store.newest(dataset).catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    code: 'store-unreachable',
    message: expect.stringContaining('407') as string,
  });
  expect(inspect(error, { depth: 5 })).not.toMatch(/ssword|YWRhOn/u);
});
