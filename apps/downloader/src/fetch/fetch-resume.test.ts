import { rm } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { useBench } from '../testing/test-bench.ts';
import { madeUpFile, type ServedFile, type Trick } from '../testing/test-origin.ts';

const dataset = 'title.ratings';
const etag = '"one"';
const lastModified = 'Sat, 01 Aug 2026 00:00:00 GMT';
const good = madeUpFile(dataset, 50_000);
const other = madeUpFile(dataset, 40_000, 2);

const bench = useBench(dataset, { bytes: good, etag });

describe('an interrupted download', () => {
  it.each([
    ['with an announced size', {}],
    ['in chunks', { 'content-length': '', 'transfer-encoding': 'chunked' }],
    [
      'in chunks over a connection for one answer',
      { 'content-length': '', 'transfer-encoding': 'chunked', connection: 'close' },
    ],
  ])('requests only the missing bytes, %s', async (_, headers) => {
    bench.origin.trick({ headers, cutAfter: 123_456 });
    const { snapshot } = await bench.fetch();
    expect(snapshot).toMatchObject({ rows: 50_000, etag });
    expect(bench.origin.statuses).toEqual([200, 206]);
    expect(bench.origin.requests[1]?.headers).toMatchObject({
      range: 'bytes=123456-',
      'if-range': etag,
    });
    await bench.expectSnapshot(good);
  });

  it('is resumed any number of times, as long as bytes arrive', async () => {
    const pieces = Array.from({ length: 30 }, () => ({ cutAfter: 10_000 }));
    bench.origin.trick(...pieces);
    await bench.fetch();
    expect(bench.origin.ranges).toEqual([
      undefined,
      ...pieces.map((_, i) => `bytes=${(i + 1) * 10_000}-`),
    ]);
    await bench.expectSnapshot(good);
  });

  it('is given up after some attempts without progress, and resumed later', async () => {
    bench.origin.trick({ cutAfter: 100_000 }, { cutAfter: 0 }, { cutAfter: 0 }, { status: 503 });
    await expect(bench.fetch()).rejects.toMatchObject({ code: 'server-fault', retryable: true });
    expect(await bench.store.list()).toEqual([]);
    bench.origin.forget();
    await bench.fetch();
    expect(bench.origin.ranges).toEqual(['bytes=100000-']);
    await bench.expectSnapshot(good);
  });

  it('is given up after the most attempts, even if they brought bytes', async () => {
    bench.origin.trick(...Array.from({ length: 10 }, () => ({ cutAfter: 1000 })));
    await expect(
      bench.fetch({ retry: { initialDelayMs: 1, maxAttempts: 4 } }),
    ).rejects.toMatchObject({
      code: 'interrupted',
      retryable: true,
    });
    expect(bench.origin.requests).toHaveLength(4);
  });

  it('is complete if it is interrupted right after the last byte', async () => {
    const small = madeUpFile(dataset, 5000);
    bench.origin.serve(dataset, { bytes: small, etag });
    bench.origin.trick({ cutAfter: small.length });
    await bench.fetch();
    expect(bench.origin.requests).toHaveLength(1);
    await bench.expectSnapshot(small);
  });

  it('results in the same file, wherever it is interrupted', async () => {
    const place = fc.integer({ min: 0, max: good.length });
    const trick: fc.Arbitrary<Trick> = fc.oneof(
      place.map((cutAfter) => ({ cutAfter })),
      fc.constant({ status: 503 }),
      fc.constant({}),
    );
    const fetched = fc.asyncProperty(
      fc.array(trick, { maxLength: 8 }),
      fc.boolean(),
      async (tricks, ranges) => {
        await rm(bench.root, { recursive: true });
        bench.origin.forget();
        bench.origin.serve(dataset, { bytes: good, etag, ranges });
        bench.origin.trick(...tricks);
        await bench.fetch({ retry: { initialDelayMs: 0, maxFruitless: 10 } });
        await bench.expectSnapshot(good);
      },
    );
    // fast-check prints the seed and the smallest failing case
    await fc.assert(fetched, { seed: 20_261_120, numRuns: 20 });
  });
});

describe('a download that cannot be resumed', () => {
  it.each([
    ['has changed in the meantime', { bytes: other, etag: '"two"' }],
    [
      'has changed and is shorter than what is here',
      { bytes: madeUpFile(dataset, 100), etag: '"two"' },
    ],
    ['comes from a server without ranges', { bytes: good, etag, ranges: false }],
  ])('starts again from the beginning: the file %s', async (_, served) => {
    bench.origin.trick({ cutAfter: 123_456, then: () => bench.origin.serve(dataset, served) });
    const { snapshot } = await bench.fetch();
    expect(bench.origin.ranges).toEqual([undefined, 'bytes=123456-', undefined]);
    expect(bench.origin.statuses).toEqual([200, 200, 200]);
    expect(snapshot.etag).toBe(served.etag);
    await bench.expectSnapshot(served.bytes);
  });

  it.each<[string, () => ServedFile]>([
    ['has a weak ETag', () => ({ bytes: good, etag: 'W/"one"', lastModified })],
    ['has neither ETag nor date', () => ({ bytes: good })],
    [
      'has the Last-Modified of the response',
      () => ({ bytes: good, lastModified: new Date().toUTCString() }),
    ],
  ])('starts again from the beginning without a range request: the file %s', async (_, served) => {
    const file = served();
    bench.origin.serve(dataset, file);
    // the Date of the response may be a second later
    const headers = file.lastModified === undefined ? {} : { date: file.lastModified };
    bench.origin.trick({ headers, cutAfter: 123_456 });
    await bench.fetch();
    expect(bench.origin.ranges).toEqual([undefined, undefined]);
    await bench.expectSnapshot(good);
  });

  it('is resumed by Last-Modified if the file has no ETag', async () => {
    bench.origin.serve(dataset, { bytes: good, lastModified });
    bench.origin.trick({ cutAfter: 123_456 });
    await bench.fetch();
    expect(bench.origin.requests[1]?.headers).toMatchObject({
      range: 'bytes=123456-',
      'if-range': lastModified,
    });
    expect(bench.origin.statuses).toEqual([200, 206]);
    await bench.expectSnapshot(good);
  });

  it.each([
    ['with another position', { 'content-range': `bytes 100-${good.length - 1}/${good.length}` }],
    ['of another size', { 'content-range': `bytes 123456-${good.length - 1}/${good.length + 1}` }],
    ['of another version', { etag: '"two"' }],
    ['without Content-Range', { 'content-range': '' }],
    ['with an unknown Content-Range', { 'content-range': 'lines 1-2/3' }],
  ])('starts again from the beginning when the server sends a range %s', async (_, headers) => {
    bench.origin.trick({ cutAfter: 123_456 }, { headers });
    await bench.fetch();
    expect(bench.origin.statuses).toEqual([200, 206, 200]);
    await bench.expectSnapshot(good);
  });

  it('starts again from the beginning when a range is longer than the missing bytes', async () => {
    const headers = { 'content-length': '', 'transfer-encoding': 'chunked' };
    bench.origin.trick(
      { cutAfter: 123_456 },
      { headers, body: Buffer.concat([good.subarray(123_456), good]) },
    );
    await bench.fetch();
    expect(bench.origin.statuses).toEqual([200, 206, 200]);
    await bench.expectSnapshot(good);
  });

  it('starts again from the beginning when the ranges do not form a valid file', async () => {
    bench.origin.trick({ cutAfter: 123_456 }, { body: Buffer.alloc(good.length - 123_456, 7) });
    await bench.fetch();
    expect(bench.origin.statuses).toEqual([200, 206, 200]);
    await bench.expectSnapshot(good);
  });

  it('starts again from the beginning only once when the ranges do not form a valid file', async () => {
    const wrong = { body: Buffer.alloc(good.length - 123_456, 7) };
    bench.origin.trick({ cutAfter: 123_456 }, wrong, { cutAfter: 123_456 }, wrong);
    await expect(bench.fetch()).rejects.toMatchObject({ code: 'bad-gzip' });
    expect(await bench.store.list()).toEqual([]);
    expect(await bench.parts()).toEqual([]);
  });
});
