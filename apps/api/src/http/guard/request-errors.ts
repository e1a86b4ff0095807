import type { IncomingHttpHeaders } from 'node:http';
import type { Role } from '@marquee/contract';
import type { KeyFault } from '../auth/api-keys.ts';
import { ProblemException } from '../../problems/problem-exception.ts';

/**
 * A form of URL that is longer is not meant for us; Node's own limit, on all headers together, is
 * 16 KiB.
 */
export const MAX_URL = 8192;

const WHERE_KEYS_GO = 'Send one as Authorization: Bearer mq_…, or as X-API-Key.';

export function stopping(): ProblemException {
  return new ProblemException({
    status: 503,
    code: 'stopping',
    detail: 'The server is being stopped.',
    hint: 'Try again in a few seconds.',
  });
}

export function urlTooLong(length: number): ProblemException {
  return new ProblemException({
    status: 414,
    code: 'url-too-long',
    detail: `The URL has ${length} characters; expected at most ${MAX_URL}.`,
    hint: 'Ask for fewer things at once, or by POST where there is one.',
  });
}

export function noHost(): ProblemException {
  return new ProblemException({
    status: 400,
    code: 'broken-request',
    detail: 'The request has no Host header, which HTTP/1.1 wants.',
    hint: 'Send it as HTTP/1.1 has it.',
  });
}

export function severalHosts(): ProblemException {
  return new ProblemException({
    status: 400,
    code: 'broken-request',
    detail: 'The request has several Host headers.',
    hint: 'Send one.',
  });
}

export function badEncoding(): ProblemException {
  return new ProblemException({
    status: 400,
    code: 'bad-encoding',
    detail: 'The query is not percent-encoded UTF-8.',
    hint: 'A % stands before two digits of a byte, as in caf%C3%A9; one that is meant is %25.',
  });
}

export function packedBody(encoding: string): ProblemException {
  return new ProblemException({
    status: 415,
    code: 'unsupported-media-type',
    detail: `The body has the content encoding ${JSON.stringify(encoding.slice(0, 100))}, and bodies are taken as they are.`,
    hint: 'Leave out the header content-encoding, and send the JSON unpacked.',
  });
}

export function wrongHost(host: string): ProblemException {
  return new ProblemException({
    status: 421,
    code: 'wrong-host',
    detail: `The request is for the host ${JSON.stringify(host.slice(0, 100))}, which is not this server.`,
    hint: 'Ask for localhost or 127.0.0.1, or let API_NAMES say under which other names it is asked for.',
  });
}

export function otherSite(): ProblemException {
  return new ProblemException({
    status: 403,
    code: 'other-site',
    detail: 'The request comes from a page of another website.',
    hint: 'Send it from a page of this server, or from a program; or let CORS_ORIGINS name the website.',
  });
}

export function noSuchRoute(method: string, url: string): ProblemException {
  return new ProblemException({
    status: 404,
    code: 'no-such-route',
    detail: `There is nothing at ${method} ${url}.`,
    hint: 'GET /docs shows what there is.',
  });
}

export function wrongMethod(
  method: string,
  url: string,
  allowed: readonly string[],
): ProblemException {
  return new ProblemException({
    status: 405,
    code: 'wrong-method',
    detail: `${method} does not go with ${url}.`,
    hint: `What goes there: ${allowed.join(', ')}. GET /docs shows more.`,
    headers: { Allow: allowed.join(', ') },
  });
}

export function keyNeeded(needed: Role): ProblemException {
  return new ProblemException({
    status: 401,
    code: 'key-needed',
    detail: `This needs a key with the role ${needed}${needed === 'admin' ? '' : ' or a higher one'}, and the request has none.`,
    hint: `${WHERE_KEYS_GO} Whoever runs the server makes them.`,
    headers: CHALLENGE,
  });
}

const WHY: Readonly<Record<KeyFault, string>> = {
  unknown: 'is not one of ours',
  revoked: 'has been revoked',
  expired: 'has expired',
};

export function badKey(fault: KeyFault): ProblemException {
  return new ProblemException({
    status: 401,
    code: `key-${fault}`,
    detail: `The key of the request ${WHY[fault]}.`,
    hint: `${WHERE_KEYS_GO} Whoever runs the server makes new ones.`,
    headers: CHALLENGE,
  });
}

const CHALLENGE = { 'WWW-Authenticate': 'Bearer realm="marquee"' };

export function roleTooLow(role: Role, needed: Role): ProblemException {
  return new ProblemException({
    status: 403,
    code: 'role-too-low',
    detail: `The key has the role ${role}, and this needs ${needed}.`,
    hint: 'Whoever runs the server makes keys with other roles.',
  });
}

export function tooManyRequests(quota: number, seconds: number): ProblemException {
  return new ProblemException({
    status: 429,
    code: 'too-many-requests',
    detail: `More than ${quota} requests in a minute.`,
    hint: `Go on in ${seconds} s. The RateLimit headers of each answer tell how many are left.`,
  });
}

/**
 * Where a request says that it comes from: a page of another website than this server. Browsers say
 * so; programs do not, and are not meant.
 */
export function isOtherSite(
  { 'sec-fetch-site': site, origin, host = '' }: IncomingHttpHeaders,
  friends: ReadonlySet<string>,
): boolean {
  if (origin !== undefined && friends.has(origin.toLowerCase())) return false;
  return (
    site === 'cross-site' ||
    site === 'same-site' ||
    (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`)
  );
}
