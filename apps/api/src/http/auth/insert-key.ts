import type { Key, KeyRequest, NewKey } from '@marquee/contract';
import { hashOf, makeSecret } from './secret.ts';

/** A row of access.key, without its hash. */
export type KeyRow = {
  readonly [F in keyof Key]: F extends `${string}At` ? Date | Extract<Key[F], null> : Key[F];
};

/** What is selected of a key. */
export const KEY_COLUMNS = `id, name, role, requests_per_minute as "requestsPerMinute", created_at as "createdAt", expires_at as "expiresAt", last_used_at as "lastUsedAt", revoked_at as "revokedAt"`;

/** pg's pool. */
interface Queryable {
  query(text: string, values: unknown[]): Promise<{ rows: unknown[] }>;
}

/** Makes a key. The only time that its secret is there to be shown. */
export async function insertKey(
  database: Queryable,
  { name, role, expiresAt, requestsPerMinute }: KeyRequest,
): Promise<NewKey> {
  const secret = makeSecret();
  const { rows } = await database.query(
    `insert into access.key (name, role, hash, expires_at, requests_per_minute) values ($1::text, $2::text, $3::bytea, $4::timestamptz, $5::integer) returning ${KEY_COLUMNS}`,
    [name, role, hashOf(secret), expiresAt ?? null, requestsPerMinute ?? null],
  );
  return { ...toKey(rows[0] as KeyRow), secret };
}

/** A key as it is answered. */
export function toKey({ createdAt, expiresAt, lastUsedAt, revokedAt, ...rest }: KeyRow): Key {
  return {
    ...rest,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
    revokedAt: revokedAt?.toISOString() ?? null,
  };
}
