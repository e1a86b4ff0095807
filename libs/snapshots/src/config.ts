import { ProxyConfig, proxiesOf } from '@marquee/network/proxies';
import { z } from 'zod';
import { AwsConfig, awsCredentials } from './aws-credentials.ts';
import { DiskSnapshotStore } from './disk/disk-store.ts';
import { DiskFileStore } from './files/disk-file-store.ts';
import type { FileFolder, FileStore } from './files/file-store.ts';
import { DiskPathStore } from './paths/disk-path-store.ts';
import type { PathFolder, PathStore } from './paths/path-store.ts';
import type { S3BucketOptions } from './s3/s3-bucket.ts';
import { StoreError } from './store/store-error.ts';
import type { OnWarning, SnapshotStore } from './store/store.ts';

/** The environment variables of the snapshot store. */
export const SnapshotConfig = z.object({
  /** The folder of the store; with SNAPSHOT_S3_URL, only for downloads in progress. */
  SNAPSHOT_DIR: z.string().describe('the folder of the snapshot store'),
  SNAPSHOT_S3_URL: z
    .string()
    .regex(/^s3:\/\/[a-z0-9][a-z0-9.-]+[a-z0-9](\/[^?#]*)?$/u)
    .describe('s3://bucket or s3://bucket/prefix')
    .optional(),
  /** For S3 services other than Amazon's. The bucket is then part of the path. */
  SNAPSHOT_S3_ENDPOINT: z
    .url({ protocol: /^https?$/u })
    .describe('a URL that starts with http:// or https://')
    .optional(),
  SNAPSHOT_S3_REGION: z
    .string()
    .default('us-east-1')
    .describe('the name of a region, such as eu-central-1'),
  SNAPSHOT_S3_ENCRYPTION: z.enum(['AES256', 'aws:kms']).describe('AES256 or aws:kms').optional(),
  SNAPSHOT_S3_KMS_KEY: z.string().describe('the id or ARN of a KMS key').optional(),
  ...AwsConfig.shape,
  /** Proxies for the requests to S3. */
  ...ProxyConfig.shape,
});
export type SnapshotConfig = z.infer<typeof SnapshotConfig>;

/**
 * Opens the snapshot store: on S3 when SNAPSHOT_S3_URL is set, otherwise on disk. Does not access
 * it yet.
 *
 * @param onWarning called when an unreadable snapshot is skipped
 * @throws StoreError when the variables contradict each other
 */
export async function openSnapshotStore(
  config: SnapshotConfig,
  onWarning: OnWarning,
): Promise<SnapshotStore> {
  const bucket = bucketOf(config);
  if (bucket === null) return new DiskSnapshotStore(config.SNAPSHOT_DIR, onWarning);
  // lazily: the SDK takes 36 MB of memory, which the API and a store on disk do not need
  const { S3SnapshotStore } = await import('./s3/s3-store.ts');
  return new S3SnapshotStore({ ...bucket, scratch: config.SNAPSHOT_DIR, onWarning });
}

/**
 * Opens a folder of files in the snapshot store. Does not access it yet.
 *
 * @param onWarning called when what a killed process has left cannot be removed
 * @throws StoreError when the variables contradict each other
 */
export async function openFileStore(
  config: SnapshotConfig,
  folder: FileFolder,
  onWarning: OnWarning,
): Promise<FileStore> {
  const bucket = bucketOf(config);
  if (bucket === null) return new DiskFileStore(config.SNAPSHOT_DIR, folder, onWarning);
  const { S3FileStore } = await import('./files/s3-file-store.ts');
  return new S3FileStore({ ...bucket, scratch: config.SNAPSHOT_DIR, onWarning }, folder);
}

/**
 * Opens the folder of exports in the snapshot store. Does not access it yet.
 *
 * @throws StoreError when the variables contradict each other
 */
export async function openExportStore(config: SnapshotConfig): Promise<PathStore> {
  return openPathStore(config, 'exports');
}

/**
 * Opens a folder of files by path. Does not access it yet.
 *
 * @throws StoreError when the variables contradict each other
 */
export async function openPathStore(
  config: SnapshotConfig,
  folder: PathFolder,
): Promise<PathStore> {
  const bucket = bucketOf(config);
  if (bucket === null) return new DiskPathStore(config.SNAPSHOT_DIR, folder);
  const { S3PathStore } = await import('./paths/s3-path-store.ts');
  return new S3PathStore({ ...bucket, scratch: config.SNAPSHOT_DIR }, folder);
}

/** The bucket of the store; null for a store on disk. */
function bucketOf(config: SnapshotConfig): (S3BucketOptions & { readonly url: string }) | null {
  const { SNAPSHOT_S3_URL: url, SNAPSHOT_S3_REGION: region } = config;
  const {
    SNAPSHOT_S3_ENDPOINT: endpoint,
    SNAPSHOT_S3_ENCRYPTION: encryption,
    SNAPSHOT_S3_KMS_KEY: kmsKey,
  } = config;
  if (kmsKey !== undefined && encryption !== 'aws:kms') {
    throw new StoreError(
      'store-config',
      'SNAPSHOT_S3_KMS_KEY is set, but SNAPSHOT_S3_ENCRYPTION is not aws:kms.',
    );
  }
  if (url !== undefined)
    return {
      ...{ url, region, endpoint, encryption, kmsKey, proxies: proxiesOf(config) },
      credentials: awsCredentials(config),
    };
  // if encryption is configured, files must not end up unencrypted on disk
  if (endpoint === undefined && encryption === undefined) return null;
  throw new StoreError(
    'store-config',
    `${endpoint === undefined ? 'SNAPSHOT_S3_ENCRYPTION' : 'SNAPSHOT_S3_ENDPOINT'} is set, but SNAPSHOT_S3_URL is not.`,
  );
}
