import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  accessPolicyOf,
  isReading,
  needsKey,
  requiredRole,
  type AccessPolicy,
} from '../auth/access-policy.ts';
import { mayDo, type ApiKey, type ApiKeys, type KeyFault } from '../auth/api-keys.ts';
import { addressOf, type Caller } from '../auth/caller.ts';
import type { Exposure } from '../auth/exposure.ts';
import { sessionTokenOf } from '../auth/session-cookie.ts';
import type { Sessions } from '../auth/sessions.ts';
import type { SignInParts } from '../auth/sign-in.ts';
import { rateLimitHeaders, type RateLimits } from '../rate-limits/rate-limits.ts';
import {
  badEncoding,
  clientCertificateRequired,
  crossSite,
  insufficientRole,
  invalidKey,
  keyOfSource,
  keyRequired,
  MAX_URL,
  methodNotAllowed,
  missingHost,
  routeNotFound,
  severalHosts,
  tooManyRequests,
  unknownHost,
  unknownProxy,
  urlTooLong,
} from './request-errors.ts';
import type { RouteTable } from './route-table.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Why a call of gRPC goes no further: its handler says so in the protocol of the call. */
    refusal: { readonly error: unknown } | null;
  }
}

/** The dependencies of the request guard. */
interface RequestGuardOptions {
  readonly exposure: Exposure;
  readonly keys: ApiKeys;
  readonly sessions: Sessions;
  /** Sessions of people; null without an identity provider. */
  readonly people: Pick<SignInParts, 'persons' | 'cookies'> | null;
  readonly limits: RateLimits;
  /** Origins of other websites whose pages may use the API. */
  readonly allowedOrigins: readonly string[];
  /** Whether requests need a certificate of the client. */
  readonly wantsClientCertificates: boolean;
  /** Called with faults of work that no request waits for. */
  readonly onError: (error: unknown) => void;
  readonly routes: RouteTable;
}

/**
 * Checks the Host and Origin headers, authenticates, and applies rate limits, in onRequest: before
 * the body is read. The first check that fails answers the request.
 */
export function addRequestGuard(fastify: FastifyInstance, options: RequestGuardOptions): void {
  const { routes } = options;
  const allowedOrigins = new Set(options.allowedOrigins);
  fastify.decorateRequest('caller', null);
  fastify.decorateRequest('refusal', null);
  fastify.addHook('onRequest', async (request, reply) => {
    void reply.header('X-Request-Id', request.id);
    const policy = accessPolicyOf(request);
    const address = addressOf(request);
    request.caller = { key: null, address };
    try {
      checkHead(request, options, allowedOrigins, policy);
      await authorize(request, reply, policy, options);
    } catch (error) {
      if (policy.call === undefined) throw error;
      request.refusal = { error };
    }
    if (request.is404) throw explainMissing(request, routes);
  });
}

/** Checks the request line and the headers. @throws ProblemException */
function checkHead(
  { method, url, headers, raw }: FastifyRequest,
  { exposure, wantsClientCertificates }: RequestGuardOptions,
  allowedOrigins: ReadonlySet<string>,
  policy: AccessPolicy,
): void {
  // probes have none
  if (wantsClientCertificates && policy.monitoring !== true && !hasCertificate(raw.socket))
    throw clientCertificateRequired();
  if (url.length > MAX_URL) throw urlTooLong(url.length);
  if (headers.host === undefined && raw.httpVersion === '1.1') throw missingHost();
  if (countHosts(raw.rawHeaders) > 1) throw severalHosts();
  // DNS rebinding: a website's name server may resolve its name to this machine. A request without
  // a Host header is not a browser's.
  const host = hostOf(headers);
  if (exposure.names !== null && host !== undefined && !exposure.names.has(hostName(host)))
    throw unknownHost(host);
  const forwarded = exposure.exposed ? undefined : Object.keys(headers).find(isOfProxy);
  if (forwarded !== undefined) throw unknownProxy(forwarded);
  if (!isEncoded(url)) throw badEncoding();
  if (!isReading(method) && policy.anyOrigin !== true && isCrossSite(headers, allowedOrigins))
    throw crossSite();
}

/** Whether a client has proved that it has a certificate of an authority that we trust. */
function hasCertificate(socket: Socket): boolean {
  return (socket as TLSSocket).authorized;
}

/**
 * Authenticates the caller, counts the request, and checks the role, in this order. A key that is
 * not in memory costs a query, and anybody can make keys up: the look-up counts against the address
 * before it happens, so that an address over its limit causes no query. A valid key that was looked
 * up counts against the key as well, an invalid one only once.
 *
 * @throws ProblemException 401, 403, 429
 */
async function authorize(
  request: FastifyRequest,
  reply: FastifyReply,
  policy: AccessPolicy,
  options: RequestGuardOptions,
): Promise<void> {
  const { exposure, keys, limits, onError } = options;
  const { address } = request.caller ?? { address: addressOf(request) };
  const count = async (caller: Caller) => countRequest(reply, limits, caller);
  const { key, fault, isCounted } = await authenticate(
    needsNoCaller(policy) ? null : credentialOf(request, policy, options),
    async () => count({ key: null, address }),
  );
  request.caller = { key, address };
  if (policy.monitoring !== true && !isCounted) await count(request.caller);
  const needed = requiredRole(policy, request.method);
  if (fault !== null && needed !== 'anyone') throw invalidKey(fault);
  if (key !== null) keys.noteUse(key, onError);
  if (needed === 'anyone' || !needsKey(policy, needed, exposure)) return;
  if (key === null)
    throw keyParameterOf(request, policy) === null ? keyRequired(needed) : invalidKey('unknown');
  if (key.source !== null) {
    if (policy.sourceOfKey === true || policy.sourceInMessage === true) return;
    if (key.source !== sourceOf(request, policy)) throw keyOfSource(key.source);
  } else if (!mayDo(key.role, needed)) throw insufficientRole(key.role, needed);
}

/** The source that a request is about, if a key for that source suffices. */
function sourceOf({ params }: FastifyRequest, { sourceParameter }: AccessPolicy): unknown {
  return sourceParameter === undefined
    ? undefined
    : (params as Readonly<Record<string, unknown>>)[sourceParameter];
}

/** Health checks: their keys are not even looked up, so that they answer without a database. */
function needsNoCaller({ monitoring, read }: AccessPolicy): boolean {
  return monitoring === true && read === 'anyone';
}

interface Authentication {
  /** Null without a key, or with an invalid one. */
  readonly key: ApiKey | null;
  readonly fault: KeyFault | null;
  /** Whether the request has been counted for its address, and needs no other count. */
  readonly isCounted: boolean;
}

/** A key or a session that a request carries, and what validates it. */
interface Credential {
  readonly secret: string;
  readonly source: Pick<ApiKeys, 'recall' | 'find'>;
  /** Whether an invalid one is an error. An ended session is not: the browser sent it. */
  readonly isStrict: boolean;
}

/**
 * Validates a key or a session: from memory, else in the database.
 *
 * @param countLookUp called before a look-up; may throw
 */
async function authenticate(
  credential: Credential | null,
  countLookUp: () => Promise<void>,
): Promise<Authentication> {
  if (credential === null) return { key: null, fault: null, isCounted: false };
  const { secret, source, isStrict } = credential;
  const keyOrFault = (found: ApiKey | KeyFault) =>
    typeof found === 'string'
      ? { key: null, fault: isStrict ? found : null }
      : { key: found, fault: null };
  const recalled = source.recall(secret);
  if (recalled !== null) return { ...keyOrFault(recalled), isCounted: false };
  await countLookUp();
  const found = keyOrFault(await source.find(secret));
  return { ...found, isCounted: found.key === null };
}

/**
 * The key that a request carries, or else its session, a person's first. A session counts for a change only if a page
 * of this server asks for it (CSRF): not one of another website, even if that may use the API.
 */
function credentialOf(
  request: FastifyRequest,
  policy: AccessPolicy,
  { keys, sessions, people }: RequestGuardOptions,
): Credential | null {
  const secret = secretOf(request, policy);
  if (secret !== null) return { secret, source: keys, isStrict: true };
  if (!isReading(request.method) && !isSameOrigin(request.headers)) return null;
  const ofPerson = people?.cookies.tokenOf(request) ?? null;
  if (people !== null && ofPerson !== null)
    return { secret: ofPerson, source: people.persons, isStrict: false };
  const token = sessionTokenOf(request);
  return token === null ? null : { secret: token, source: sessions, isStrict: false };
}

/**
 * Counts a request, and adds the state of its limit to the headers.
 *
 * @throws ProblemException 429
 */
async function countRequest(
  reply: FastifyReply,
  limits: RateLimits,
  caller: Caller,
): Promise<void> {
  const status = await limits.count(caller);
  if (status === null) return;
  void reply.headers(rateLimitHeaders(status));
  if (status.isExceeded) throw tooManyRequests(status.quota, status.resetSeconds);
}

/** The key that a request carries; null for none. Other schemes of Authorization are a proxy's. */
function secretOf(request: FastifyRequest, policy: AccessPolicy): string | null {
  const { headers } = request;
  const [, bearer] = /^bearer +(\S+) *$/iu.exec(headers.authorization ?? '') ?? [];
  if (bearer !== undefined) return bearer;
  const { 'x-api-key': header } = headers;
  if (typeof header === 'string') return header;
  const parameter = keyParameterOf(request, policy);
  // clients of other services send keys of those, which an open server ignores
  return parameter?.startsWith('mq_') === true ? parameter : null;
}

/** The key in the query, of this server or of another service; null for none. */
function keyParameterOf({ query }: FastifyRequest, { keyParameter }: AccessPolicy): string | null {
  if (keyParameter === undefined) return null;
  const [, parameter] =
    Object.entries(query as object).find(([name]) => name.toLowerCase() === keyParameter) ??
    ([] as unknown[]);
  return typeof parameter === 'string' && parameter !== '' ? parameter : null;
}

function explainMissing({ method, url }: FastifyRequest, routes: RouteTable): Error {
  const allowed = routes.methodsAt(url);
  return allowed.length === 0 ? routeNotFound(method, url) : methodNotAllowed(method, url, allowed);
}

/**
 * Counts the Host headers; Node exposes only the first.
 *
 * @param headers names and values alternately
 */
function countHosts(headers: readonly string[]): number {
  return headers.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host').length;
}

/**
 * Whether a query is percent-encoded UTF-8. Fastify passes on what is not as it stands, and it
 * would be searched for literally.
 */
function isEncoded(url: string): boolean {
  const query = url.indexOf('?');
  if (query < 0 || !url.includes('%', query)) return true;
  try {
    decodeURIComponent(url.slice(query));
    return true;
  } catch {
    return false;
  }
}

/** The host that a request is for: in HTTP/2 the header is `:authority`. */
function hostOf({ host, ':authority': authority }: IncomingHttpHeaders): string | undefined {
  return host ?? (typeof authority === 'string' ? authority : undefined);
}

/**
 * Whether a header is one that proxies add. A proxy that passes on its own name for the server, as
 * nginx does by default, shows in nothing else.
 */
function isOfProxy(name: string): boolean {
  return /^(?:forwarded|via|x-real-ip|x-forwarded-.*)$/u.test(name);
}

/** The name in a Host header, without its port and without the brackets of an IPv6 address. */
function hostName(host: string): string {
  return host
    .toLowerCase()
    .replace(/:\d*$/u, '')
    .replace(/^\[(.*)\]$/u, '$1')
    .replace(/\.$/u, '');
}

/**
 * Whether a request comes from a page of another website (CSRF). Browsers say so in Sec-Fetch-Site
 * and Origin; programs send neither, and pass.
 */
function isCrossSite(headers: IncomingHttpHeaders, allowedOrigins: ReadonlySet<string>): boolean {
  const { 'sec-fetch-site': site, origin } = headers;
  if (origin !== undefined && allowedOrigins.has(origin.toLowerCase())) return false;
  return (
    site === 'cross-site' ||
    site === 'same-site' ||
    (origin !== undefined && !isOriginOf(origin, hostOf(headers) ?? ''))
  );
}

/** Whether a page of this server sends a request, and says so. */
function isSameOrigin({ 'sec-fetch-site': site, origin, host = '' }: IncomingHttpHeaders): boolean {
  return origin === undefined ? site === 'same-origin' : isOriginOf(origin, host);
}

function isOriginOf(origin: string, host: string): boolean {
  return origin === `http://${host}` || origin === `https://${host}`;
}
