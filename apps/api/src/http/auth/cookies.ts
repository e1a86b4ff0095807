import type { FastifyRequest } from 'fastify';

/** Reads a cookie of requests. @returns its value, of letters, digits, - and _; null for none */
export function cookieReader(
  name: string,
): (request: Pick<FastifyRequest, 'headers'>) => string | null {
  const cookie = new RegExp(String.raw`(?:^|;) *${name}=([\w-]+)`, 'u');
  return ({ headers }) => cookie.exec(headers.cookie ?? '')?.[1] ?? null;
}
