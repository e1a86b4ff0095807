import { KeyEntity } from '@marquee/catalogue';
import type { Key, KeyRequest, NewKey } from '@marquee/contract';
import type { EntityManager } from 'typeorm';
import { hashOf, makeSecret } from './secret.ts';

/** Makes a key. Its secret is returned this once: only its hash is stored. */
export async function insertKey(
  manager: EntityManager,
  { name, role, expiresAt, requestsPerMinute, source }: KeyRequest,
): Promise<NewKey> {
  const secret = makeSecret();
  const key = manager.create(KeyEntity, {
    name,
    role,
    hash: hashOf(secret),
    expiresAt: expiresAt === undefined ? null : new Date(expiresAt),
    requestsPerMinute: requestsPerMinute ?? null,
    source: source ?? null,
    lastUsedAt: null,
    revokedAt: null,
  });
  await manager.insert(KeyEntity, key);
  return { ...toKey(key), secret };
}

/** A key as the API answers it: without its hash. */
export function toKey({
  id,
  name,
  role,
  requestsPerMinute,
  source,
  createdAt,
  expiresAt,
  lastUsedAt,
  revokedAt,
}: KeyEntity): Key {
  return {
    id,
    name,
    role,
    requestsPerMinute,
    source,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
    revokedAt: revokedAt?.toISOString() ?? null,
  };
}
