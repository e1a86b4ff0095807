import type { FastifyRequest } from 'fastify';
import { cookieReader } from './cookies.ts';
import { PendingSignIn } from './identity-provider.ts';

/** How long a person may take at the provider. */
const PENDING_SECONDS = 600;

/**
 * Cookies of the sign-in with a provider. Scripts cannot read them, and pages of other websites
 * cannot send them with a change; Lax, as the browser comes back from the provider's website. Under
 * https the prefix `__Host-` keeps other hosts of the domain from setting them.
 */
export class SignInCookies {
  /** The session of a person that a request carries; null for none. */
  readonly tokenOf: ReturnType<typeof cookieReader>;
  readonly #readPending: ReturnType<typeof cookieReader>;
  readonly #person: string;
  readonly #pending: string;
  readonly #attributes: string;

  /** @param publicUrl its scheme decides, as TLS may end at a proxy */
  constructor({ protocol }: URL) {
    const isSecure = protocol === 'https:';
    const prefix = isSecure ? '__Host-' : '';
    this.#person = `${prefix}marquee_person`;
    this.#pending = `${prefix}marquee_sign_in`;
    this.tokenOf = cookieReader(this.#person);
    this.#readPending = cookieReader(this.#pending);
    this.#attributes = `; Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`;
  }

  /** A Set-Cookie header with a session. @param token null to end it */
  session(token: string | null, hours: number): string {
    return this.#cookie(this.#person, token, hours * 3600);
  }

  /** The sign-in that a browser has begun; null for none. */
  pendingOf(request: Pick<FastifyRequest, 'headers'>): PendingSignIn | null {
    const text = Buffer.from(this.#readPending(request) ?? '', 'base64url').toString();
    try {
      return PendingSignIn.parse(JSON.parse(text));
    } catch {
      return null;
    }
  }

  /** A Set-Cookie header with a sign-in that has begun. @param pending null when it has ended */
  pending(pending: PendingSignIn | null): string {
    const text = pending && Buffer.from(JSON.stringify(pending)).toString('base64url');
    return this.#cookie(this.#pending, text, PENDING_SECONDS);
  }

  #cookie(name: string, value: string | null, seconds: number): string {
    return `${name}=${value ?? ''}; Max-Age=${value === null ? 0 : seconds}${this.#attributes}`;
  }
}
