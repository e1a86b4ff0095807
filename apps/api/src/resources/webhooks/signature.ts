import { createHmac, randomBytes } from 'node:crypto';

const PREFIX = 'whsec_';
const SECRET_BYTES = 32;

/** A new secret for signing. */
export function makeWebhookSecret(): Buffer {
  return randomBytes(SECRET_BYTES);
}

/** A secret as receivers and their libraries take it: `whsec_` and base64. */
export function writeWebhookSecret(secret: Buffer): string {
  return PREFIX + secret.toString('base64');
}

/** The bytes of a secret whose form has been validated. */
export function readWebhookSecret(text: string): Buffer {
  return Buffer.from(text.slice(PREFIX.length), 'base64');
}

/**
 * The headers of Standard Webhooks (https://www.standardwebhooks.com). A receiver that holds one of
 * the secrets can verify that the body is ours and not a replay.
 *
 * @param secrets the present one, and after a change the one before
 * @param id of the delivery, the same at every attempt
 */
export function signedHeaders(
  secrets: readonly Buffer[],
  id: string,
  at: Date,
  body: string,
): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signatures = secrets.map((secret) =>
    createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64'),
  );
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.map((signature) => `v1,${signature}`).join(' '),
  };
}
