import type { Session } from '@marquee/contract';
import type { DataSource } from 'typeorm';
import type { PublishedWatch } from '../../database/published-watch.ts';
import type { ApiKey, ApiKeys, KeyFault } from './api-keys.ts';
import type { Exposure } from './exposure.ts';
import { hashOf, makeSessionToken } from './secret.ts';
import { SESSION_DAYS } from './session-cookie.ts';

/** A session in memory. */
interface CachedSession {
  readonly keyHash: Buffer;
  readonly expiresAt: number;
}

/** How many sessions are cached. */
const MAX_CACHED = 10_000;

/**
 * Sessions of browsers. Each stands for the key that it was started with, and is as valid as that
 * key. The database has their hashes, so a restart ends none. They are cached in memory like keys.
 */
export class Sessions {
  readonly #dataSource: DataSource;
  readonly #watch: PublishedWatch;
  readonly #keys: ApiKeys;
  readonly #exposure: Pick<Exposure, 'reading' | 'operating'>;
  readonly #cache = new Map<string, CachedSession>();

  constructor(
    dataSource: DataSource,
    watch: PublishedWatch,
    keys: ApiKeys,
    exposure: Pick<Exposure, 'reading' | 'operating'>,
  ) {
    this.#dataSource = dataSource;
    this.#watch = watch;
    this.#keys = keys;
    this.#exposure = exposure;
    watch.onKeysChanged(() => this.#cache.clear());
  }

  /** The key of a session, without the database; null when it is not cached. */
  recall(token: string): ApiKey | KeyFault | null {
    if (!this.#watch.isLive) return null;
    const cached = this.#cache.get(hashOf(token).toString('base64'));
    if (cached === undefined) return null;
    return cached.expiresAt <= Date.now() ? 'expired' : this.#keys.recallByHash(cached.keyHash);
  }

  /** The key of a session that is not cached, or why it has none. */
  async find(token: string): Promise<ApiKey | KeyFault> {
    const hash = hashOf(token);
    const changesBefore = this.#watch.keyChanges;
    const [session] = await this.#dataSource.query<{ keyHash: Buffer; expiresAt: Date }[]>(
      `select key_hash as "keyHash", expires_at as "expiresAt" from access.session
       where hash = $1::bytea and expires_at > now()`,
      [hash],
    );
    if (session === undefined) return 'unknown';
    if (this.#cache.size >= MAX_CACHED) this.#cache.clear();
    // one that was read before a change was notified may have ended with it
    if (this.#watch.isLive && changesBefore === this.#watch.keyChanges)
      this.#cache.set(hash.toString('base64'), {
        keyHash: session.keyHash,
        expiresAt: session.expiresAt.getTime(),
      });
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
    this.#cache.delete(hashOf(token).toString('base64'));
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
