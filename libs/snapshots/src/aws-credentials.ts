import { currentSecret, secret } from '@marquee/process';
import { z } from 'zod';

const text = () => secret(z.string().optional());

/**
 * The credentials for services of AWS, and for those that speak like them. Without, the AWS SDK finds
 * some in its usual places, such as a role.
 */
export const AwsConfig = z.object({
  AWS_ACCESS_KEY_ID: text(),
  AWS_SECRET_ACCESS_KEY: text(),
  AWS_SESSION_TOKEN: text(),
});
type AwsConfig = z.infer<typeof AwsConfig>;

/** Credentials of an account of AWS, or of a service that speaks like it. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** What the SDK calls for credentials, again once they have expired. */
export type AwsCredentialProvider = () => Promise<AwsCredentials & { readonly expiration: Date }>;

/** The SDK asks again a few minutes before credentials expire, hence for each request. */
const EXPIRE_MS = 60_000;

/**
 * The credentials of the configuration, as their files have them at each request; undefined to leave
 * it to the SDK.
 */
export function awsCredentials(config: AwsConfig): AwsCredentialProvider | undefined {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: key, AWS_SESSION_TOKEN: token } = config;
  if (id === undefined || key === undefined) return undefined;
  return async () =>
    Promise.resolve({
      accessKeyId: currentSecret(id),
      secretAccessKey: currentSecret(key),
      ...(token !== undefined && { sessionToken: currentSecret(token) }),
      expiration: new Date(Date.now() + EXPIRE_MS),
    });
}
