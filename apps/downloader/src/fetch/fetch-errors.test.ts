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
import { ResponseBody } from '../request/response-body.ts';
import { DiskSpaceGuard } from '../storage/disk-space-guard.ts';
import { DownloadError } from '../errors/download-error.ts';
import type { FetchOptions } from './fetch-dataset.ts';
import { PartFile } from '../storage/download-folder.ts';
import { DEFAULT_TIMEOUTS, RemoteFile } from '../request/remote-file.ts';
import { useBench } from '../testing/test-bench.ts';
import { madeUpFile, madeUpText } from '../testing/test-origin.ts';

const dataset = 'title.ratings';
const etag = '"one"';
const good = madeUpFile(dataset, 5000);

const bench = useBench(dataset, { bytes: good, etag });

/** The error of a fetch that has to fail. */
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

describe('a body that is not the dataset', () => {
  it.each([
    ['cut short at its source', good.subarray(0, 20_000), 'bad-gzip', 'unexpected end of file'],
    ['cut short within its trailer', good.subarray(0, -3), 'bad-gzip', 'unexpected end of file'],
    ['with a wrong CRC', damaged(-6), 'bad-gzip', 'incorrect data check'],
    ['with a wrong length in its trailer', damaged(-2), 'bad-gzip', 'incorrect length check'],
    ['with a flipped byte in its middle', damaged(-20_000), 'bad-gzip', 'not a sound gzip file'],
    [
      'with text after its end',
      Buffer.concat([good, Buffer.from('so it goes')]),
      'bad-gzip',
      'not a sound gzip file',
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
      'not a sound gzip file',
    ],
    [
      'with half a second member',
      Buffer.concat([good, good.subarray(0, 15)]),
      'bad-gzip',
      'unexpected end of file',
    ],
    ['of no bytes', Buffer.alloc(0), 'bad-gzip', 'unexpected end of file'],
    ['of one byte', Buffer.from([0x1f]), 'bad-gzip', 'unexpected end of file'],
    [
      'a page',
      Buffer.from('<!doctype html><title>Sign in</title>'),
      'not-gzip',
      'it starts with a web page (HTML or XML)',
    ],
    ['an error of S3', Buffer.from('<?xml version="1.0"?><Error/>'), 'not-gzip', 'a web page'],
    ['a sentence', Buffer.from('No such film.'), 'not-gzip', '"No such film."'],
    ['an archive', Buffer.from('PK\x03\x04 and more'), 'not-gzip', 'starts with binary data'],
    ['no text', Buffer.from([0x1f, 0x9d, 0xff, 0xfe]), 'not-gzip', 'starts with binary data'],
    [
      'the text itself, not compressed',
      Buffer.from(madeUpText(dataset, 10)),
      'not-gzip',
      String.raw`"tconst\taverageRating\tnumVotes`,
    ],
    ['an empty file, compressed', gzipSync(''), 'wrong-header', 'by its first line: it is empty'],
    [
      "another dataset's",
      madeUpFile('title.crew', 5000),
      'wrong-header',
      'by its first line: it is the header of title.crew.',
    ],
    [
      'with one more column within',
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
      'with one column less',
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
      'with a header that breaks off',
      gzipSync('tconst\tavera'),
      'wrong-header',
      '"avera" stands in its place',
    ],
    [
      'one line without end',
      gzipSync('x'.repeat(5_000_000)),
      'wrong-header',
      `starts with "${'x'.repeat(40)}…"`,
    ],
    ['that holds a page', gzipSync('<html>Sign in</html>'), 'wrong-header', 'with a web page'],
    ['that holds no text', gzipSync('\0\x01\n'), 'wrong-header', 'starts with binary data'],
    ['compressed twice', gzipSync(good), 'gzip-in-gzip', 'is gzip within gzip: '],
  ] as const)('is refused: a file %s', async (_, bytes, code, says) => {
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
    // what may have been damaged on its way is fetched once more
    const isDamaged = code === 'bad-gzip';
    expect(bench.origin.ranges).toEqual(isDamaged ? [undefined, undefined] : [undefined]);
    expect(error.message.includes('It was fetched once more from its start')).toBe(isDamaged);
    expect(await readdir(await bench.store.downloadFolder(dataset))).toEqual([]);
  });

  it('is named with what can be done about it, where the header is another', async () => {
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

  it('is fetched once more from its start: a file that breaks off where no size is announced', async () => {
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

  it('does not touch the snapshot that is there', async () => {
    const { snapshot } = await bench.fetch();
    bench.origin.serve(dataset, { bytes: good.subarray(0, 20_000), etag: '"two"' });
    await expect(bench.fetch()).rejects.toMatchObject({ code: 'bad-gzip' });
    expect(await bench.store.list()).toEqual([snapshot]);
    expect(await readFile(bench.store.pathOf(snapshot))).toEqual(good);
  });

  it("is refused at its first line: another dataset's file that never ends", async () => {
    bench.origin.serve(dataset, { bytes: madeUpFile('title.crew', 50_000), etag });
    bench.origin.trick({ hangAfter: 300_000 });
    expect(await failure()).toMatchObject({ code: 'wrong-header' });
  });
});

/**
 * Gives the test the clock by which limits run out, which then stands still but for
 * `vi.advanceTimersByTime`. The server keeps the time of day.
 */
function holdClock(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
}

describe('a server that does not answer well', () => {
  it.each([403, 404, 410, 204, 206, 304])('status %i ends the fetch at once', async (status) => {
    bench.origin.trick({ status });
    const error = await failure();
    expect(error).toMatchObject({ code: 'bad-status', retryable: false });
    expect(error.message).toContain(String(status));
    expect(bench.origin.requests).toHaveLength(1);
  });

  it.each([408, 425, 429, 500, 502, 503, 504])('status %i is tried again', async (status) => {
    bench.origin.trick({ status });
    const { snapshot } = await bench.fetch();
    expect(bench.origin.statuses).toEqual([status, 200]);
    expect(await readFile(bench.store.pathOf(snapshot))).toEqual(good);
  });

  it('a server that stays out of order is given up, and may be tried later', async () => {
    bench.origin.trick(...Array.from({ length: 10 }, () => ({ status: 503 })));
    const error = await failure();
    expect(error).toMatchObject({ code: 'server-fault', retryable: true });
    expect(error.message).toContain('Given up after 3 attempts.');
    expect(bench.origin.statuses).toEqual([503, 503, 503]);
  });

  it.each([
    ['seconds', () => '90'],
    ['a date', () => new Date(Date.now() + 90_000).toUTCString()],
  ])('Retry-After in %s is understood', async (_, value) => {
    bench.origin.trick({ status: 429, headers: { 'retry-after': value() } });
    const { retryAfterMs } = await failure({ retry: { maxFruitless: 0 } });
    expect(retryAfterMs).toBeGreaterThan(30_000);
    expect(retryAfterMs).toBeLessThanOrEqual(90_000);
  });

  it('Retry-After is waited for, and the wait ends when the fetch is stopped', async () => {
    const stop = new AbortController();
    bench.origin.trick({
      status: 429,
      headers: { 'retry-after': '3600' },
      then: () => setTimeout(() => stop.abort(), 100),
    });
    expect(await failure({ signal: stop.signal })).toMatchObject({ code: 'aborted' });
    expect(bench.origin.requests).toHaveLength(1);
  });

  it('Retry-After is respected up to a limit', async () => {
    bench.origin.trick({ status: 429, headers: { 'retry-after': '86400' } });
    await bench.fetch({ retry: { initialDelayMs: 1, maxDelayMs: 5, maxRetryAfterMs: 10 } });
    expect(bench.origin.statuses).toEqual([429, 200]);
  });

  it('a redirect that goes in a circle ends the fetch', async () => {
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

  it('a redirect without end ends the fetch', async () => {
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

  it('no answer at all is a fault that says how it showed', async () => {
    bench.origin.trick({ silent: true }, { silent: true });
    const error = await failure({
      timeouts: { headersMs: 50 },
      retry: { initialDelayMs: 1, maxFruitless: 1 },
    });
    expect(error).toMatchObject({ code: 'unreachable', retryable: true });
    expect(error.message).toContain('LATE_ANSWER (no headers within 0.05 s');
  });

  it('a body that stands still is given up and resumed', async () => {
    holdClock();
    bench.origin.trick({ hangAfter: 12_345 });
    const fetching = bench.fetch();
    await bench.untilPartOf(12_345);
    vi.advanceTimersByTime(DEFAULT_TIMEOUTS.bodyIdleMs);
    const { snapshot } = await fetching;
    expect(bench.origin.ranges).toEqual([undefined, 'bytes=12345-']);
    expect(await readFile(bench.store.pathOf(snapshot))).toEqual(good);
  });

  it.each([
    ['from its start on', 0, [2]],
    ['after it began well', 12_345, [12_345, 12_347]],
  ])('a body that drips is given up and resumed: %s', async (_, after, windows) => {
    holdClock();
    bench.origin.trick({ dripAfter: after });
    const fetching = bench.fetch({
      timeouts: { bodyIdleMs: 200, minBytesPerSecond: 10_000 },
      retry: { initialDelayMs: 1, maxFruitless: 1 },
    });
    // a body that began well is taken for one that drips in its second window
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

  it('a body that drips whenever it is asked for ends the fetch, though each time some bytes more are here', async () => {
    bench.origin.trick(...Array.from({ length: 100 }, () => ({ dripAfter: 0 })));
    const error = await failure({ timeouts: { bodyIdleMs: 100, minBytesPerSecond: 10_000 } });
    expect(error).toMatchObject({ code: 'interrupted', retryable: true });
    expect(error.message).toMatch(
      / broke off after \d+ of \d+ bytes: SLOW_BODY \(\d+ bytes in 0\.1 s, where 10000 a second are the least; DOWNLOAD_LEAST_BYTES_PER_SECOND sets that\)\. Given up after 3 attempts\.$/u,
    );
    expect(bench.origin.requests).toHaveLength(3);
  });

  it('a body that stands still ends the fetch, though each time one byte more is here', async () => {
    bench.origin.trick(...Array.from({ length: 100 }, () => ({ hangAfter: 1 })));
    expect(await failure({ timeouts: { bodyIdleMs: 50 } })).toMatchObject({
      code: 'interrupted',
      message: expect.stringContaining('Given up after 3 attempts.') as string,
    });
  });

  it('a body that nobody reads for a while is not taken for one that drips', async () => {
    holdClock();
    const large = madeUpFile(dataset, 50_000);
    bench.origin.serve(dataset, { bytes: large, etag });
    const { body: source } = await request(`${bench.origin.baseUrl}title.ratings.tsv.gz`);
    const body = new ResponseBody(source, DEFAULT_TIMEOUTS);
    await expect.poll(() => source.isPaused()).toBe(true);
    vi.advanceTimersByTime(10 * DEFAULT_TIMEOUTS.bodyIdleMs);
    expect((await buffer(body.chunks())).equals(large)).toBe(true);
  });

  it.each([
    ['interim answers', { interim: true }],
    ['header lines', { headerLines: true }],
  ] as const)('%s without end are given up', async (_, trick) => {
    bench.origin.trick({ silent: true, ...trick });
    const error = await failure({ timeouts: { headersMs: 150 }, retry: { maxFruitless: 0 } });
    expect(error).toMatchObject({ code: 'unreachable', retryable: true });
    expect(error.message).toContain('LATE_ANSWER (no headers within 0.15 s, redirects included)');
  });

  it('redirects that take their time are given up together', async () => {
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

  it('an answer in time may have a body that takes longer', async () => {
    holdClock();
    const large = madeUpFile(dataset, 50_000);
    bench.origin.serve(dataset, { bytes: large, etag });
    const remote = new RemoteFile(dataset, bench.origin.baseUrl, DEFAULT_TIMEOUTS);
    const { body } = await remote.request({}, [200], new AbortController().signal);
    vi.advanceTimersByTime(DEFAULT_TIMEOUTS.headersMs);
    expect((await buffer(body.chunks())).equals(large)).toBe(true);
  });

  it('a port where nobody listens is unreachable', async () => {
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

  it('something that speaks no HTTP is not tried again', async () => {
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

describe('a wrong announcement of the size', () => {
  it('more than comes: the fetch is given up', async () => {
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

  it('less than comes: the file is not sound', async () => {
    const trick = {
      headers: { 'content-length': String(good.length - 100) },
      body: good.subarray(0, -100),
    };
    bench.origin.trick(trick, trick);
    expect(await failure()).toMatchObject({ code: 'bad-gzip' });
  });
});

describe('a disk that refuses', () => {
  it('a store whose folder is a file', async () => {
    await writeFile(join(bench.root, 'file'), '');
    const error = await failure({ store: new DiskSnapshotStore(join(bench.root, 'file')) });
    expect(error).toMatchObject({ code: 'disk-fault', retryable: false });
    expect(error.message).toContain('ENOTDIR');
  });

  it.skipIf(!existsSync('/dev/full')).each([
    ['the file itself', '/dev/full', (part: PartFile) => part.write(Readable.from([good])).next()],
    [
      'its zstd copy',
      '/dev/full.zst',
      (part: PartFile) => part.writeZstdCopy(Readable.from([good])),
    ],
  ])('a full disk: what is written to /dev/full, %s', async (_, path, write) => {
    const remote = new RemoteFile(dataset, bench.origin.baseUrl, DEFAULT_TIMEOUTS);
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
