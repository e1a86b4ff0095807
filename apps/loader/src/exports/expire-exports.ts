import { text } from 'node:stream/consumers';
import { ExportManifest } from '@marquee/contract';
import type { Logger } from '@marquee/process';
import { chooseExpired, type PathStore } from '@marquee/snapshots';
import type { Pool } from 'pg';
import { recordRemoved } from './export-records.ts';
import { MANIFESTS } from './make-export.ts';

/** The exports of a store that this version can read, oldest first. */
export async function readManifests(store: PathStore): Promise<ExportManifest[]> {
  const paths = (await store.list()).filter((path) => path.startsWith(MANIFESTS)).sort();
  const manifests: ExportManifest[] = [];
  for (const path of paths) {
    const content = await text(await store.open(path));
    const parsed = ExportManifest.safeParse(parseJson(content));
    if (parsed.success) manifests.push(parsed.data);
  }
  return manifests;
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return null;
  }
}

/**
 * Removes the exports that need not be kept any longer, by the same rules as snapshots, and then each
 * file that no export has: also those of processes that died. The caller holds the lock of exports.
 */
export async function expireExports(
  pool: Pool,
  store: PathStore,
  keep: number,
  keepMonthly: number,
  log: Logger,
): Promise<void> {
  const manifests = await readManifests(store);
  const dated = manifests.map((manifest) => ({
    manifest,
    dataset: 'exports',
    id: manifest.id,
    fetchedAt: manifest.createdAt,
  }));
  const expired = new Set(
    chooseExpired(dated, { keep, keepMonthly, published: new Set() }).map(({ id }) => id),
  );
  const kept = manifests.filter(({ id }) => !expired.has(id));
  // recorded first: from then on, nobody is told of the files
  await recordRemoved(
    pool,
    kept.map(({ id }) => id),
  );
  const needed = new Set(
    kept.flatMap(({ id, files }) => [`${MANIFESTS}${id}.json`, ...files.map(({ path }) => path)]),
  );
  for (const path of await store.list()) {
    if (needed.has(path)) continue;
    await store.remove(path);
    log.info({ path }, 'removed a file of an expired export');
  }
}
