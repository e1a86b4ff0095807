import type { DataSource } from 'typeorm';
import type { PublishedWatch } from '../../database/published-watch.ts';
import type { ApiKey, KeyFault } from './api-keys.ts';
import { CredentialCache } from './credential-cache.ts';
import type { EndedSessions, ProvidedPerson } from './identity-provider.ts';
import { roleOf, type OidcSettings } from './oidc-settings.ts';
import { hashOf, makeSessionToken } from './secret.ts';

/** A session in memory. */
interface CachedSession {
  readonly caller: ApiKey;
  readonly expiresAt: number;
  /** When this process last recorded its use, or read it. */
  usedAt: number;
}

interface SessionRow {
  readonly subject: string;
  readonly name: string;
  readonly values: string[];
  readonly expiresAt: Date;
  readonly usedAt: Date;
}

/** How often the use of a session is recorded. */
const USE_EVERY_MS = 60_000;

/**
 * Sessions of people whom the provider has signed in. The database has their hashes, and what the
 * role follows from.
 */
export class PersonSessions {
  readonly #dataSource: DataSource;
  readonly #settings: OidcSettings;
  readonly #onError: (error: unknown) => void;
  readonly #cache: CredentialCache<CachedSession>;

  /** @param onError called when the use of a session cannot be recorded */
  constructor(
    dataSource: DataSource,
    watch: PublishedWatch,
    settings: OidcSettings,
    onError: (error: unknown) => void,
  ) {
    this.#dataSource = dataSource;
    this.#cache = new CredentialCache(watch);
    this.#settings = settings;
    this.#onError = onError;
  }

  /** The person of a session, without the database; null when it is not cached. */
  recall(token: string): ApiKey | KeyFault | null {
    const hash = hashOf(token);
    const cached = this.#cache.get(hash);
    if (cached === null) return null;
    const now = Date.now();
    if (cached.expiresAt <= now) return 'expired';
    // another process may have seen it since
    if (now - cached.usedAt >= this.#idleMs) return null;
    if (now - cached.usedAt >= USE_EVERY_MS) this.#noteUse(hash, cached, now);
    return cached.caller;
  }

  /** The person of a session that is not cached, or why it is not valid. */
  async find(token: string): Promise<ApiKey | KeyFault> {
    const hash = hashOf(token);
    const session = await this.#cache.load<KeyFault>(hash, async () => this.#read(hash));
    if (typeof session === 'string') return session;
    const now = Date.now();
    if (now - session.usedAt >= USE_EVERY_MS) this.#noteUse(hash, session, now);
    return session.caller;
  }

  async #read(hash: Buffer): Promise<CachedSession | KeyFault> {
    const { issuer, idleMinutes, roles } = this.#settings;
    const [row] = await this.#dataSource.query<SessionRow[]>(
      `select subject, name, role_values as "values", expires_at as "expiresAt", used_at as "usedAt"
       from access.person_session
       where hash = $1::bytea and issuer = $2::text and expires_at > now()
         and used_at > now() - make_interval(mins => $3::int4)`,
      [hash, issuer, idleMinutes],
    );
    if (row === undefined) return 'unknown';
    const role = roleOf(row.values, roles);
    if (role === null) return 'revoked';
    return {
      caller: {
        id: null,
        name: row.name,
        role,
        requestsPerMinute: null,
        source: null,
        expiresAt: row.expiresAt,
        revokedAt: null,
        person: { issuer, subject: row.subject },
      },
      expiresAt: row.expiresAt.getTime(),
      usedAt: row.usedAt.getTime(),
    };
  }

  /**
   * Starts a session. Of the claim's values it keeps those that have a role, so that a change to
   * OIDC_ROLES counts for it too.
   *
   * @returns its token, which is shown this once
   */
  async start(person: ProvidedPerson): Promise<string> {
    const token = makeSessionToken();
    const { sessionHours, roles } = this.#settings;
    await this.#dataSource.query(
      `insert into access.person_session (hash, issuer, subject, provider_session, name, role_values, expires_at)
       values ($1::bytea, $2::text, $3::text, $4::text, $5::text, $6::text[], now() + make_interval(hours => $7::int4))`,
      [
        hashOf(token),
        person.issuer,
        person.subject,
        person.providerSession,
        person.name,
        person.values.filter((value) => roles.has(value)),
        sessionHours,
      ],
    );
    // few: no index is needed
    await this.#dataSource.query('delete from access.person_session where expires_at < now()');
    return token;
  }

  /** Ends a session, in every process. @returns whether there was one */
  async end(token: string): Promise<boolean> {
    const hash = hashOf(token);
    // the database notifies this process too, but later
    this.#cache.delete(hash);
    const [, count] = await this.#dataSource.query<[unknown, number]>(
      'delete from access.person_session where hash = $1::bytea',
      [hash],
    );
    return count > 0;
  }

  /** Ends sessions that have ended at the provider, in every process. @returns how many */
  async endProvided({ subject, providerSession }: EndedSessions): Promise<number> {
    const [, count] = await this.#dataSource.query<[unknown, number]>(
      `delete from access.person_session
       where issuer = $1::text and coalesce(subject = $2::text, true) and coalesce(provider_session = $3::text, $3::text is null)`,
      [this.#settings.issuer, subject, providerSession],
    );
    this.#cache.clear();
    return count;
  }

  get #idleMs(): number {
    return this.#settings.idleMinutes * 60_000;
  }

  /** Records that a session is in use, without making its request wait. */
  #noteUse(hash: Buffer, session: CachedSession, now: number): void {
    session.usedAt = now;
    this.#dataSource
      .query('update access.person_session set used_at = now() where hash = $1::bytea', [hash])
      .catch(this.#onError);
  }
}
