import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DatasetName } from '@marquee/datasets';
import type { DownloadResult } from '@marquee/runs';
import { DiskSnapshotStore } from '@marquee/snapshots';
import { expect } from 'vitest';
import { fetchDataset, type FetchOptions } from './fetch-dataset.ts';
import { TestOrigin } from './test-origin.ts';

/** A server and an empty store for the tests of one dataset. */
export class TestBench {
  readonly dataset: DatasetName;
  readonly root: string;
  readonly store: DiskSnapshotStore;
  readonly origin: TestOrigin;

  private constructor(dataset: DatasetName, root: string, origin: TestOrigin) {
    this.dataset = dataset;
    this.root = root;
    this.store = new DiskSnapshotStore(root);
    this.origin = origin;
  }

  static async start(dataset: DatasetName): Promise<TestBench> {
    return new TestBench(dataset, await mkdtemp(join(tmpdir(), 'marquee-fetch-')), await TestOrigin.start());
  }

  async stop(): Promise<void> {
    await this.origin.stop();
    await rm(this.root, { recursive: true });
  }

  /** A fetch that does not wait long between attempts. */
  async fetch(options: Partial<FetchOptions> = {}): Promise<DownloadResult> {
    const { dataset, store, origin } = this;
    return fetchDataset({ dataset, baseUrl: origin.baseUrl, store, retry: { baseMs: 1, maxMs: 5, fruitless: 2 }, ...options });
  }

  /** The parts that lie in the incoming folder. */
  async parts(): Promise<{ path: string; size: number }[]> {
    const folder = await this.store.incoming(this.dataset);
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

  /** The store has one snapshot, of these bytes, and nothing is left over. */
  async expectSnapshot(bytes: Buffer): Promise<void> {
    const [snapshot, ...more] = await this.store.list();
    expect(more).toEqual([]);
    if (snapshot === undefined) throw new Error('there is no snapshot');
    expect((await readFile(this.store.pathOf(snapshot))).equals(bytes)).toBe(true);
    expect(await readdir(await this.store.incoming(this.dataset))).toEqual([]);
  }
}
