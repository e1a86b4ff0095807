import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, rm, truncate } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import { DATASET_NAMES, fileNameOf, headerOf } from '@marquee/datasets';
import { SnapshotManifest } from '@marquee/snapshots';
import { describe, expect, it, onTestFinished } from 'vitest';
import { useBench } from '../testing/test-bench.ts';
import { madeUpFile, madeUpText, TestOrigin } from '../testing/test-origin.ts';
import type { DownloadProgress } from './download-version.ts';

const dataset = 'title.ratings';
const etag = '"one"';
const lastModified = 'Sat, 01 Aug 2026 00:00:00 GMT';

const bench = useBench(dataset);

describe('a first fetch', () => {
  it('adds the file as a snapshot with its complete manifest', async () => {
    const text = madeUpText(dataset, 5000);
    const bytes = gzipSync(text);
    bench.origin.serve(dataset, { bytes, etag, lastModified });

    const before = Date.now();
    const { snapshot, unchanged } = await bench.fetch();

    expect(unchanged).toBe(false);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect(snapshot).toMatchObject({
      dataset,
      etag,
      lastModified,
      sha256,
      bytes: bytes.length,
      rawBytes: Buffer.byteLength(text),
      rows: 5000,
    });
    expect(snapshot.url).toBe(`${bench.origin.baseUrl}title.ratings.tsv.gz`);
    expect(Date.parse(snapshot.fetchedAt)).toBeGreaterThanOrEqual(before);
    expect(SnapshotManifest.parse(snapshot)).toEqual(snapshot);
    expect(await bench.store.list()).toEqual([snapshot]);
    expect(await readFile(bench.store.pathOf(snapshot))).toEqual(bytes);
    expect(gunzipSync(await buffer(bench.store.openArchive(snapshot))).toString()).toBe(text);
    await bench.expectSnapshot(bytes);
  });

  it('is one request, with a User-Agent and without a content encoding', async () => {
    bench.origin.serve(dataset, { bytes: madeUpFile(dataset, 5), etag, lastModified });
    await bench.fetch();
    expect(bench.origin.requests).toHaveLength(1);
    const { headers } = bench.origin.requests[0] ?? { headers: {} };
    expect(headers).toMatchObject({
      'user-agent': expect.stringMatching(/^marquee\/\d+\.\d+\.\d+$/u) as string,
      'accept-encoding': 'identity',
    });
    for (const name of ['range', 'if-range', 'if-none-match', 'if-modified-since', 'authorization'])
      expect(headers).not.toHaveProperty(name);
  });

  it.each(DATASET_NAMES)('accepts %s', async (name) => {
    const bytes = madeUpFile(name, 20);
    bench.origin.serve(name, { bytes });
    const { snapshot } = await bench.fetch({ dataset: name });
    expect(snapshot).toMatchObject({ dataset: name, rows: 20, etag: null, lastModified: null });
    expect(await readFile(bench.store.pathOf(snapshot))).toEqual(bytes);
  });

  it('stores a file with Content-Encoding: gzip as it is', async () => {
    const bytes = madeUpFile(dataset, 20);
    bench.origin.serve(dataset, { bytes });
    bench.origin.trick({ headers: { 'content-encoding': 'gzip' } });
    const { snapshot } = await bench.fetch();
    expect(await readFile(bench.store.pathOf(snapshot))).toEqual(bytes);
  });

  it('accepts a file without Content-Length', async () => {
    const bytes = madeUpFile(dataset, 20_000);
    bench.origin.serve(dataset, { bytes, etag });
    bench.origin.trick({ headers: { 'content-length': '', 'transfer-encoding': 'chunked' } });
    const seen: DownloadProgress[] = [];
    const { snapshot } = await bench.fetch({ onProgress: (progress) => seen.push(progress) });
    expect(snapshot).toMatchObject({ rows: 20_000, bytes: bytes.length });
    expect(seen.at(-1)).toEqual({ bytesDone: bytes.length, bytesTotal: null, rowsDone: 20_000 });
  });

  it.each([
    [
      'several gzip members, one after the other',
      [
        gzipSync(madeUpText(dataset, 100).slice(0, 999)),
        gzipSync(madeUpText(dataset, 100).slice(999)),
      ],
      100,
    ],
    ['a last line without a newline', [gzipSync(madeUpText(dataset, 100).trimEnd())], 100],
    ['a header line and nothing else', [gzipSync(`${headerOf(dataset)}\n`)], 0],
    ['a header line without a newline and nothing else', [gzipSync(headerOf(dataset))], 0],
    ['an empty row', [gzipSync(`${headerOf(dataset)}\n\ntt1\t1.0\t1\n`)], 2],
    ['a blank last line', [gzipSync(`${madeUpText(dataset, 100)}\n`)], 101],
    ['a byte order mark before it', [gzipSync(`\ufeff${madeUpText(dataset, 100)}`)], 100],
    [
      'lines that end in carriage returns',
      [gzipSync(madeUpText(dataset, 100).replaceAll('\n', '\r\n'))],
      100,
    ],
    [
      'one row of 64 MB',
      [gzipSync(`${headerOf(dataset)}\n${'x'.repeat(64 * 1024 * 1024)}\n`, { level: 1 })],
      1,
    ],
  ])('counts the rows of %s', async (_, pieces, rows) => {
    const bytes = Buffer.concat(pieces);
    bench.origin.serve(dataset, { bytes });
    const { snapshot } = await bench.fetch();
    expect(snapshot).toMatchObject({
      rows,
      bytes: bytes.length,
      rawBytes: gunzipSync(bytes).length,
    });
  });

  it('accepts columns that were added at the end, with a note', async () => {
    const notes: (string | null)[] = [];
    const lines = madeUpText(dataset, 20).trimEnd().split('\n');
    const text = lines.map((line, i) => `${line}\t${i === 0 ? 'median' : '5'}\n`).join('');
    bench.origin.serve(dataset, { bytes: gzipSync(text), etag });
    const { snapshot } = await bench.fetch({ onNote: (note) => notes.push(note) });
    expect(snapshot.rows).toBe(20);
    expect(notes).toEqual([
      'the file has a column that this version does not know and leaves out: "median"',
    ]);
  });

  it('reports progress at the end', async () => {
    const bytes = madeUpFile(dataset, 2000);
    bench.origin.serve(dataset, { bytes, etag });
    const seen: DownloadProgress[] = [];
    await bench.fetch({ onProgress: (progress) => seen.push(progress) });
    expect(seen.at(-1)).toEqual({
      bytesDone: bytes.length,
      bytesTotal: bytes.length,
      rowsDone: 2000,
    });
  });

  it('follows redirects', async () => {
    const bytes = madeUpFile(dataset, 20);
    bench.origin.serve(dataset, { bytes, etag });
    bench.origin.trick({ status: 302, headers: { location: '/title.ratings.tsv.gz?elsewhere' } });
    const { snapshot } = await bench.fetch();
    expect(bench.origin.requests.map(({ path }) => path)).toEqual([
      '/title.ratings.tsv.gz',
      '/title.ratings.tsv.gz?elsewhere',
    ]);
    expect(snapshot.url).toBe(`${bench.origin.baseUrl}title.ratings.tsv.gz`);
  });

  it('sends the credentials and the query of the base URL, and keeps them out of the manifest and of messages', async () => {
    bench.origin.serve(dataset, { bytes: madeUpFile(dataset, 20) });
    const baseUrl = `${bench.origin.baseUrl.replace('://', '://ada:p%40ss@')}?signature=s3cret`;
    const { snapshot } = await bench.fetch({ baseUrl });
    expect(bench.origin.requests[0]).toMatchObject({
      path: '/title.ratings.tsv.gz?signature=s3cret',
    });
    expect(bench.origin.requests[0]?.headers.authorization).toBe(
      `Basic ${Buffer.from('ada:p@ss').toString('base64')}`,
    );
    bench.origin.trick({ status: 403 });
    const error: unknown = await bench
      .fetch({ baseUrl, dataset: 'title.crew' })
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'bad-status',
      url: `${bench.origin.baseUrl}title.crew.tsv.gz`,
    });
    for (const shown of [JSON.stringify(snapshot), String(error), JSON.stringify(error)])
      expect(shown).not.toMatch(/s3cret|ss@|p%40/u);
  });

  it.each(['', 'mirror', 'mirror/'])(
    'appends the file name to a base URL that ends in "%s"',
    async (folder) => {
      await expect(bench.fetch({ baseUrl: `${bench.origin.baseUrl}${folder}` })).rejects.toThrow(
        '404',
      );
      expect(bench.origin.requests[0]?.path).toBe(
        folder === '' ? '/title.ratings.tsv.gz' : '/mirror/title.ratings.tsv.gz',
      );
    },
  );
});

describe('a second fetch', () => {
  it('is one request when the server has nothing new', async () => {
    bench.origin.serve(dataset, { bytes: madeUpFile(dataset, 50), etag, lastModified });
    const { snapshot } = await bench.fetch();
    bench.origin.forget();
    expect(await bench.fetch()).toEqual({ snapshot, unchanged: true });
    expect(bench.origin.statuses).toEqual([304]);
    expect(bench.origin.requests[0]?.headers).toMatchObject({
      'if-none-match': etag,
      'if-modified-since': lastModified,
    });
    expect(await bench.store.list()).toHaveLength(1);
  });

  it('uses Last-Modified if the server sends no ETag', async () => {
    bench.origin.serve(dataset, { bytes: madeUpFile(dataset, 50), lastModified });
    await bench.fetch();
    bench.origin.forget();
    expect((await bench.fetch()).unchanged).toBe(true);
    expect(bench.origin.statuses).toEqual([304]);
  });

  it('drops a file with the content of the newest snapshot, and updates its validators', async () => {
    const bytes = madeUpFile(dataset, 50);
    bench.origin.serve(dataset, { bytes, etag });
    const { snapshot } = await bench.fetch();
    bench.origin.serve(dataset, { bytes, etag: '"two"', lastModified });
    const updated = { ...snapshot, etag: '"two"', lastModified };
    expect(await bench.fetch()).toEqual({ snapshot: updated, unchanged: true });
    expect(await bench.store.list()).toEqual([updated]);
    expect(await readdir(await bench.store.downloadFolder(dataset))).toEqual([]);
    expect(await readFile(bench.store.pathOf(snapshot))).toEqual(bytes);
  });

  it('sends the latest validators of the same content, and receives no bytes', async () => {
    const bytes = madeUpFile(dataset, 50);
    const mirror = await TestOrigin.start();
    onTestFinished(() => mirror.stop());
    bench.origin.serve(dataset, { bytes, etag });
    await bench.fetch();
    bench.origin.serve(dataset, { bytes, etag: '"two"', lastModified });
    await bench.fetch();
    expect((await bench.fetch()).unchanged).toBe(true);
    expect(bench.origin.statuses).toEqual([200, 200, 304]);
    mirror.serve(dataset, { bytes, etag: '"three"' });
    await bench.fetch({ baseUrl: mirror.baseUrl });
    const { snapshot } = await bench.fetch({ baseUrl: mirror.baseUrl });
    expect(mirror.statuses).toEqual([200, 304]);
    expect(snapshot).toMatchObject({ etag: '"three"', lastModified: null });
  });

  it('is one request after an announced file with the content of the newest snapshot', async () => {
    const bytes = madeUpFile(dataset, 50);
    const bucket = await TestOrigin.start();
    onTestFinished(() => bucket.stop());
    bench.origin.serve(dataset, { bytes, etag });
    const { snapshot } = await bench.fetch();
    bucket.serve(dataset, { bytes, etag: '"of the bucket"' });
    const objectUrl = `${bucket.baseUrl}${fileNameOf(dataset)}`;
    expect(await bench.fetch({ objectUrl })).toEqual({ snapshot, unchanged: true });
    expect(await bench.fetch()).toEqual({ snapshot, unchanged: true });
    expect(bucket.statuses).toEqual([200]);
    expect(bench.origin.statuses).toEqual([200, 304]);
  });

  it('updates no validators when the snapshot was removed in the meantime', async () => {
    const bytes = madeUpFile(dataset, 50);
    bench.origin.serve(dataset, { bytes, etag });
    const { snapshot } = await bench.fetch();
    await bench.store.remove(snapshot);
    await bench.store.revalidate({ ...snapshot, etag: '"two"' });
    expect(await bench.store.list()).toEqual([]);
    expect(await readdir(await bench.store.downloadFolder(dataset))).toEqual([]);
  });

  it('adds a snapshot for another content, and it is the newest', async () => {
    const fetched: SnapshotManifest[] = [];
    for (const seed of [1, 2, 3, 4]) {
      bench.origin.serve(dataset, { bytes: madeUpFile(dataset, 50, seed), etag: `"${seed}"` });
      const { snapshot, unchanged } = await bench.fetch();
      expect(unchanged).toBe(false);
      expect(await bench.store.newest(dataset)).toEqual(snapshot);
      fetched.push(snapshot);
    }
    expect(await bench.store.list()).toEqual(fetched);
  });

  it('does not send the validators of one URL to another', async () => {
    const mirror = await TestOrigin.start();
    try {
      bench.origin.serve(dataset, { bytes: madeUpFile(dataset, 50), etag, lastModified });
      mirror.serve(dataset, { bytes: madeUpFile(dataset, 60), etag, lastModified });
      await bench.fetch();
      const { snapshot, unchanged } = await bench.fetch({ baseUrl: mirror.baseUrl });
      expect({ unchanged, rows: snapshot.rows }).toEqual({ unchanged: false, rows: 60 });
    } finally {
      await mirror.stop();
    }
  });
});

describe('a newest snapshot whose archive is damaged', () => {
  const fetchAgain = async () => {
    const { requests } = bench.origin;
    const before = requests.length;
    const result = await bench.fetch();
    return { ...result, asked: requests.slice(before).map(({ headers }) => headers) };
  };
  it.each([
    ['is missing', async (path: string) => rm(path)],
    ['is truncated', async (path: string) => truncate(path, 20)],
  ])(
    'is set aside and fetched again when the archive %s, unless it has a zstd copy',
    async (_, damage) => {
      const bytes = madeUpFile(dataset, 500);
      bench.origin.serve(dataset, { bytes, etag, lastModified });
      const { snapshot } = await bench.fetch();
      await damage(bench.store.pathOf(snapshot));
      expect(await fetchAgain()).toMatchObject({
        unchanged: true,
        asked: [{ 'if-none-match': etag }],
      });
      await bench.store.removeZstdCopy(snapshot);
      const warned = once(process, 'warning');
      const again = await fetchAgain();
      expect(again.unchanged).toBe(false);
      expect(await bench.store.listUnusable()).toMatchObject([
        { location: expect.stringContaining(`${snapshot.id}.damaged`) as string },
      ]);
      expect(again.asked[0]).not.toHaveProperty('if-none-match');
      expect(String((await warned)[0])).toContain('is set aside');
      await bench.expectSnapshot(bytes);
    },
  );
});
