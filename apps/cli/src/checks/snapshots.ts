import { join } from 'node:path';
import { readConfig } from '@marquee/process';
import { errorMessage } from '@marquee/process/error-message';
import {
  checkIntegrity,
  openSnapshotStore,
  SnapshotConfig,
  StoreError,
  type IntegrityProblem,
  type SnapshotManifest,
  type SnapshotStore,
} from '@marquee/snapshots';
import type { Context } from '../context.ts';
import { fail, warn, well, type Check } from './check.ts';

/**
 * The files of the snapshots, where they can be reached from here: in the folder of this machine's
 * embedded stack, or on S3 by its settings. Those in a volume of Docker cannot.
 *
 * @param contents whether to read all of them, rather than their sizes alone
 */
export async function checkSnapshots(context: Context, contents: boolean): Promise<Check[]> {
  const { stack, isOwn, env } = context;
  const isOnS3 = isOwn && (env['SNAPSHOT_S3_URL'] ?? '') !== '';
  if (stack === null && !isOnS3) return [];
  try {
    const folder = join(stack?.data ?? context.config.DATA_DIR, 'snapshots');
    const config = readConfig(SnapshotConfig, { ...env, SNAPSHOT_DIR: folder });
    // ignore warnings here: look() reports unreadable snapshots
    return await look(context, await openSnapshotStore(config, () => undefined), contents);
  } catch (error) {
    const todo = error instanceof StoreError ? error.hint : 'May this user read them?';
    return [fail('snapshots', `they cannot be looked at: ${errorMessage(error)}`, todo)];
  }
}

async function look(context: Context, store: SnapshotStore, contents: boolean): Promise<Check[]> {
  const snapshots = await store.list();
  const newest = new Map(snapshots.map((snapshot) => [snapshot.dataset, snapshot.id]));
  const checks: Check[] = [];
  for (const snapshot of snapshots) {
    context.signal.throwIfAborted();
    const isNewest = newest.get(snapshot.dataset) === snapshot.id;
    const { zstdCopy } = await store.sizesOf(snapshot);
    for (const fault of await checkIntegrity(store, snapshot, { contents }))
      checks.push(
        warn(
          'snapshots',
          `${store.locationOf(snapshot, fault.compression)}: ${fault.reason}`,
          whatToDo(context, store, { snapshot, fault, isNewest, hasCopy: zstdCopy !== null }),
        ),
      );
  }
  for (const { location, reason } of await store.listUnusable())
    checks.push(warn('snapshots', `${location} is left out: ${reason}`, removal(location)));
  if (checks.length > 0) return checks;
  const what = contents ? 'all with the right contents' : 'all with their files';
  return [well('snapshots', `${snapshots.length}, ${what}`)];
}

function whatToDo(
  { make }: Context,
  store: SnapshotStore,
  {
    snapshot,
    fault,
    isNewest,
    hasCopy,
  }: {
    readonly snapshot: SnapshotManifest;
    readonly fault: IntegrityProblem;
    readonly isNewest: boolean;
    readonly hasCopy: boolean;
  },
): string {
  if (fault.compression === 'zstd')
    return `A load that reads it drops it, and reads the archive instead. Is the disk well?`;
  if (hasCopy)
    return 'Its zstd copy is read in its place; the next file from IMDb makes a new snapshot. Is the disk well?';
  if (isNewest)
    return `A full update sets it aside and fetches it anew, in two runs at the most: ${make('update FORCE=full')}. Is the disk well?`;
  return removal(store.locationOf(snapshot).replace(/[^/]+$/u, ''));
}

function removal(where: string): string {
  return `Nothing reads it. Remove it: ${where.startsWith('s3:') ? 'aws s3 rm --recursive' : 'rm -r'} ${where}`;
}
