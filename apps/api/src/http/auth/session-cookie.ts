import type { FastifyRequest } from 'fastify';
import { cookieReader } from './cookies.ts';

/** How long a browser stays signed in. */
export const SESSION_DAYS = 90;

export const SESSION_COOKIE = 'marquee_session';

/** The session that a request carries; null for none. */
export const sessionTokenOf = cookieReader(SESSION_COOKIE);

/**
 * A Set-Cookie header that gives a browser a session, or takes it away. Scripts cannot read it, and
 * pages of other websites cannot send it. Over TLS it is never sent without; a proxy ends TLS, so
 * the page's own origin tells too.
 *
 * @param token null to sign out
 */
export function sessionCookie(
  { protocol, headers: { origin = '' } }: Pick<FastifyRequest, 'protocol' | 'headers'>,
  token: string | null,
): string {
  const isSecure = protocol === 'https' || origin.startsWith('https://');
  const seconds = token === null ? 0 : SESSION_DAYS * 24 * 3600;
  return `${SESSION_COOKIE}=${token ?? ''}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`;
}
