import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openExportStore } from '../config.ts';
import { TestS3 } from '../testing/test-s3.ts';
import type { ByteRange, PathStore } from './path-store.ts';

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

const content = randomBytes(1_000_000);
const PATH = 'exports/movies/1/movies.parquet';
const CHANGES = 'exports/changes/movies/day=2026-08-15/1.parquet';

describe.each(['disk', 'S3'] as const)('a path store on %s', (kind) => {
  let store: PathStore;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'marquee-paths-'));
    store = await openExportStore({
      SNAPSHOT_DIR: folder,
      SNAPSHOT_S3_REGION: 'us-east-1',
      ...(kind === 'S3' && {
        SNAPSHOT_S3_URL: `s3://${s3.bucket}/films/${randomBytes(4).toString('hex')}`,
        SNAPSHOT_S3_ENDPOINT: s3.endpoint,
      }),
    });
  });
  afterEach(async () => {
    s3.forget();
    await rm(folder, { recursive: true });
  });

  async function add(path: string): Promise<void> {
    const file = join(await store.workFolder(), 'made');
    await writeFile(file, content);
    await store.add(path, file);
  }

  const read = async (path: string, range?: ByteRange) => buffer(await store.open(path, range));

  it('has a file under its path, and nothing else', async () => {
    expect(await store.list()).toEqual([]);
    await add(PATH);
    await add(CHANGES);
    expect((await store.list()).sort()).toEqual([CHANGES, PATH]);
    expect(await store.sizeOf(PATH)).toBe(content.length);
    expect((await read(PATH)).equals(content)).toBe(true);
    expect(store.locationOf(PATH).endsWith(`/${PATH}`)).toBe(true);
    expect(await readdir(await store.workFolder())).toEqual([]);
  });

  it('reads any part of a file', async () => {
    await add(PATH);
    for (const [start, end] of [
      [0, 0],
      [5, 999],
      [999_999, 999_999],
      [400_000, 999_999],
    ] as const)
      expect((await read(PATH, { start, end })).equals(content.subarray(start, end + 1))).toBe(
        true,
      );
  });

  it.runIf(kind === 'S3')('continues a part after a broken connection', async () => {
    await add(PATH);
    s3.trick({ on: /^GET .*movies\.parquet/u, cutAfter: 1000 });
    const part = await read(PATH, { start: 500_000, end: 900_000 });
    expect(part.equals(content.subarray(500_000, 900_001))).toBe(true);
    expect(s3.seen(/^GET /u).map(({ headers }) => headers.range)).toEqual([
      'bytes=500000-900000',
      'bytes=501000-900000',
    ]);
  });

  it('says which file it does not have', async () => {
    await expect(store.open(PATH)).rejects.toMatchObject({ code: 'not-found' });
    expect(await store.sizeOf(PATH)).toBeNull();
  });

  it('removes a file, also one that is not there', async () => {
    await add(PATH);
    await store.remove(PATH);
    await store.remove(PATH);
    expect(await store.list()).toEqual([]);
    if (kind === 'disk') expect(await readdir(join(folder, 'exports'))).toEqual(['.incoming']);
  });

  it('takes no path that leads elsewhere', async () => {
    for (const path of [
      '',
      '/x',
      '../x',
      'exports/../x',
      'exports/.incoming/x',
      'exports//x',
      'a\0',
    ])
      await expect(store.sizeOf(path)).rejects.toThrow(TypeError);
  });
});
