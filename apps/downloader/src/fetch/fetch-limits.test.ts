import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readdir, statfs } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { headerOf } from '@marquee/datasets';
import { DiskSnapshotStore } from '@marquee/snapshots';
import { canMount, SmallDisk } from '@marquee/snapshots/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { useBench } from '../testing/test-bench.ts';
import { madeUpFile } from '../testing/test-origin.ts';

const dataset = 'title.ratings';
const MB = 1024 * 1024;
const CHUNKED = { 'content-length': '', 'transfer-encoding': 'chunked' };
const small = madeUpFile(dataset, 100_000);

const bench = useBench(dataset, { bytes: small, etag: '"one"' });

/** A file with incompressible content. @param bytes the length of its content */
function incompressible(bytes: number): Buffer {
  const head = Buffer.from(`${headerOf(dataset)}\n`);
  return gzipSync(Buffer.concat([head, randomBytes(bytes)]), { level: 1 });
}

describe('a file that is many times as large as the kept snapshots', () => {
  it('is not downloaded if its size is announced', async () => {
    const { snapshot } = await bench.fetch();
    const large = incompressible(snapshot.bytes * 5);
    bench.origin.serve(dataset, { bytes: large, etag: '"two"' });
    await expect(bench.fetch()).rejects.toMatchObject({
      code: 'too-large',
      retryable: false,
      message: `The file from ${snapshot.url} has at least ${large.length} bytes compressed, more than 4 times the ${snapshot.bytes} bytes of the largest kept snapshot (DOWNLOAD_MAX_GROWTH).`,
    });
    expect(await readdir(await bench.store.downloadFolder(dataset))).toEqual([]);
    expect(await bench.store.list()).toEqual([snapshot]);
  });

  it('is aborted at the limit if its size is not announced', async () => {
    const { snapshot } = await bench.fetch();
    const large = incompressible(snapshot.bytes * 8);
    bench.origin.serve(dataset, { bytes: large, etag: '"two"' });
    bench.origin.trick({ headers: CHUNKED });
    const error: unknown = await bench.fetch().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'too-large' });
    const [, bytes] = /has at least (\d+) bytes compressed/u.exec(String(error)) ?? [];
    expect(Number(bytes)).toBeGreaterThan(4 * snapshot.bytes);
    expect(Number(bytes)).toBeLessThan(4.5 * snapshot.bytes);
    expect(await readdir(await bench.store.downloadFolder(dataset))).toEqual([]);
  });

  it('is aborted if only its content is', async () => {
    const { snapshot } = await bench.fetch();
    const text = Buffer.concat([
      Buffer.from(`${headerOf(dataset)}\n`),
      Buffer.alloc(64 * MB, 'x\n'),
    ]);
    bench.origin.serve(dataset, { bytes: gzipSync(text, { level: 1 }), etag: '"two"' });
    const error: unknown = await bench.fetch().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'too-large' });
    expect(String(error)).toMatch(
      new RegExp(
        `has at least \\d+ bytes uncompressed, more than 4 times the ${snapshot.rawBytes} bytes `,
        'u',
      ),
    );
  });

  it.each([10, 0])('is accepted with the setting %i', async (maxGrowth) => {
    const { snapshot } = await bench.fetch();
    bench.origin.serve(dataset, { bytes: incompressible(snapshot.bytes * 5), etag: '"two"' });
    expect((await bench.fetch({ maxGrowth })).unchanged).toBe(false);
  });

  it('is accepted if it is small anyway, and if it is the first', async () => {
    bench.origin.serve(dataset, { bytes: madeUpFile(dataset, 1), etag: '"zero"' });
    await bench.fetch();
    bench.origin.serve(dataset, { bytes: madeUpFile(dataset, 10_000), etag: '"one"' });
    expect((await bench.fetch()).snapshot.rows).toBe(10_000);
  });

  it('is accepted if only the last snapshot was truncated', async () => {
    const { snapshot } = await bench.fetch();
    bench.origin.serve(dataset, { bytes: madeUpFile(dataset, 1), etag: '"short"' });
    await bench.fetch();
    bench.origin.serve(dataset, { bytes: incompressible(snapshot.bytes * 3), etag: '"two"' });
    expect((await bench.fetch()).unchanged).toBe(false);
  });

  it('is accepted if it comes from another URL', async () => {
    const { snapshot } = await bench.fetch();
    bench.origin.serve(dataset, { bytes: incompressible(snapshot.bytes * 5), etag: '"two"' });
    const baseUrl = new URL('.', snapshot.url).href.replace('127.0.0.1', 'localhost');
    expect((await bench.fetch({ baseUrl })).unchanged).toBe(false);
  });
});

it.skipIf(canMount !== true)(
  `a file without end leaves room on the disk that it is written to${canMount === true ? '' : `: ${canMount}`}`,
  async () => {
    await using disk = await SmallDisk.mount('size=160m');
    const head = incompressible(0);
    const server = createServer((_, response) => {
      // endless gzip members
      const send = () => {
        while (!response.destroyed && response.write(member)) continue;
        if (!response.destroyed) response.once('drain', send);
      };
      response.write(head);
      send();
    }).listen(0, '127.0.0.1');
    const member = gzipSync(randomBytes(MB), { level: 1 });
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    await once(server, 'listening');
    let least = Infinity;
    const error: unknown = await bench
      .fetch({
        baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
        store: new DiskSnapshotStore(disk.folder),
        onProgress: () =>
          void statfs(disk.folder).then(({ bavail, bsize }) => {
            least = Math.min(least, bavail * bsize);
          }),
      })
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'disk-full', retryable: false });
    expect(String(error)).toMatch(
      /stops after [\d.]+ MB: only [\d.]+ MB are free in .*, and 67\.1 MB must stay free\.$/u,
    );
    // written between two checks
    expect(least).toBeGreaterThan((64 - 17) * MB);
    expect(least).toBeLessThan(64 * MB);
    const { bavail, bsize } = await statfs(disk.folder);
    expect(bavail * bsize).toBeGreaterThan(159 * MB);
  },
);
