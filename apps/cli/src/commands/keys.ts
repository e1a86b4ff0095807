import { Key, KeyList, NewKey, type Role } from '@marquee/contract';
import type { Context } from '../context.ts';
import { localTime } from '../figures.ts';

export interface KeyOptions {
  readonly role: Role;
  readonly expires?: string;
  readonly requestsPerMinute?: number;
}

/** Lists all keys there have been. */
export async function listKeys({ api, out }: Context): Promise<void> {
  const columns = [
    { head: 'ID' },
    { head: 'NAME', isFlexible: true },
    { head: 'ROLE' },
    { head: 'MADE' },
    { head: 'LAST USED' },
    { head: 'STATE' },
  ] as const;
  const rowOf = (key: Key) => [
    key.id,
    key.name,
    key.role,
    localTime(key.createdAt),
    localTime(key.lastUsedAt),
    stateOf(key),
  ];
  out.list(
    await api.get(KeyList, '/keys'),
    'There is no key yet. The first: marquee keys create <who uses it>',
    columns,
    rowOf,
  );
}

/** Makes a key. Its secret alone goes to standard output, so that a script can keep it. */
export async function createKey(
  { api, out }: Context,
  name: string,
  { role, expires, requestsPerMinute }: KeyOptions,
): Promise<void> {
  const key = await api.send('POST', NewKey, '/keys', {
    name,
    role,
    expiresAt: expires,
    requestsPerMinute,
  });
  if (out.isJson) {
    out.json(key);
    return;
  }
  out.note(
    `The key of ${key.name}, a ${key.role}'s, is ${key.id}. Keep its secret; it is shown this once:`,
  );
  process.stdout.write(`${key.secret}\n`);
}

/** Revokes a key: no request with it is answered from now on. */
export async function revokeKey({ api, out }: Context, id: string): Promise<void> {
  const key = await api.send('DELETE', Key, `/keys/${encodeURIComponent(id)}`);
  if (out.isJson) out.json(key);
  else out.line(`The key of ${key.name} is revoked.`);
}

function stateOf({ revokedAt, expiresAt }: Key): string {
  if (revokedAt !== null) return `revoked ${localTime(revokedAt)}`;
  if (expiresAt === null) return 'good';
  return Date.parse(expiresAt) < Date.now()
    ? `expired ${localTime(expiresAt)}`
    : `good until ${localTime(expiresAt)}`;
}
