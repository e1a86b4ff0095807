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
 * Removes expired exports, by the retention rules of snapshots, and then each file that no kept
 * export has, such as those of a killed process. The caller holds the lock of exports.
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
  // record the removal before the files go: the API then no longer serves them
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
    log.info({ path }, 'removed a file that no export has');
  }
}
