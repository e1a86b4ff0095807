import { createHash, randomBytes } from 'node:crypto';

const SECRET_BYTES = 32;

/**
 * A new key: 256 random bits, with a beginning by which scanners for leaked secrets, and people,
 * know it.
 */
export function makeSecret(): string {
  return `mq_${randomBytes(SECRET_BYTES).toString('base64url')}`;
}

/**
 * Whether a text has the form of a key. One that people have made up for the configuration may be
 * longer.
 */
export function isSecret(text: string): boolean {
  return /^mq_[\w-]{43,200}$/u.test(text);
}

/**
 * What is kept of a key. One round of SHA-256 is right for it: slow, salted hashes protect what
 * people have chosen and others can guess, and of 256 random bits there is nothing to guess. It is
 * also what the key is looked up by, so comparing takes no time that tells anything about it.
 */
export function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
