import type { Session } from '@marquee/contract';
import type { DataSource } from 'typeorm';
import type { PublishedWatch } from '../../database/published-watch.ts';
import type { ApiKey, ApiKeys, KeyFault } from './api-keys.ts';
import { CredentialCache } from './credential-cache.ts';
import type { Exposure } from './exposure.ts';
import { hashOf, makeSessionToken } from './secret.ts';
import { SESSION_DAYS } from './session-cookie.ts';

/** A session in memory. */
interface CachedSession {
  readonly keyHash: Buffer;
  readonly expiresAt: number;
}

/**
 * Sessions of browsers. Each stands for the key that it was started with, and is as valid as that
 * key. The database has their hashes, so a restart ends none.
 */
export class Sessions {
  readonly #dataSource: DataSource;
  readonly #keys: ApiKeys;
  readonly #exposure: Pick<Exposure, 'reading' | 'operating'>;
  readonly #cache: CredentialCache<CachedSession>;

  constructor(
    dataSource: DataSource,
    watch: PublishedWatch,
    keys: ApiKeys,
    exposure: Pick<Exposure, 'reading' | 'operating'>,
  ) {
    this.#dataSource = dataSource;
    this.#cache = new CredentialCache(watch);
    this.#keys = keys;
    this.#exposure = exposure;
  }

  /** The key of a session, without the database; null when it is not cached. */
  recall(token: string): ApiKey | KeyFault | null {
    const cached = this.#cache.get(hashOf(token));
    if (cached === null) return null;
    return cached.expiresAt <= Date.now() ? 'expired' : this.#keys.recallByHash(cached.keyHash);
  }

  /** The key of a session that is not cached, or why it has none. */
  async find(token: string): Promise<ApiKey | KeyFault> {
    const hash = hashOf(token);
    const session = await this.#cache.load<KeyFault>(hash, async () => {
      const [row] = await this.#dataSource.query<{ keyHash: Buffer; expiresAt: Date }[]>(
        `select key_hash as "keyHash", expires_at as "expiresAt" from access.session
         where hash = $1::bytea and expires_at > now()`,
        [hash],
      );
      return row === undefined ? 'unknown' : { ...row, expiresAt: row.expiresAt.getTime() };
    });
    if (typeof session === 'string') return session;
    return (
      this.#keys.recallByHash(session.keyHash) ?? (await this.#keys.findByHash(session.keyHash))
    );
  }

  /** Starts a session of a key. @returns its token, which is shown this once */
  async start(secret: string): Promise<string> {
    const token = makeSessionToken();
    await this.#dataSource.query(
      `insert into access.session (hash, key_hash, expires_at)
       values ($1::bytea, $2::bytea, now() + make_interval(days => $3::int4))`,
      [hashOf(token), hashOf(secret), SESSION_DAYS],
    );
    // few: no index is needed
    await this.#dataSource.query('delete from access.session where expires_at < now()');
    return token;
  }

  /** Ends a session, in every process. */
  async end(token: string): Promise<void> {
    // the database notifies this process too, but later
    this.#cache.delete(hashOf(token));
    await this.#dataSource.query('delete from access.session where hash = $1::bytea', [
      hashOf(token),
    ]);
  }

  /** Who has signed in, and what needs a key. */
  describe(key: ApiKey | null): Omit<Session, 'provider'> {
    const { reading, operating } = this.#exposure;
    return {
      role: key?.role ?? null,
      name: key?.name ?? null,
      isPerson: key?.person !== undefined,
      reading,
      operating,
      mayOperate: key === null ? operating === 'open' : key.role !== 'reader',
    };
  }
}
