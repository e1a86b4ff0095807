import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { mayDo, type ApiKey, type ApiKeys } from '../auth/api-keys.ts';
import { rateLimitHeaders, type RateLimits } from '../rate-limits/rate-limits.ts';
import {
  accessPolicyOf,
  isReading,
  requiredRole,
  type AccessPolicy,
} from '../auth/access-policy.ts';
import type { Exposure } from '../auth/exposure.ts';
import {
  badEncoding,
  badKey,
  isOtherSite,
  keyNeeded,
  MAX_URL,
  noHost,
  noSuchRoute,
  otherSite,
  roleTooLow,
  severalHosts,
  stopping,
  tooManyRequests,
  urlTooLong,
  wrongHost,
  wrongMethod,
} from './request-errors.ts';
import type { RouteTable } from './route-table.ts';
import { addressOf, type Caller } from '../auth/caller.ts';

/** What stands at the door. */
export interface RequestGuardOptions {
  readonly exposure: Exposure;
  readonly keys: ApiKeys;
  readonly limits: RateLimits;
  /** Origins of websites whose pages may ask what this server's own may. */
  readonly origins: readonly string[];
  readonly isStopping: () => boolean;
  /** Is told why something was not done that no request waits for. */
  readonly onError: (error: unknown) => void;
  readonly routes: RouteTable;
}

/**
 * Puts a door before every route: requests that are none of ours, are not allowed, or are too many
 * go no further, and nothing of them has been read but their heads.
 */
export function addRequestGuard(fastify: FastifyInstance, options: RequestGuardOptions): void {
  const friends = new Set(options.origins);
  const { routes } = options;
  fastify.decorateRequest('caller', null);
  fastify.addHook('onRequest', async (request, reply) => {
    void reply.header('X-Request-Id', request.id);
    const policy = accessPolicyOf(request);
    request.caller = { key: null, address: addressOf(request.ip) };
    expectMeantForUs(request, options, friends, policy);
    await authorize(request, reply, policy, options);
    if (request.is404) throw explainMissing(request, routes);
  });
}

function expectMeantForUs(
  { method, url, headers, raw }: FastifyRequest,
  { exposure, isStopping }: RequestGuardOptions,
  friends: ReadonlySet<string>,
  policy: AccessPolicy,
): void {
  // the process is watched to its end
  if (isStopping() && policy.monitoring !== true) throw stopping();
  if (url.length > MAX_URL) throw urlTooLong(url.length);
  if (headers.host === undefined && raw.httpVersion === '1.1') throw noHost();
  if (hostsIn(raw.rawHeaders) > 1) throw severalHosts();
  // without one, it is no browser's
  if (
    exposure.names !== null &&
    headers.host !== undefined &&
    !exposure.names.has(hostName(headers.host))
  )
    throw wrongHost(headers.host);
  if (!isEncoded(url)) throw badEncoding();
  if (!isReading(method) && isOtherSite(headers, friends)) throw otherSite();
}

/** Finds out who asks, whether they may, and whether it is not too often. */
async function authorize(
  request: FastifyRequest,
  reply: FastifyReply,
  policy: AccessPolicy,
  { exposure, keys, limits, onError }: RequestGuardOptions,
): Promise<void> {
  const secret =
    policy.monitoring === true && policy.read === 'anyone' ? null : secretOf(request, policy);
  const { address } = request.caller ?? { address: request.ip };
  const count = async (caller: Caller) => {
    const standing = await limits.count(caller);
    if (standing === null) return;
    void reply.headers(rateLimitHeaders(standing));
    if (standing.refused) throw tooManyRequests(standing.quota, standing.resetSeconds);
  };
  let found = secret === null ? null : keys.recall(secret);
  const isNew = secret !== null && found === null;
  if (isNew) {
    // whoever makes keys up, to have them looked for, is one address
    await count({ key: null, address });
    found = await keys.find(secret);
  }
  const key: ApiKey | null = typeof found === 'string' ? null : found;
  request.caller = { key, address };
  if (policy.monitoring !== true && !(isNew && key === null)) await count(request.caller);
  const needed = requiredRole(policy, request.method);
  if (typeof found === 'string' && needed !== 'anyone') throw badKey(found);
  if (key !== null) keys.noteUse(key, onError);
  if (
    needed === 'anyone' ||
    (policy.evenWhenOpen !== true &&
      exposure[needed === 'reader' ? 'reading' : 'operating'] === 'open')
  )
    return;
  if (key === null) throw keyNeeded(needed);
  if (!mayDo(key.role, needed)) throw roleTooLow(key.role, needed);
}

/** The key that a request carries; null for none. Another kind of Authorization is a proxy's. */
function secretOf(
  { headers, query }: FastifyRequest,
  { keyParameter }: AccessPolicy,
): string | null {
  const [, bearer] = /^bearer +(\S+) *$/iu.exec(headers.authorization ?? '') ?? [];
  if (bearer !== undefined) return bearer;
  const { 'x-api-key': header } = headers;
  if (typeof header === 'string') return header;
  if (keyParameter === undefined) return null;
  const [, parameter] =
    Object.entries(query as object).find(([name]) => name.toLowerCase() === keyParameter) ??
    ([] as unknown[]);
  // clients of others' services have keys of theirs, which say nothing here
  return typeof parameter === 'string' && parameter.startsWith('mq_') ? parameter : null;
}

function explainMissing({ method, url }: FastifyRequest, routes: RouteTable): Error {
  const allowed = routes.methodsAt(url);
  return allowed.length === 0 ? noSuchRoute(method, url) : wrongMethod(method, url, allowed);
}

/**
 * How many Host headers there are, of which Node shows the first.
 *
 * @param headers names and values in turns
 */
function hostsIn(headers: readonly string[]): number {
  return headers.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host').length;
}

/**
 * Whether all that is percent-encoded in a query is UTF-8: Fastify takes what is not as it stands,
 * and it would be looked for as such.
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

/** The name in a Host header, without its port and without the brackets of an IPv6 address. */
function hostName(host: string): string {
  return host
    .toLowerCase()
    .replace(/:\d*$/u, '')
    .replace(/^\[(.*)\]$/u, '$1')
    .replace(/\.$/u, '');
}
