import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { open, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { DATASET_NAMES, headerOf } from '@marquee/datasets';
import { freePort } from '@marquee/process';
import { DiskSnapshotStore } from '@marquee/snapshots';
import { request } from 'undici';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { DownloadError } from '../errors/download-error.ts';
import { DEFAULT_TIMEOUTS, fileUrl, RemoteFile } from '../request/remote-file.ts';
import { ResponseBody } from '../request/response-body.ts';
import { DiskSpaceGuard } from '../storage/disk-space-guard.ts';
import { PartFile } from '../storage/part-file.ts';
import { useBench } from '../testing/test-bench.ts';
import { madeUpFile, madeUpText } from '../testing/test-origin.ts';
import type { FetchOptions } from './fetch-dataset.ts';

const dataset = 'title.ratings';
const etag = '"one"';
const good = madeUpFile(dataset, 5000);

const bench = useBench(dataset, { bytes: good, etag });

/** The error of a fetch that must fail. */
async function failure(options: Partial<FetchOptions> = {}): Promise<DownloadError> {
  const error: unknown = await bench.fetch(options).then(
    () => 'no error',
    (reason: unknown) => reason,
  );
  if (!(error instanceof DownloadError))
    throw new Error(`expected a DownloadError, got ${String(error)}`, { cause: error });
  expect(await bench.store.list()).toEqual([]);
  return error;
}

function damaged(at: number): Buffer {
  const bytes = Buffer.from(good);
  bytes.writeUInt8(bytes.readUInt8(bytes.length + at) ^ 0xff, bytes.length + at);
  return bytes;
}

describe('a response that is not the dataset', () => {
  it.each([
    [
      'that is truncated at its source',
      good.subarray(0, 20_000),
      'bad-gzip',
      'unexpected end of file',
    ],
    [
      'that is truncated in its trailer',
      good.subarray(0, -3),
      'bad-gzip',
      'unexpected end of file',
    ],
    ['with a wrong CRC', damaged(-6), 'bad-gzip', 'incorrect data check'],
    ['with a wrong length in its trailer', damaged(-2), 'bad-gzip', 'incorrect length check'],
    ['with a flipped byte in its middle', damaged(-20_000), 'bad-gzip', 'not a valid gzip file'],
    [
      'with text after its end',
      Buffer.concat([good, Buffer.from('so it goes')]),
      'bad-gzip',
      'not a valid gzip file',
    ],
    [
      'with zeros after its end',
      Buffer.concat([good, Buffer.alloc(1000)]),
      'bad-gzip',
      'follow the end of the gzip stream',
    ],
    [
      'with many zeros and another file after its end',
      Buffer.concat([good, Buffer.alloc(900_000), good]),
      'bad-gzip',
      'not a valid gzip file',
    ],
    [
      'with half of a second member',
      Buffer.concat([good, good.subarray(0, 15)]),
      'bad-gzip',
      'unexpected end of file',
    ],
    ['of no bytes', Buffer.alloc(0), 'bad-gzip', 'unexpected end of file'],
    ['of one byte', Buffer.from([0x1f]), 'bad-gzip', 'unexpected end of file'],
    [
      'that is a page',
      Buffer.from('<!doctype html><title>Sign in</title>'),
      'not-gzip',
      'it starts with a web page (HTML or XML)',
    ],
    [
      'that is an error of S3',
      Buffer.from('<?xml version="1.0"?><Error/>'),
      'not-gzip',
      'a web page',
    ],
    ['that is a sentence', Buffer.from('No such film.'), 'not-gzip', '"No such film."'],
    [
      'that is a zip archive',
      Buffer.from('PK\x03\x04 and more'),
      'not-gzip',
      'starts with binary data',
    ],
    [
      'that is not text',
      Buffer.from([0x1f, 0x9d, 0xff, 0xfe]),
      'not-gzip',
      'starts with binary data',
    ],
    [
      'that is not compressed',
      Buffer.from(madeUpText(dataset, 10)),
      'not-gzip',
      String.raw`"tconst\taverageRating\tnumVotes`,
    ],
    [
      'that is empty, compressed',
      gzipSync(''),
      'wrong-header',
      'does not have the header of title.ratings: it is empty',
    ],
    [
      'of another dataset',
      madeUpFile('title.crew', 5000),
      'wrong-header',
      'does not have the header of title.ratings: it is the header of title.crew.',
    ],
    [
      'with an additional column in between',
      gzipSync('tconst\tmore\taverageRating\tnumVotes\n'),
      'wrong-header',
      '"more", which is not known, stands as column 2 before "averageRating".',
    ],
    [
      'with a renamed column',
      gzipSync('tconst\tmeanRating\tnumVotes\n'),
      'wrong-header',
      '"averageRating", expected as column 2, is not there: "meanRating" stands in its place.',
    ],
    [
      'with a missing column',
      gzipSync('tconst\taverageRating\n'),
      'wrong-header',
      '"numVotes", expected as column 3, is not there.',
    ],
    [
      'with a header that has a no-break space in it',
      gzipSync(`${headerOf(dataset)}\u00a0\n`),
      'wrong-header',
      String.raw`"numVotes\u00a0" stands in its place.`,
    ],
    [
      'with a truncated header',
      gzipSync('tconst\tavera'),
      'wrong-header',
      '"avera" stands in its place',
    ],
    [
      'with one endless line',
      gzipSync('x'.repeat(5_000_000)),
      'wrong-header',
      `starts with "${'x'.repeat(40)}…"`,
    ],
    ['that contains a page', gzipSync('<html>Sign in</html>'), 'wrong-header', 'with a web page'],
    ['that does not contain text', gzipSync('\0\x01\n'), 'wrong-header', 'starts with binary data'],
    ['compressed twice', gzipSync(good), 'gzip-in-gzip', 'is gzip inside gzip: '],
  ] as const)('is rejected: a file %s', async (_, bytes, code, says) => {
    bench.origin.serve(dataset, { bytes, etag });
    const error = await failure();
    expect(error).toMatchObject({
      code,
      dataset,
      url: `${bench.origin.baseUrl}title.ratings.tsv.gz`,
    });
    expect(error.message).toContain(says);
    expect(error.message).toContain(error.url);
    expect(error.message).toMatch(/^[A-Z].*\.$/u);
    expect(error.hint).toMatch(/^[A-Z].*\.$/u);
    // it may have been damaged in transit, so it is fetched once more
    const isDamaged = code === 'bad-gzip';
    expect(bench.origin.ranges).toEqual(isDamaged ? [undefined, undefined] : [undefined]);
    expect(error.message.includes('It was fetched once more from its start')).toBe(isDamaged);
    expect(await readdir(await bench.store.downloadFolder(dataset))).toEqual([]);
  });

  it('has a hint how to publish the other datasets, if its header is wrong', async () => {
    bench.origin.serve(dataset, { bytes: madeUpFile('title.crew', 5000), etag });
    const { hint } = await failure();
    const others = DATASET_NAMES.filter((name) => name !== dataset);
    expect(hint).toContain(`marquee update --force --datasets ${others.join(',')}, `);
    expect(hint).toContain(
      `POST /updatedata ${JSON.stringify({ datasets: others, force: true })}.`,
    );
  });

  it('is fetched once more from its start: a file with a flipped byte', async () => {
    bench.origin.trick({ body: damaged(-20_000) });
    const { snapshot } = await bench.fetch();
    expect(bench.origin.ranges).toEqual([undefined, undefined]);
    expect(await readFile(bench.store.pathOf(snapshot))).toEqual(good);
  });

  it('is fetched once more from its start: a truncated file without Content-Length', async () => {
    const bodies = [good.subarray(0, 20_000), good];
    const server = createServer((socket) => {
      const body = bodies.shift() ?? good;
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n');
        socket.end(body);
      });
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const { snapshot } = await bench.fetch({ baseUrl });
    expect(bodies).toEqual([]);
    expect(await readFile(bench.store.pathOf(snapshot))).toEqual(good);
  });

  it('leaves the existing snapshot unchanged', async () => {
    const { snapshot } = await bench.fetch();
    bench.origin.serve(dataset, { bytes: good.subarray(0, 20_000), etag: '"two"' });
    await expect(bench.fetch()).rejects.toMatchObject({ code: 'bad-gzip' });
    expect(await bench.store.list()).toEqual([snapshot]);
    expect(await readFile(bench.store.pathOf(snapshot))).toEqual(good);
  });

  it('is rejected at its first line: an endless file of another dataset', async () => {
    bench.origin.serve(dataset, { bytes: madeUpFile('title.crew', 50_000), etag });
    bench.origin.trick({ hangAfter: 300_000 });
    expect(await failure()).toMatchObject({ code: 'wrong-header' });
  });
});

/**
 * Fakes the timers of the limits until the end of the test: only `vi.advanceTimersByTime` moves
 * them. The server uses real timers.
 */
function fakeTimers(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
}

describe('a server that misbehaves', () => {
  it.each([403, 404, 410, 204, 206, 304])('with status %i is not retried', async (status) => {
    bench.origin.trick({ status });
    const error = await failure();
    expect(error).toMatchObject({ code: 'bad-status', retryable: false });
    expect(error.message).toContain(String(status));
    expect(bench.origin.requests).toHaveLength(1);
  });

  it.each([408, 425, 429, 500, 502, 503, 504])('with status %i is retried', async (status) => {
    bench.origin.trick({ status });
    const { snapshot } = await bench.fetch();
    expect(bench.origin.statuses).toEqual([status, 200]);
    expect(await readFile(bench.store.pathOf(snapshot))).toEqual(good);
  });

  it('is given up if it stays unavailable, with a retryable error', async () => {
    bench.origin.trick(...Array.from({ length: 10 }, () => ({ status: 503 })));
    const error = await failure();
    expect(error).toMatchObject({ code: 'server-fault', retryable: true });
    expect(error.message).toContain('Given up after 3 attempts.');
    expect(bench.origin.statuses).toEqual([503, 503, 503]);
  });

  it.each([
    ['seconds', () => '90'],
    ['a date', () => new Date(Date.now() + 90_000).toUTCString()],
  ])('may send Retry-After in %s', async (_, value) => {
    bench.origin.trick({ status: 429, headers: { 'retry-after': value() } });
    const { retryAfterMs } = await failure({ retry: { maxFruitless: 0 } });
    expect(retryAfterMs).toBeGreaterThan(30_000);
    expect(retryAfterMs).toBeLessThanOrEqual(90_000);
  });

  it('is not asked again before Retry-After, unless the fetch is aborted', async () => {
    const stop = new AbortController();
    bench.origin.trick({
      status: 429,
      headers: { 'retry-after': '3600' },
      then: () => setTimeout(() => stop.abort(), 100),
    });
    expect(await failure({ signal: stop.signal })).toMatchObject({ code: 'aborted' });
    expect(bench.origin.requests).toHaveLength(1);
  });

  it('may delay the retry by Retry-After up to a limit only', async () => {
    bench.origin.trick({ status: 429, headers: { 'retry-after': '86400' } });
    await bench.fetch({ retry: { initialDelayMs: 1, maxDelayMs: 5, maxRetryAfterMs: 10 } });
    expect(bench.origin.statuses).toEqual([429, 200]);
  });

  it('that redirects in a circle fails the fetch', async () => {
    bench.origin.trick(
      ...Array.from({ length: 10 }, () => ({
        status: 302,
        headers: { location: '/title.ratings.tsv.gz' },
      })),
    );
    const url = `${bench.origin.baseUrl}title.ratings.tsv.gz`;
    expect(await failure()).toMatchObject({
      code: 'redirect-loop',
      retryable: false,
      message: `${url} is redirected in a circle: ${url} → ${url}.`,
    });
    expect(bench.origin.requests).toHaveLength(1);
  });

  it('that redirects without end fails the fetch', async () => {
    bench.origin.trick(
      ...Array.from({ length: 10 }, (_, i) => ({
        status: 302,
        headers: { location: `/title.ratings.tsv.gz?${i}` },
      })),
    );
    const url = `${bench.origin.baseUrl}title.ratings.tsv.gz`;
    expect(await failure()).toMatchObject({
      code: 'redirect-loop',
      retryable: false,
      message: `${url} is redirected more than 5 times: ${url}${` → ${url}?…`.repeat(6)}.`,
    });
    expect(bench.origin.requests).toHaveLength(6);
  });

  it('that never responds fails the fetch with the timeout in the message', async () => {
    bench.origin.trick({ silent: true }, { silent: true });
    const error = await failure({
      timeouts: { headersMs: 50 },
      retry: { initialDelayMs: 1, maxFruitless: 1 },
    });
    expect(error).toMatchObject({ code: 'unreachable', retryable: true });
    expect(error.message).toContain('LATE_ANSWER (no headers within 0.05 s');
  });

  it('that stalls within the body is abandoned, and the body resumed', async () => {
    fakeTimers();
    bench.origin.trick({ hangAfter: 12_345 });
    const fetching = bench.fetch();
    await bench.untilPartOf(12_345);
    vi.advanceTimersByTime(DEFAULT_TIMEOUTS.bodyIdleMs);
    const { snapshot } = await fetching;
    expect(bench.origin.ranges).toEqual([undefined, 'bytes=12345-']);
    expect(await readFile(bench.store.pathOf(snapshot))).toEqual(good);
  });

  it.each([
    ['from its start', 0, [2]],
    ['after it began well', 12_345, [12_345, 12_347]],
  ])('that trickles is abandoned, and the body resumed: %s', async (_, after, windows) => {
    fakeTimers();
    bench.origin.trick({ dripAfter: after });
    const fetching = bench.fetch({
      timeouts: { bodyIdleMs: 200, minBytesPerSecond: 10_000 },
      retry: { initialDelayMs: 1, maxFruitless: 1 },
    });
    // if the body began well, only its second window is too slow
    for (const bytes of windows) {
      await expect
        .poll(async () => Math.max(0, ...(await bench.parts()).map(({ size }) => size)))
        .toBeGreaterThanOrEqual(bytes);
      vi.advanceTimersByTime(200);
    }
    const { snapshot } = await fetching;
    expect(bench.origin.ranges).toHaveLength(2);
    expect(bench.origin.ranges[1]).toMatch(/^bytes=\d+-$/u);
    expect(await readFile(bench.store.pathOf(snapshot))).toEqual(good);
  });

  it('that trickles each time fails the fetch, even if each attempt brings some bytes', async () => {
    bench.origin.trick(...Array.from({ length: 100 }, () => ({ dripAfter: 0 })));
    const error = await failure({ timeouts: { bodyIdleMs: 100, minBytesPerSecond: 10_000 } });
    expect(error).toMatchObject({ code: 'interrupted', retryable: true });
    expect(error.message).toMatch(
      / was interrupted after \d+ of \d+ bytes: SLOW_BODY \(\d+ bytes in 0\.1 s, expected at least 10000 per second, see DOWNLOAD_LEAST_BYTES_PER_SECOND\)\. Given up after 3 attempts\.$/u,
    );
    expect(bench.origin.requests).toHaveLength(3);
  });

  it('that stalls each time fails the fetch, even if each attempt brings one byte', async () => {
    bench.origin.trick(...Array.from({ length: 100 }, () => ({ hangAfter: 1 })));
    expect(await failure({ timeouts: { bodyIdleMs: 50 } })).toMatchObject({
      code: 'interrupted',
      message: expect.stringContaining('Given up after 3 attempts.') as string,
    });
  });

  it('is not taken for slow while nobody reads the body', async () => {
    fakeTimers();
    const large = madeUpFile(dataset, 50_000);
    bench.origin.serve(dataset, { bytes: large, etag });
    const { body: source } = await request(`${bench.origin.baseUrl}title.ratings.tsv.gz`);
    const body = new ResponseBody(source, DEFAULT_TIMEOUTS);
    await expect.poll(() => source.isPaused()).toBe(true);
    vi.advanceTimersByTime(10 * DEFAULT_TIMEOUTS.bodyIdleMs);
    expect((await buffer(body.chunks())).equals(large)).toBe(true);
  });

  it.each([
    ['interim responses', { interim: true }],
    ['header lines', { headerLines: true }],
  ] as const)('that sends %s without end is given up', async (_, trick) => {
    bench.origin.trick({ silent: true, ...trick });
    const error = await failure({ timeouts: { headersMs: 150 }, retry: { maxFruitless: 0 } });
    expect(error).toMatchObject({ code: 'unreachable', retryable: true });
    expect(error.message).toContain('LATE_ANSWER (no headers within 0.15 s, redirects included)');
  });

  it('that redirects slowly is given up after the time for all redirects', async () => {
    bench.origin.trick(
      ...Array.from({ length: 5 }, (_, i) => ({
        status: 302,
        headers: { location: `/title.ratings.tsv.gz?${i}` },
        afterMs: 60,
      })),
    );
    expect(
      await failure({ timeouts: { headersMs: 160 }, retry: { maxFruitless: 0 } }),
    ).toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('LATE_ANSWER') as string,
    });
  });

  it('may take longer for the body than for the headers', async () => {
    fakeTimers();
    const large = madeUpFile(dataset, 50_000);
    bench.origin.serve(dataset, { bytes: large, etag });
    const remote = new RemoteFile(
      dataset,
      fileUrl(bench.origin.baseUrl, dataset),
      DEFAULT_TIMEOUTS,
    );
    const { body } = await remote.request({}, [200], new AbortController().signal);
    vi.advanceTimersByTime(DEFAULT_TIMEOUTS.headersMs);
    expect((await buffer(body.chunks())).equals(large)).toBe(true);
  });

  it('that does not listen is unreachable', async () => {
    const port = await freePort();
    const error = await failure({ baseUrl: `http://user:secret@127.0.0.1:${port}/` });
    expect(error).toMatchObject({
      code: 'unreachable',
      retryable: true,
      url: `http://127.0.0.1:${port}/title.ratings.tsv.gz`,
    });
    expect(error.message).toContain('ECONNREFUSED');
    expect(error.message).toContain(error.url);
    expect(error.message).not.toContain('secret');
    expect(error.cause).toBeInstanceOf(Error);
  });

  it('that does not speak HTTP is not retried', async () => {
    const server = createServer((socket) =>
      socket.on('error', () => undefined).end('SSH-2.0-OpenSSH\r\n'),
    ).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    try {
      const error = await failure({
        baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      });
      expect(error).toMatchObject({ code: 'unreachable', retryable: false });
      expect(error.message).toContain('HTTPParserError');
    } finally {
      server.close();
    }
  });
});

describe('a wrong Content-Length', () => {
  it('that is too large: the fetch fails', async () => {
    const announced = { 'content-length': String(good.length + 100) };
    bench.origin.trick(
      ...Array.from({ length: 20 }, (_, i) =>
        i % 2 === 0 ? { headers: announced, cutAfter: good.length } : {},
      ),
    );
    const error = await failure();
    expect(error).toMatchObject({ code: 'interrupted', retryable: true });
    expect(error.message).toContain(`after ${good.length} of ${good.length + 100} bytes`);
  });

  it('that is too small: the file is not valid', async () => {
    const trick = {
      headers: { 'content-length': String(good.length - 100) },
      body: good.subarray(0, -100),
    };
    bench.origin.trick(trick, trick);
    expect(await failure()).toMatchObject({ code: 'bad-gzip' });
  });
});

describe('a disk error', () => {
  it('is reported if the folder of the store is a file', async () => {
    await writeFile(join(bench.root, 'file'), '');
    const error = await failure({ store: new DiskSnapshotStore(join(bench.root, 'file')) });
    expect(error).toMatchObject({ code: 'disk-fault', retryable: false });
    expect(error.message).toContain('ENOTDIR');
  });

  it.skipIf(!existsSync('/dev/full')).each([
    ['the archive', '/dev/full', (part: PartFile) => part.write(Readable.from([good])).next()],
    [
      'the zstd copy',
      '/dev/full.zst',
      (part: PartFile) => part.writeZstdCopy(Readable.from([good])),
    ],
  ])('is reported if the disk is full for %s', async (_, path, write) => {
    const remote = new RemoteFile(
      dataset,
      fileUrl(bench.origin.baseUrl, dataset),
      DEFAULT_TIMEOUTS,
    );
    const part = new PartFile(
      '/dev/full',
      await open('/dev/full', 'w'),
      await open('/dev/full', 'w'),
      remote,
      new DiskSpaceGuard(bench.root, remote),
    );
    try {
      const message = `${path} cannot be written: no space is left (ENOSPC).`;
      await expect(write(part)).rejects.toMatchObject({
        code: 'disk-full',
        retryable: false,
        message,
      });
    } finally {
      await part.close();
    }
  });
});
