import type { Proxies } from '@marquee/network/proxies';
import type { AwsCredentialProvider } from '../aws-credentials.ts';
import { S3Bucket } from '../s3/s3-bucket.ts';
import type { ProviderBucket } from './providers.ts';

/** The bucket of a provider, with its own credentials, or else those of the process. */
export function openProviderBucket(
  { bucket, region, endpoint, credentials }: ProviderBucket,
  proxies: Proxies,
  ofProcess: AwsCredentialProvider | undefined,
): S3Bucket {
  return new S3Bucket(bucket, {
    ...{ region, endpoint, proxies },
    credentials: credentials ?? ofProcess,
  });
}
