import { join } from 'node:path';
import { readConfig } from '@marquee/process';
import { errorMessage } from '@marquee/process/error-message';
import {
  type IntegrityProblem,
  checkIntegrity,
  openSnapshotStore,
  SnapshotConfig,
  type SnapshotManifest,
  type SnapshotStore,
  StoreError,
} from '@marquee/snapshots';
import type { Context } from '../context/context.ts';
import { type Check, fail, ok, warn } from './check.ts';

/**
 * Checks the files of the snapshots that this machine can reach: in the data folder of its embedded
 * stack, or on S3 with its configuration. Those in a Docker volume are out of reach.
 *
 * @param contents whether to read all files to the end, rather than compare their sizes
 */
export async function checkSnapshots(context: Context, contents: boolean): Promise<Check[]> {
  const { stack, isLocalStack, env } = context;
  const isOnS3 = isLocalStack && (env['SNAPSHOT_S3_URL'] ?? '') !== '';
  if (stack === null && !isOnS3) return [];
  try {
    const folder = join(stack?.data ?? context.config.DATA_DIR, 'snapshots');
    const config = readConfig(SnapshotConfig, { ...env, SNAPSHOT_DIR: folder });
    // no warnings here: checkFiles reports unreadable snapshots
    return await checkFiles(context, await openSnapshotStore(config, () => undefined), contents);
  } catch (error) {
    const todo = error instanceof StoreError ? error.hint : 'May this user read them?';
    return [fail('snapshots', `they cannot be checked: ${errorMessage(error)}`, todo)];
  }
}

async function checkFiles(
  context: Context,
  store: SnapshotStore,
  contents: boolean,
): Promise<Check[]> {
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
          todoFor(context, store, { snapshot, fault, isNewest, hasCopy: zstdCopy !== null }),
        ),
      );
  }
  for (const { location, reason } of await store.listUnusable())
    checks.push(warn('snapshots', `${location} is left out: ${reason}`, removeHint(location)));
  if (checks.length > 0) return checks;
  const detail = contents ? 'all with the right contents' : 'all with their files';
  return [ok('snapshots', `${snapshots.length}, ${detail}`)];
}

function todoFor(
  { makeCommand }: Context,
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
    return 'The next load that reads it removes it and reads the archive instead. Is the disk failing?';
  if (hasCopy)
    return 'Its zstd cache copy is read instead; the next file from IMDb makes a new snapshot. Is the disk failing?';
  if (isNewest)
    return `A full update sets it aside and downloads it again, in at most two runs: ${makeCommand('update FORCE=full')}. Is the disk failing?`;
  return removeHint(store.locationOf(snapshot).replace(/[^/]+$/u, ''));
}

function removeHint(where: string): string {
  return `Nothing reads it. Remove it: ${where.startsWith('s3:') ? 'aws s3 rm --recursive' : 'rm -r'} ${where}`;
}
