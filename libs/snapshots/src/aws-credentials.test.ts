import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '@marquee/process';
import { expect, it, onTestFinished } from 'vitest';
import { AwsConfig, awsCredentials } from './aws-credentials.ts';
import { S3Bucket } from './s3/s3-bucket.ts';

it('signs the next request with the keys that the files have then', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'marquee-aws-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const write = (name: string, text: string) => writeFileSync(join(folder, name), `${text}\n`);
  write('id', 'first');
  write('key', 'first key');
  const config = readConfig(AwsConfig, {
    AWS_ACCESS_KEY_ID_FILE: join(folder, 'id'),
    AWS_SECRET_ACCESS_KEY_FILE: join(folder, 'key'),
  });
  const bucket = new S3Bucket('a-bucket', {
    region: 'eu-central-1',
    credentials: awsCredentials(config),
  });
  const { credentials } = bucket.client.config;
  expect(await credentials()).toMatchObject({
    accessKeyId: 'first',
    secretAccessKey: 'first key',
  });
  write('id', 'second');
  write('key', 'second key');
  expect(await credentials()).toMatchObject({
    accessKeyId: 'second',
    secretAccessKey: 'second key',
  });
  expect(awsCredentials({})).toBeUndefined();
});
