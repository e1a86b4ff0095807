import { timingSafeEqual } from 'node:crypto';
import { KeyEntity } from '@marquee/catalogue';
import { ROLES, type Key, type KeyRequest, type NewKey, type Role } from '@marquee/contract';
import { currentSecret } from '@marquee/process';
import { In, IsNull, Raw, type DataSource, type Repository } from 'typeorm';
import type { PublishedWatch } from '../../database/published-watch.ts';
import { CredentialCache } from './credential-cache.ts';
import { insertKey, toKey } from './insert-key.ts';
import { hashOf, isSecret } from './secret.ts';

/** Whom a provider has signed in. */
export interface Person {
  readonly issuer: string;
  /** As the provider identifies them. */
  readonly subject: string;
}

/** A valid key, or a person who has signed in, as the requests that carry it know it. */
export interface ApiKey {
  /** Null for the key of the configuration, and for people. */
  readonly id: string | null;
  readonly name: string;
  readonly role: Role;
  readonly requestsPerMinute: number | null;
  /** The only source that it may deliver to; null for what its role may do. */
  readonly source: string | null;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  /** Absent for keys. */
  readonly person?: Person;
}

/** Why a key is not valid. */
export type KeyFault = 'unknown' | 'revoked' | 'expired';

/** How often the last use of a key is recorded. */
const USE_EVERY_MS = 60_000;
/** How often the file of the admin keys of the configuration is read. */
const READ_CONFIGURED_MS = 10_000;

/** Makes, lists and revokes keys, and validates those that requests carry. */
export class ApiKeys {
  readonly #keys: Repository<KeyEntity>;
  readonly #configured: string | undefined;
  #configuredHashes: readonly Buffer[] = [];
  #configuredReadAt = -Infinity;
  readonly #cache: CredentialCache<ApiKey>;
  readonly #usedAt = new Map<string, number>();

  /** @param configured the admin keys of the configuration, separated by commas */
  constructor(dataSource: DataSource, watch: PublishedWatch, configured: string | undefined) {
    this.#keys = dataSource.getRepository(KeyEntity);
    this.#cache = new CredentialCache(watch);
    this.#configured = configured;
  }

  /**
   * Validates a key without the database.
   *
   * @returns the key, or why it is not valid; null when it is not cached, see {@link ApiKeys.find}
   */
  recall(secret: string): ApiKey | KeyFault | null {
    return isSecret(secret) ? this.recallByHash(hashOf(secret)) : 'unknown';
  }

  /** {@link ApiKeys.recall}, by the hash of the key. */
  recallByHash(hash: Buffer): ApiKey | KeyFault | null {
    if (this.#readConfigured().some((configured) => timingSafeEqual(hash, configured)))
      return CONFIGURED;
    const cached = this.#cache.get(hash);
    return cached && validate(cached);
  }

  /** Validates a key that is not cached. @returns the key, or why it is not valid */
  async find(secret: string): Promise<ApiKey | KeyFault> {
    return this.findByHash(hashOf(secret));
  }

  /** {@link ApiKeys.find}, by the hash of the key. */
  async findByHash(hash: Buffer): Promise<ApiKey | KeyFault> {
    const found = await this.#cache.load<KeyFault>(
      hash,
      async () => (await this.#keys.findOneBy({ hash })) ?? 'unknown',
    );
    return typeof found === 'string' ? found : validate(found);
  }

  /** Records that a key is in use, at most once a minute, without making its request wait. */
  noteUse({ id }: ApiKey, onError: (error: unknown) => void): void {
    const now = Date.now();
    if (id === null || now - (this.#usedAt.get(id) ?? 0) < USE_EVERY_MS) return;
    this.#usedAt.set(id, now);
    this.#keys
      .update(
        // another process may have just recorded it
        { id, lastUsedAt: Raw((at) => `(${at} is null or ${at} < now() - interval '50 s')`) },
        { lastUsedAt: () => 'now()' },
      )
      .catch(onError);
  }

  /** Whether anybody could operate a server on which that needs a key. */
  async hasOperator(): Promise<boolean> {
    if (this.#configured !== undefined) return true;
    return this.#keys.existsBy({
      role: In(['operator', 'admin']),
      revokedAt: IsNull(),
      expiresAt: Raw((at) => `(${at} is null or ${at} > now())`),
    });
  }

  /** The hashes of the admin keys of the configuration, as its file has them now and then. */
  #readConfigured(): readonly Buffer[] {
    const now = performance.now();
    if (this.#configured !== undefined && now - this.#configuredReadAt > READ_CONFIGURED_MS) {
      this.#configuredReadAt = now;
      this.#configuredHashes = currentSecret(this.#configured).split(',').map(hashOf);
    }
    return this.#configuredHashes;
  }

  /** Makes a key. Its secret is shown this once. */
  async make(request: KeyRequest): Promise<NewKey> {
    return insertKey(this.#keys.manager, request);
  }

  /** All keys there have been, newest first. */
  async list(): Promise<Key[]> {
    return (await this.#keys.find({ order: { id: 'desc' } })).map(toKey);
  }

  /** Revokes a key; one that is revoked already keeps its time. @returns null without such a key */
  async revoke(id: string): Promise<Key | null> {
    await this.#keys.update({ id, revokedAt: IsNull() }, { revokedAt: () => 'now()' });
    // the database notifies this process too, but later
    this.#cache.clear();
    const key = await this.#keys.findOneBy({ id });
    return key === null ? null : toKey(key);
  }
}

function validate(key: ApiKey): ApiKey | KeyFault {
  if (key.revokedAt !== null) return 'revoked';
  return key.expiresAt !== null && key.expiresAt.getTime() <= Date.now() ? 'expired' : key;
}

const CONFIGURED: ApiKey = {
  id: null,
  name: 'API_ADMIN_KEY',
  role: 'admin',
  requestsPerMinute: null,
  source: null,
  expiresAt: null,
  revokedAt: null,
};

/** Whether a role includes another one. */
export function mayDo(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
