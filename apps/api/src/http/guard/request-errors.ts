import type { Role } from '@marquee/contract';
import { ProblemException } from '../../problems/problem-exception.ts';
import type { KeyFault } from '../auth/api-keys.ts';

/** Longest URL in characters. Node itself limits the URL and all headers together to 16 KiB. */
export const MAX_URL = 8192;

const WHERE_KEYS_GO = 'Send one as Authorization: Bearer mq_…, or as X-API-Key.';

export function serverStopping(): ProblemException {
  return new ProblemException({
    status: 503,
    code: 'stopping',
    detail: 'The server is shutting down.',
    hint: 'Try again in a few seconds.',
  });
}

export function urlTooLong(length: number): ProblemException {
  return new ProblemException({
    status: 414,
    code: 'url-too-long',
    detail: `The URL has ${length} characters; expected at most ${MAX_URL}.`,
    hint: 'Request fewer things at once, or use POST where an operation offers it.',
  });
}

export function missingHost(): ProblemException {
  return new ProblemException({
    status: 400,
    code: 'broken-request',
    detail: 'The request has no Host header, which HTTP/1.1 requires.',
    hint: 'Send a Host header.',
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
    hint: 'Encode each byte as % and two hexadecimal digits, as in caf%C3%A9; a literal % is %25.',
  });
}

export function encodedBody(encoding: string): ProblemException {
  return new ProblemException({
    status: 415,
    code: 'unsupported-media-type',
    detail: `The body has the content encoding ${JSON.stringify(encoding.slice(0, 100))}; bodies must not be compressed.`,
    hint: 'Leave out the header content-encoding, and send the JSON uncompressed.',
  });
}

export function unexpectedLines(): ProblemException {
  return new ProblemException({
    status: 415,
    code: 'unsupported-media-type',
    detail: 'This operation takes no NDJSON.',
    hint: 'Send JSON, with the header content-type: application/json.',
  });
}

export function unexpectedFile(): ProblemException {
  return new ProblemException({
    status: 415,
    code: 'unsupported-media-type',
    detail: 'This operation takes no file.',
    hint: 'Send JSON, with the header content-type: application/json.',
  });
}

export function unexpectedForm(): ProblemException {
  return new ProblemException({
    status: 415,
    code: 'unsupported-media-type',
    detail: 'This operation takes no form.',
    hint: 'Send JSON, with the header content-type: application/json.',
  });
}

export function simpleType(type: string): ProblemException {
  return new ProblemException({
    status: 415,
    code: 'unsupported-media-type',
    detail: `The body has ${contentType(type)}; expected that of a file.`,
    hint: 'Send the file as it is, with the header content-type: application/octet-stream, or a type of its own such as text/csv.',
  });
}

/** The error for a request to a method of gRPC that speaks none of its protocols. */
export function noCall(type: string, isStream: boolean): ProblemException {
  return new ProblemException({
    status: 415,
    code: 'unsupported-media-type',
    detail: `The request has ${contentType(type)}; expected that of a call by gRPC, gRPC-Web or Connect.`,
    hint: isStream
      ? 'Call it with a client of one of them, such as buf curl: a stream is not plain JSON.'
      : 'Post JSON, with the header content-type: application/json, or call it with a client of one of them.',
  });
}

function contentType(type: string): string {
  return type === '' ? 'no content type' : `the content type ${type.slice(0, 100)}`;
}

export function unknownHost(host: string): ProblemException {
  return new ProblemException({
    status: 421,
    code: 'wrong-host',
    detail: `The request is for the host ${JSON.stringify(host.slice(0, 100))}, which is not this server.`,
    hint: 'Use localhost or 127.0.0.1, or add the name to API_NAMES.',
  });
}

/** The client has no certificate of the authority of TLS_CLIENT_CA_FILE. */
export function clientCertificateRequired(): ProblemException {
  return new ProblemException({
    status: 403,
    code: 'client-certificate-required',
    detail: 'This server takes requests with a certificate of the client alone.',
    hint: 'Connect with a certificate of the authority that the server trusts (TLS_CLIENT_CA_FILE).',
  });
}

/**
 * The error for a request through a proxy, to a server that counts as local: it asks nobody for a
 * key.
 */
export function unknownProxy(header: string): ProblemException {
  return new ProblemException({
    status: 403,
    code: 'unknown-proxy',
    detail: `The request came through a proxy (it has the header ${header.slice(0, 100)}), and this server answers this machine only.`,
    hint: 'To serve others through a proxy, set API_NAMES to its name and TRUSTED_PROXIES to its address: see docs/reverse-proxy.md.',
  });
}

export function crossSite(): ProblemException {
  return new ProblemException({
    status: 403,
    code: 'other-site',
    detail: 'The request comes from a page of another website.',
    hint: 'Send it from a page of this server or from a program, or add the website to CORS_ORIGINS.',
  });
}

export function routeNotFound(method: string, url: string): ProblemException {
  return new ProblemException({
    status: 404,
    code: 'no-such-route',
    detail: `Cannot ${method} ${url}: no such route.`,
    hint: 'GET /docs lists the operations.',
  });
}

export function methodNotAllowed(
  method: string,
  url: string,
  allowed: readonly string[],
): ProblemException {
  return new ProblemException({
    status: 405,
    code: 'wrong-method',
    detail: `${url} does not allow ${method}.`,
    hint: `Allowed: ${allowed.join(', ')}. GET /docs lists the operations.`,
    headers: { Allow: allowed.join(', ') },
  });
}

export function keyRequired(needed: Role): ProblemException {
  return new ProblemException({
    status: 401,
    code: 'key-needed',
    detail: `This needs a key with the role ${needed}${needed === 'admin' ? '' : ' or a higher one'}, and the request has none.`,
    hint: `${WHERE_KEYS_GO} The operator of the server issues keys.`,
    headers: CHALLENGE,
  });
}

const FAULTS: Readonly<Record<KeyFault, string>> = {
  unknown: 'is unknown',
  revoked: 'has been revoked',
  expired: 'has expired',
};

export function invalidKey(fault: KeyFault): ProblemException {
  return new ProblemException({
    status: 401,
    code: `key-${fault}`,
    detail: `The key of the request ${FAULTS[fault]}.`,
    hint: `${WHERE_KEYS_GO} The operator of the server issues new ones.`,
    headers: CHALLENGE,
  });
}

/** RFC 9110 requires a challenge in every 401. */
const CHALLENGE = { 'WWW-Authenticate': 'Bearer realm="marquee"' };

export function insufficientRole(role: Role, needed: Role): ProblemException {
  return new ProblemException({
    status: 403,
    code: 'role-too-low',
    detail: `The key has the role ${role}, and this needs ${needed}.`,
    hint: 'The operator of the server issues keys with other roles.',
  });
}

export function keyOfSource(source: string): ProblemException {
  return new ProblemException({
    status: 403,
    code: 'key-of-a-source',
    detail: `The key delivers to the source ${source}, and may do nothing else.`,
    hint: 'The operator of the server issues keys that may do more.',
  });
}

export function tooManyRequests(quota: number, seconds: number): ProblemException {
  return new ProblemException({
    status: 429,
    code: 'too-many-requests',
    detail: `More than ${quota} requests in a minute.`,
    hint: `Try again in ${seconds} s. The RateLimit headers of each response say how many are left.`,
  });
}
