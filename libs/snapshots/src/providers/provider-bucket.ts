import type { Proxies } from '@marquee/network/proxies';
import { S3Bucket } from '../s3/s3-bucket.ts';
import type { ProviderBucket } from './providers.ts';

/** The bucket of a provider, with its own credentials. */
export function openProviderBucket(
  { bucket, region, endpoint, credentials }: ProviderBucket,
  proxies: Proxies,
): S3Bucket {
  return new S3Bucket(bucket, { region, endpoint, credentials, proxies });
}
