import type { AddressInfo } from 'node:net';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { buildApp } from 'fauxqs';
import { onTestFinished, vi } from 'vitest';

/** The bucket that {@link startS3} makes. */
export const BUCKET = 'films';

/**
 * S3 on loopback with an empty bucket, and credentials for it in the environment, until the test has
 * ended.
 *
 * @returns its port
 */
export async function startS3(): Promise<number> {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'ada');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'a-secret');
  const server = buildApp({ logger: false });
  await server.listen({ port: 0, host: '127.0.0.1' });
  onTestFinished(async () => {
    await server.close();
    vi.unstubAllEnvs();
  });
  const { port } = server.server.address() as AddressInfo;
  const client = new S3Client({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    forcePathStyle: true,
  });
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  client.destroy();
  return port;
}
