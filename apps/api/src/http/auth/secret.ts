import { createHash, randomBytes } from 'node:crypto';

const SECRET_BYTES = 32;

/** A new key: 256 random bits, after a prefix that people and secret scanners recognise. */
export function makeSecret(): string {
  return `mq_${randomBytes(SECRET_BYTES).toString('base64url')}`;
}

/** A new token of a session: 256 random bits. */
export function makeSessionToken(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/** Whether a text has the form of a key. A key that was set in the configuration may be longer. */
export function isSecret(text: string): boolean {
  return /^mq_[\w-]{43,200}$/u.test(text);
}

/**
 * The hash of a key, which is all that is stored. One round of SHA-256 is enough: slow, salted
 * hashes protect secrets that can be guessed, and 256 random bits cannot. Keys are also looked up by
 * their hash, so the time of a comparison tells nothing about the key.
 */
export function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
