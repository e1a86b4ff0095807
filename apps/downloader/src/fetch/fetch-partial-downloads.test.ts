import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { useBench } from '../testing/test-bench.ts';
import { madeUpFile, TestOrigin } from '../testing/test-origin.ts';

const dataset = 'title.ratings';
const etag = '"one"';
const good = madeUpFile(dataset, 50_000);
const other = madeUpFile(dataset, 40_000, 2);

const bench = useBench(dataset, { bytes: good, etag });

/** Aborts a fetch after some bytes. @param size of the part at that time */
async function stopAt(bytes: number, size: number): Promise<void> {
  const stop = new AbortController();
  bench.origin.trick({ hangAfter: bytes });
  const stopped = expect(bench.fetch({ signal: stop.signal })).rejects.toMatchObject({
    code: 'aborted',
    retryable: true,
  });
  await bench.untilPartOf(size);
  stop.abort();
  await stopped;
  expect(await bench.parts()).toMatchObject([{ size }]);
}

/** Aborts a first fetch after some bytes, which are then in a part. */
async function stopAfter(bytes: number): Promise<void> {
  await stopAt(bytes, bytes);
  expect(
    (await readdir(await bench.store.downloadFolder(dataset))).filter((name) =>
      name.endsWith('.zst'),
    ),
  ).toEqual([]);
  bench.origin.forget();
}

async function onlyPart(): Promise<string> {
  const [part, ...more] = await bench.parts();
  if (part === undefined || more.length > 0)
    throw new Error(`expected one part, there are ${part === undefined ? 0 : more.length + 1}`);
  return part.path;
}

describe('the partial download of an earlier fetch', () => {
  it('is resumed with one request for the missing bytes', async () => {
    await stopAfter(300_000);
    await bench.fetch();
    expect(bench.origin.requests).toHaveLength(1);
    expect(bench.origin.requests[0]).toMatchObject({
      status: 206,
      headers: { range: 'bytes=300000-', 'if-range': etag },
    });
    await bench.expectSnapshot(good);
  });

  it('is resumed again when the second fetch is aborted too', async () => {
    await stopAfter(100_000);
    await stopAt(50_000, 150_000);
    await bench.fetch();
    expect(bench.origin.ranges).toEqual(['bytes=100000-', 'bytes=150000-']);
    await bench.expectSnapshot(good);
  });

  it('is dropped when the file has changed; the same request returns the new one', async () => {
    await stopAfter(300_000);
    bench.origin.serve(dataset, { bytes: other, etag: '"two"' });
    await bench.fetch();
    expect(bench.origin.statuses).toEqual([200]);
    await bench.expectSnapshot(other);
  });

  it('is dropped when the server has the version of the newest snapshot again', async () => {
    const { snapshot } = await bench.fetch();
    bench.origin.serve(dataset, { bytes: other, etag: '"two"' });
    await stopAfter(200_000);
    bench.origin.serve(dataset, { bytes: good, etag });
    expect(await bench.fetch()).toEqual({ snapshot, unchanged: true });
    expect(bench.origin.statuses).toEqual([304]);
    await bench.expectSnapshot(good);
  });

  it('is dropped when the range is refused', async () => {
    await stopAfter(300_000);
    bench.origin.trick({ status: 416 });
    await bench.fetch();
    expect(bench.origin.statuses).toEqual([416, 200]);
    await bench.expectSnapshot(good);
  });

  it('is ignored when it is from another URL', async () => {
    await stopAfter(300_000);
    const mirror = await TestOrigin.start();
    try {
      mirror.serve(dataset, { bytes: good, etag });
      await bench.fetch({ baseUrl: mirror.baseUrl });
      expect(mirror.ranges).toEqual([undefined]);
      await bench.expectSnapshot(good);
    } finally {
      await mirror.stop();
    }
  });

  it.each([
    [
      'when it is torn',
      'the sidecar',
      (part: string) => writeFile(`${part}.json`, '{"url": "http'),
    ],
    ['when it is missing', 'the sidecar', (part: string) => rm(`${part}.json`)],
  ])('is ignored %s: %s', async (_state, _what, harm) => {
    await stopAfter(300_000);
    await harm(await onlyPart());
    await bench.fetch();
    expect(bench.origin.ranges).toEqual([undefined]);
    await bench.expectSnapshot(good);
  });

  it('is downloaded again once when it is corrupt', async () => {
    await stopAfter(300_000);
    await writeFile(await onlyPart(), Buffer.alloc(300_000, 7));
    await bench.fetch();
    expect(bench.origin.statuses).toEqual([206, 200]);
    await bench.expectSnapshot(good);
  });

  it('is dropped when it is corrupt and so is the file itself', async () => {
    const corrupt = Buffer.concat([
      good.subarray(0, 400_000),
      Buffer.alloc(1000),
      good.subarray(401_000),
    ]);
    bench.origin.serve(dataset, { bytes: corrupt, etag });
    await stopAfter(300_000);
    await expect(bench.fetch()).rejects.toMatchObject({ code: 'bad-gzip' });
    expect(bench.origin.statuses).toEqual([206, 200]);
    expect(await readdir(await bench.store.downloadFolder(dataset))).toEqual([]);
    bench.origin.serve(dataset, { bytes: good, etag });
    await bench.fetch();
    await bench.expectSnapshot(good);
  });

  it('is used without a byte from the server if it is complete and current', async () => {
    await stopAfter(300_000);
    await writeFile(await onlyPart(), good);
    await bench.fetch();
    expect(bench.origin.statuses).toEqual([304]);
    expect(bench.origin.ranges).toEqual([undefined]);
    await bench.expectSnapshot(good);
  });

  it('is dropped if it is complete but outdated', async () => {
    await stopAfter(300_000);
    await writeFile(await onlyPart(), good);
    bench.origin.serve(dataset, { bytes: other, etag: '"two"' });
    await bench.fetch();
    expect(bench.origin.statuses).toEqual([200]);
    await bench.expectSnapshot(other);
  });

  it('is dropped if it is longer than the file', async () => {
    await stopAfter(300_000);
    await writeFile(await onlyPart(), Buffer.concat([good, good]));
    await bench.fetch();
    expect(bench.origin.ranges).toEqual([undefined]);
    await bench.expectSnapshot(good);
  });

  it('is removed by the next fetch, with incomplete snapshots and the shorter of two parts', async () => {
    await stopAfter(100_000);
    const folder = await bench.store.downloadFolder(dataset);
    const part = await onlyPart();
    await writeFile(`${part}.shorter.part`, good.subarray(0, 50_000));
    await writeFile(`${part}.shorter.part.json`, await readFile(`${part}.json`));
    await mkdir(join(folder, 'title.ratings-20260801T000000Z-00000000'));
    await writeFile(
      join(folder, 'title.ratings-20260801T000000Z-00000000', 'title.ratings.tsv.gz'),
      good,
    );
    await bench.fetch();
    expect(bench.origin.ranges).toEqual(['bytes=100000-']);
    await bench.expectSnapshot(good);
  });

  it('stays when the fetch is aborted before it starts, and when the server is unreachable', async () => {
    await stopAfter(100_000);
    await expect(bench.fetch({ signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    });
    bench.origin.trick({ status: 404 });
    await expect(bench.fetch()).rejects.toMatchObject({ code: 'bad-status' });
    expect(await bench.parts()).toMatchObject([{ size: 100_000 }]);
  });
});

describe('two downloaders of one dataset', () => {
  it('let the later one take over, and the earlier one end without harm', async () => {
    bench.origin.trick({ hangAfter: 300_000 });
    const stalled = bench.fetch({ timeouts: { bodyIdleMs: 300 } }).catch((error: unknown) => error);
    await bench.untilPartOf(300_000);
    const { snapshot } = await bench.fetch();
    expect(bench.origin.ranges).toEqual([undefined, 'bytes=300000-']);
    // it resumes, fetches the rest, and finds the same content in the store
    expect(await stalled).toEqual({ snapshot, unchanged: true });
    await bench.expectSnapshot(good);
  });

  it('reject the earlier one when it has an older version', async () => {
    bench.origin.trick({ hangAfter: 300_000 });
    const stalled = bench.fetch({ timeouts: { bodyIdleMs: 300 } }).catch((error: unknown) => error);
    await bench.untilPartOf(300_000);
    bench.origin.serve(dataset, { bytes: other, etag: '"two"' });
    await bench.fetch();
    // a cache still has the rest of its version
    const rest = good.subarray(300_000);
    const range = {
      etag,
      'content-range': `bytes 300000-${good.length - 1}/${good.length}`,
      'content-length': String(rest.length),
    };
    bench.origin.trick({ status: 206, headers: range, body: rest });
    expect(await stalled).toMatchObject({ code: 'taken-over', retryable: true });
    await bench.expectSnapshot(other);
  });

  it('leave valid snapshots of the same content, and so does any number of them', async () => {
    const results = await Promise.allSettled(Array.from({ length: 6 }, () => bench.fetch()));
    expect(results.some((result) => result.status === 'fulfilled')).toBe(true);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'taken-over' });
    }
    const snapshots = await bench.store.list();
    // usually one; two that finish at the same moment, at the turn of a second, may add one each
    expect(new Set(snapshots.map(({ sha256 }) => sha256)).size).toBe(1);
    for (const snapshot of snapshots)
      expect((await readFile(bench.store.pathOf(snapshot))).equals(good)).toBe(true);
  });
});

it('resumes the download of a killed downloader', async () => {
  bench.origin.trick({ hangAfter: 456_789 });
  const program = `
    import { DiskSnapshotStore } from '@marquee/snapshots';
    import { fetchDataset } from ${JSON.stringify(new URL('fetch-dataset.ts', import.meta.url).href)};
    await fetchDataset({ dataset: '${dataset}', baseUrl: '${bench.origin.baseUrl}', store: new DiskSnapshotStore(${JSON.stringify(bench.root)}) });`;
  const child = spawn(
    process.execPath,
    ['--conditions=@marquee/source', '--input-type=module', '--eval', program],
    {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  const exit = once(child, 'exit');
  await Promise.race([exit, bench.untilPartOf(456_789)]);
  child.kill('SIGKILL');
  expect(await exit).toEqual([null, 'SIGKILL']);
  expect(await bench.store.list()).toEqual([]);
  // the unfinished zstd copy too, which the next one makes again
  expect(
    (await readdir(await bench.store.downloadFolder(dataset)))
      .map((name) => name.replace(/.*\.part/u, ''))
      .sort(),
  ).toEqual(['', '.json', '.zst']);
  bench.origin.forget();
  await bench.fetch();
  expect(bench.origin.ranges).toEqual(['bytes=456789-']);
  await bench.expectSnapshot(good);
});
