import { ProxyConfig, proxiesOf } from '@marquee/network/proxies';
import { z } from 'zod';
import { DiskSnapshotStore } from './disk/disk-store.ts';
import { StoreError, type OnWarning, type SnapshotStore } from './store/store.ts';

/**
 * The environment of whoever uses the snapshot store. Credentials for S3 come from where the AWS
 * SDK looks for them: AWS_ACCESS_KEY_ID, a role …
 */
export const SnapshotConfig = z.object({
  /** The store's folder; with SNAPSHOT_S3_URL, only where downloads are prepared. */
  SNAPSHOT_DIR: z.string().describe('the folder of the snapshot store'),
  SNAPSHOT_S3_URL: z
    .string()
    .regex(/^s3:\/\/[a-z0-9][a-z0-9.-]+[a-z0-9](\/[^?#]*)?$/u)
    .describe('s3://bucket or s3://bucket/prefix')
    .optional(),
  /** For stores other than Amazon's, which are then asked with the bucket in the path. */
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
  /** By which S3 is reached. */
  ...ProxyConfig.shape,
});
export type SnapshotConfig = z.infer<typeof SnapshotConfig>;

/**
 * Opens the snapshot store: on S3 when SNAPSHOT_S3_URL is set, otherwise on disk. Asks nothing of
 * it yet.
 *
 * @param onWarning told of what is left out
 * @throws StoreError when the variables contradict each other
 */
export async function openSnapshotStore(
  config: SnapshotConfig,
  onWarning: OnWarning,
): Promise<SnapshotStore> {
  const { SNAPSHOT_DIR: folder, SNAPSHOT_S3_URL: url, SNAPSHOT_S3_REGION: region } = config;
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
  if (url === undefined) {
    // nobody who asks for encryption should find their files unencrypted on a disk
    if (endpoint === undefined && encryption === undefined)
      return new DiskSnapshotStore(folder, onWarning);
    throw new StoreError(
      'store-config',
      `${endpoint === undefined ? 'SNAPSHOT_S3_ENCRYPTION' : 'SNAPSHOT_S3_ENDPOINT'} is set, but SNAPSHOT_S3_URL is not.`,
    );
  }
  // the SDK takes 36 MB of memory, which neither the API nor a store on disk has a use for
  const { S3SnapshotStore } = await import('./s3/s3-store.ts');
  return new S3SnapshotStore({
    url,
    region,
    endpoint,
    encryption,
    kmsKey,
    scratch: folder,
    onWarning,
    proxies: proxiesOf(config),
  });
}
