import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { headerOf, isDatasetName } from '@marquee/datasets';
import { lacks } from '@marquee/process/testing';
import { DiskSnapshotStore } from '@marquee/snapshots';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchDataset } from './fetch-dataset.ts';
import { TestOrigin } from '../testing/test-origin.ts';

/** Real files, in a folder beside the repository; they must not be in it. */
const data = fileURLToPath(new URL('../../../../../shared/data/imdb', import.meta.url));

/** The folder, dataset and path of every file with an official name. */
const files = [
  'titles-75',
  'titles-500',
  'movies-2022',
  'ratings-2017-08',
  'ratings-2017-11',
  'damaged/mangled-2019',
  'damaged/cutoff-2025',
].flatMap((folder) =>
  (existsSync(join(data, folder)) ? readdirSync(join(data, folder)) : []).flatMap((name) => {
    const dataset = name.replace('.tsv.gz', '');
    return isDatasetName(dataset) ? [{ folder, dataset, path: join(data, folder, name) }] : [];
  }),
);

describe('real files', { skip: lacks('real-data') }, () => {
  let root: string;
  let origin: TestOrigin;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'marquee-real-'));
    origin = await TestOrigin.start();
  });

  afterAll(async () => {
    await origin.stop();
    await rm(root, { recursive: true });
  });

  it.each(files)(
    '$folder: $dataset is what the file is, over a connection that breaks',
    async ({ folder, dataset, path }) => {
      const bytes = await readFile(path);
      const text = gunzipSync(bytes).toString('utf8');
      const [header, ...rows] = text.replace(/\n$/u, '').split('\n');
      const store = new DiskSnapshotStore(join(root, folder));
      origin.serve(dataset, { bytes, etag: `"${folder}"` });
      origin.trick({ cutAfter: Math.floor(bytes.length / 2) });

      const fetched = fetchDataset({
        dataset,
        baseUrl: origin.baseUrl,
        store,
        retry: { initialDelayMs: 1 },
      });
      // one of the damaged files has spaces in its header line
      if (header !== headerOf(dataset)) {
        await expect(fetched).rejects.toMatchObject({ code: 'wrong-header' });
        expect(await store.newest(dataset)).toBeNull();
        return;
      }
      const { snapshot } = await fetched;
      expect(snapshot).toMatchObject({
        rows: rows.length,
        bytes: bytes.length,
        rawBytes: Buffer.byteLength(text),
      });
      expect((await readFile(store.pathOf(snapshot))).equals(bytes)).toBe(true);
    },
  );
});
