import { Key, KeyList, NewKey, type Role } from '@marquee/contract';
import { localTime } from '@marquee/terminal/format';
import type { Context } from '../context/context.ts';

export interface KeyOptions {
  readonly role: Role;
  readonly expires?: string;
  readonly requestsPerMinute?: number;
}

/** Lists all keys, also expired and revoked ones. */
export async function listKeys({ api, out }: Context): Promise<void> {
  const columns = [
    { head: 'ID' },
    { head: 'NAME', isFlexible: true },
    { head: 'ROLE' },
    { head: 'CREATED' },
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
    'There are no keys yet. Create the first: marquee keys create <who uses it>',
    columns,
    rowOf,
  );
}

/** Creates a key. Only its secret goes to standard output, where scripts can read it. */
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
    `The key of ${key.name}, with the role ${key.role}, is ${key.id}. Keep its secret, which is shown only once:`,
  );
  process.stdout.write(`${key.secret}\n`);
}

/** Revokes a key: requests with it are rejected from now on. */
export async function revokeKey({ api, out }: Context, id: string): Promise<void> {
  const key = await api.send('DELETE', Key, `/keys/${encodeURIComponent(id)}`);
  if (out.isJson) out.json(key);
  else out.line(`The key of ${key.name} is revoked.`);
}

function stateOf({ revokedAt, expiresAt }: Key): string {
  if (revokedAt !== null) return `revoked ${localTime(revokedAt)}`;
  if (expiresAt === null) return 'valid';
  return Date.parse(expiresAt) < Date.now()
    ? `expired ${localTime(expiresAt)}`
    : `valid until ${localTime(expiresAt)}`;
}
