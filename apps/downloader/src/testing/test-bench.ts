import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import type { DatasetName } from '@marquee/datasets';
import type { DownloadResult } from '@marquee/runs';
import { DiskSnapshotStore } from '@marquee/snapshots';
import { decompressZstdCopy } from '@marquee/snapshots/zstd-copy';
import { afterEach, beforeEach, expect } from 'vitest';
import { fetchDataset, type FetchOptions } from '../fetch/fetch-dataset.ts';
import { TestOrigin, type ServedFile } from './test-origin.ts';

/**
 * A bench for the tests of this file: each has a server and an empty store of its own.
 *
 * @param file what the server has at first
 */
export function useBench(dataset: DatasetName, file?: ServedFile): TestBench {
  const bench = new TestBench(dataset);
  beforeEach(async () => {
    await bench.start();
    if (file !== undefined) bench.origin.serve(dataset, file);
  });
  afterEach(() => bench.stop());
  return bench;
}

interface Setup {
  readonly root: string;
  readonly store: DiskSnapshotStore;
  readonly origin: TestOrigin;
}

/** A server and an empty store for the tests of one dataset. */
class TestBench {
  readonly dataset: DatasetName;
  #place: Setup | null = null;

  constructor(dataset: DatasetName) {
    this.dataset = dataset;
  }

  get root(): string {
    return this.#present.root;
  }

  get store(): DiskSnapshotStore {
    return this.#present.store;
  }

  get origin(): TestOrigin {
    return this.#present.origin;
  }

  async start(): Promise<void> {
    const root = await mkdtemp(join(tmpdir(), 'marquee-fetch-'));
    this.#place = { root, store: new DiskSnapshotStore(root), origin: await TestOrigin.start() };
  }

  async stop(): Promise<void> {
    await this.origin.stop();
    await rm(this.root, { recursive: true });
    this.#place = null;
  }

  /** A fetch that does not wait long between attempts. */
  async fetch(options: Partial<FetchOptions> = {}): Promise<DownloadResult> {
    const { dataset, store, origin } = this;
    return fetchDataset({
      dataset,
      baseUrl: origin.baseUrl,
      store,
      retry: { initialDelayMs: 1, maxDelayMs: 5, maxFruitless: 2 },
      ...options,
    });
  }

  /** The parts that lie in the incoming folder. */
  async parts(): Promise<{ path: string; size: number }[]> {
    const folder = await this.store.downloadFolder(this.dataset);
    const names = (await readdir(folder)).filter((name) => name.endsWith('.part'));
    const found = await Promise.all(
      names.map(async (name) => {
        // a fetch at work may remove one just now
        const stats = await stat(join(folder, name)).catch(() => null);
        return stats === null ? [] : [{ path: join(folder, name), size: stats.size }];
      }),
    );
    return found.flat();
  }

  /** Waits until there is a part of so many bytes. */
  async untilPartOf(bytes: number): Promise<void> {
    while (!(await this.parts()).some(({ size }) => size === bytes)) await sleep(5);
  }

  /**
   * The store has one snapshot, of these bytes and with a zstd copy of the same content, and
   * nothing is left over.
   */
  async expectSnapshot(bytes: Buffer): Promise<void> {
    const [snapshot, ...more] = await this.store.list();
    expect(more).toEqual([]);
    if (snapshot === undefined) throw new Error('there is no snapshot');
    expect((await readFile(this.store.pathOf(snapshot))).equals(bytes)).toBe(true);
    const quickest = await this.store.openContent(snapshot);
    expect(quickest.compression).toBe('zstd');
    expect(
      Buffer.concat(
        await Array.fromAsync(decompressZstdCopy(quickest.stream), (part) => Buffer.from(part)),
      ).equals(gunzipSync(bytes)),
    ).toBe(true);
    expect(await readdir(await this.store.downloadFolder(this.dataset))).toEqual([]);
  }

  get #present(): Setup {
    if (this.#place === null) throw new Error('the bench is used outside a test');
    return this.#place;
  }
}
