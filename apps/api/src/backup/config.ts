import {
  openFileStore,
  openPathStore,
  type PathStore,
  type SnapshotConfig,
} from '@marquee/snapshots';
import type { z } from 'zod';
import { ApiConfig } from '../config.ts';
import type { FileStores } from './back-up.ts';

/** The environment variables of backups. */
export const BackupConfig = ApiConfig.pick({
  BACKUP_SCHEDULE: true,
  BACKUP_DIR: true,
  BACKUP_S3_URL: true,
  BACKUP_S3_REGION: true,
  BACKUP_S3_ENDPOINT: true,
  BACKUP_RECIPIENT: true,
  BACKUP_FILES: true,
  BACKUP_KEEP: true,
  BACKUP_KEEP_MONTHLY: true,
});
export type BackupConfig = z.infer<typeof BackupConfig>;

/**
 * Opens the store of backups, on disk or on S3. Does not access it yet.
 *
 * @param config of which the proxies are those of the snapshot store
 */
export async function openBackupStore(config: BackupConfig & SnapshotConfig): Promise<PathStore> {
  const { BACKUP_S3_URL, BACKUP_S3_ENDPOINT, BACKUP_S3_REGION } = config;
  return openPathStore(
    {
      ...config,
      SNAPSHOT_DIR: config.BACKUP_DIR ?? config.SNAPSHOT_DIR,
      SNAPSHOT_S3_URL: BACKUP_S3_URL,
      SNAPSHOT_S3_ENDPOINT: BACKUP_S3_URL === undefined ? undefined : BACKUP_S3_ENDPOINT,
      SNAPSHOT_S3_REGION: BACKUP_S3_REGION,
      SNAPSHOT_S3_ENCRYPTION: undefined,
      SNAPSHOT_S3_KMS_KEY: undefined,
    },
    'backups',
  );
}

/** Opens the files beside the database. */
export async function openFileStores(
  config: SnapshotConfig,
  onWarning: (message: string) => void,
): Promise<FileStores> {
  return {
    deliveries: await openFileStore(config, 'deliveries', onWarning),
    pictures: await openFileStore(config, 'pictures', onWarning),
    snapshots: config.SNAPSHOT_S3_URL === undefined ? config.SNAPSHOT_DIR : null,
  };
}
