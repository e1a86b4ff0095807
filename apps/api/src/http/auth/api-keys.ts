import { timingSafeEqual } from 'node:crypto';
import { ROLES, type Key, type KeyRequest, type NewKey, type Role } from '@marquee/contract';
import { DataSource } from 'typeorm';
import { PublishedWatch } from '../../database/published-watch.ts';
import { insertKey, KEY_COLUMNS, toKey, type KeyRow } from './insert-key.ts';
import { hashOf, isSecret } from './secret.ts';

/** A key that is good, as its requests carry it. */
export interface ApiKey {
  /** Null for the one of the configuration. */
  readonly id: string | null;
  readonly name: string;
  readonly role: Role;
  readonly requestsPerMinute: number | null;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
}

/** What is wrong with a key. */
export type KeyFault = 'unknown' | 'revoked' | 'expired';

/** How often a key's last use is written down. */
const USE_EVERY_MS = 60_000;
/** So many keys are held in memory; there are hardly ever more. */
const MAX_HELD = 10_000;

/**
 * The keys: makes, lists and revokes them, and knows those that come with requests. These are held
 * in memory until a key has changed anywhere, of which the database tells every process at once;
 * while that line is down, each is looked up.
 */
export class ApiKeys {
  readonly #dataSource: DataSource;
  readonly #watch: PublishedWatch;
  readonly #configured: Buffer | null;
  readonly #held = new Map<string, ApiKey>();
  readonly #usedAt = new Map<string, number>();

  /** @param configured the admin key of the configuration */
  constructor(dataSource: DataSource, watch: PublishedWatch, configured: string | undefined) {
    this.#dataSource = dataSource;
    this.#watch = watch;
    this.#configured = configured === undefined ? null : hashOf(configured);
    watch.onKeysChanged(() => this.#held.clear());
  }

  /**
   * Whom a key belongs to, or what is wrong with it, as far as that is in memory; null where the
   * database has to be asked, by {@link ApiKeys.find}.
   */
  recall(secret: string): ApiKey | KeyFault | null {
    if (!isSecret(secret)) return 'unknown';
    const hash = hashOf(secret);
    if (this.#configured !== null && timingSafeEqual(hash, this.#configured)) return CONFIGURED;
    const held = this.#watch.isLive ? this.#held.get(hash.toString('base64')) : undefined;
    return held === undefined ? null : validate(held);
  }

  /** Whom a key that is not in memory belongs to, or what is wrong with it. */
  async find(secret: string): Promise<ApiKey | KeyFault> {
    const hash = hashOf(secret);
    const heard = this.#watch.keysHeard;
    const [found]: ApiKey[] = await this.#dataSource.query(
      `select id, name, role, requests_per_minute as "requestsPerMinute", expires_at as "expiresAt", revoked_at as "revokedAt" from access.key where hash = $1::bytea`,
      [hash],
    );
    if (found === undefined) return 'unknown';
    if (this.#held.size >= MAX_HELD) this.#held.clear();
    // what was read before a change was heard of may be from before it
    if (this.#watch.isLive && heard === this.#watch.keysHeard)
      this.#held.set(hash.toString('base64'), found);
    return validate(found);
  }

  /**
   * Writes down that a key is in use, at most once a minute, and without anybody waiting for it.
   */
  noteUse({ id }: ApiKey, onError: (error: unknown) => void): void {
    const now = Date.now();
    if (id === null || now - (this.#usedAt.get(id) ?? 0) < USE_EVERY_MS) return;
    this.#usedAt.set(id, now);
    this.#dataSource
      .query(
        `update access.key set last_used_at = now() where id = $1::uuid and (last_used_at is null or last_used_at < now() - interval '50 s')`,
        [id],
      )
      .catch(onError);
  }

  /** Whether anybody could operate the server where that needs a key. */
  async hasOperator(): Promise<boolean> {
    if (this.#configured !== null) return true;
    const [row]: { there: boolean }[] = await this.#dataSource.query(
      `select exists (select from access.key where role in ('operator', 'admin') and revoked_at is null and (expires_at is null or expires_at > now())) as there`,
    );
    return row?.there === true;
  }

  /** The only time that the secret is shown. */
  async make(request: KeyRequest): Promise<NewKey> {
    return insertKey(
      { query: async (text, values) => ({ rows: await this.#dataSource.query(text, values) }) },
      request,
    );
  }

  /** All there have been, newest first. */
  async list(): Promise<Key[]> {
    const rows: KeyRow[] = await this.#dataSource.query(
      `select ${KEY_COLUMNS} from access.key order by id desc`,
    );
    return rows.map(toKey);
  }

  /** Null where there is no such key. One that is revoked already stays so. */
  async revoke(id: string): Promise<Key | null> {
    const [rows]: [KeyRow[], number] = await this.#dataSource.query(
      `update access.key set revoked_at = coalesce(revoked_at, now()) where id = $1::uuid returning ${KEY_COLUMNS}`,
      [id],
    );
    // the other processes hear of it from the database, and so would this one
    this.#held.clear();
    return rows[0] === undefined ? null : toKey(rows[0]);
  }
}

function validate(bearer: ApiKey): ApiKey | KeyFault {
  if (bearer.revokedAt !== null) return 'revoked';
  return bearer.expiresAt !== null && bearer.expiresAt.getTime() <= Date.now() ? 'expired' : bearer;
}

const CONFIGURED: ApiKey = {
  id: null,
  name: 'API_ADMIN_KEY',
  role: 'admin',
  requestsPerMinute: null,
  expiresAt: null,
  revokedAt: null,
};

/** Whether a role may do what another one is needed for. */
export function mayDo(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
