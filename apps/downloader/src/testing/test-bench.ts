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
 * A bench for the tests of a file: each test gets a server and an empty store.
 *
 * @param file the first file on the server
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
  #setup: Setup | null = null;

  constructor(dataset: DatasetName) {
    this.dataset = dataset;
  }

  get root(): string {
    return this.#started.root;
  }

  get store(): DiskSnapshotStore {
    return this.#started.store;
  }

  get origin(): TestOrigin {
    return this.#started.origin;
  }

  async start(): Promise<void> {
    const root = await mkdtemp(join(tmpdir(), 'marquee-fetch-'));
    this.#setup = { root, store: new DiskSnapshotStore(root), origin: await TestOrigin.start() };
  }

  async stop(): Promise<void> {
    await this.origin.stop();
    await rm(this.root, { recursive: true });
    this.#setup = null;
  }

  /** Fetches the dataset, with short delays between attempts. */
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

  /** The parts in the download folder. */
  async parts(): Promise<{ path: string; size: number }[]> {
    const folder = await this.store.downloadFolder(this.dataset);
    const names = (await readdir(folder)).filter((name) => name.endsWith('.part'));
    const parts = await Promise.all(
      names.map(async (name) => {
        // a running fetch may have removed it
        const stats = await stat(join(folder, name)).catch(() => null);
        return stats === null ? [] : [{ path: join(folder, name), size: stats.size }];
      }),
    );
    return parts.flat();
  }

  /** Waits until a part has this size. */
  async untilPartOf(bytes: number): Promise<void> {
    while (!(await this.parts()).some(({ size }) => size === bytes)) await sleep(5);
  }

  /**
   * Checks that the store has one snapshot with these bytes and a zstd copy of the same content,
   * and that the download folder is empty.
   */
  async expectSnapshot(bytes: Buffer): Promise<void> {
    const [snapshot, ...more] = await this.store.list();
    expect(more).toEqual([]);
    if (snapshot === undefined) throw new Error('there is no snapshot');
    expect((await readFile(this.store.pathOf(snapshot))).equals(bytes)).toBe(true);
    const content = await this.store.openContent(snapshot);
    expect(content.compression).toBe('zstd');
    expect(
      Buffer.concat(
        await Array.fromAsync(decompressZstdCopy(content.stream), (part) => Buffer.from(part)),
      ).equals(gunzipSync(bytes)),
    ).toBe(true);
    expect(await readdir(await this.store.downloadFolder(this.dataset))).toEqual([]);
  }

  get #started(): Setup {
    if (this.#setup === null) throw new Error('the bench is used outside a test');
    return this.#setup;
  }
}
