import { isIPv6 } from 'node:net';
import { Redis } from 'ioredis';
import ipaddr from 'ipaddr.js';
import {
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
  type RateLimiterAbstract,
} from 'rate-limiter-flexible';
import { redisOptions } from '@marquee/runs';
import type { Caller } from '../auth/caller.ts';
import type { Exposure } from '../auth/exposure.ts';

const WINDOW_SECONDS = 60;

/** The state of a caller's limit after a request has been counted. */
interface RateLimitStatus {
  /** Whether the request is over the limit. */
  readonly isExceeded: boolean;
  /** Requests a minute. */
  readonly quota: number;
  readonly remaining: number;
  readonly resetSeconds: number;
}

/**
 * Requests a minute of each key and each address. Counted in Redis if the queue is there, for all
 * processes together; else in the memory of each process.
 */
export class RateLimits {
  readonly #exposure: Exposure;
  readonly #redis: Redis | null;
  readonly #limiters = new Map<number, RateLimiterAbstract>();

  /** @param queueUrl with the scheme redis: or rediss:, requests are counted in that Redis */
  constructor(exposure: Exposure, queueUrl: string, onError: (error: Error) => void) {
    this.#exposure = exposure;
    this.#redis = /^rediss?:/u.test(queueUrl) ? connectToRedis(queueUrl) : null;
    this.#redis?.on('error', onError);
  }

  /** Counts a request, and returns the state of its caller's limit; null without a limit. */
  async count(caller: Caller): Promise<RateLimitStatus | null> {
    const { addressRequests, keyRequests } = this.#exposure;
    const quota =
      caller.key === null ? addressRequests : (caller.key.requestsPerMinute ?? keyRequests);
    if (quota === 0) return null;
    try {
      return statusOf(quota, await this.#limiter(quota).consume(rateLimitKey(caller)), false);
    } catch (rejection) {
      if (rejection instanceof RateLimiterRes) return statusOf(quota, rejection, true);
      throw rejection;
    }
  }

  onApplicationShutdown(): void {
    this.#redis?.disconnect();
  }

  #limiter(quota: number): RateLimiterAbstract {
    const options = { points: quota, duration: WINDOW_SECONDS, keyPrefix: `marquee:${quota}` };
    const memory = () => new RateLimiterMemory(options);
    const limiter =
      this.#limiters.get(quota) ??
      (this.#redis === null
        ? memory()
        : new RateLimiterRedis({
            ...options,
            storeClient: this.#redis,
            insuranceLimiter: memory(),
          }));
    this.#limiters.set(quota, limiter);
    return limiter;
  }
}

/** What a request counts against: its person or key, or else the network that it comes from. */
export function rateLimitKey({ key, address }: Caller): string {
  if (key?.person !== undefined) return `person:${key.person.issuer} ${key.person.subject}`;
  return key === null ? `address:${networkOf(address)}` : `key:${key.id ?? key.name}`;
}

function connectToRedis(queueUrl: string): Redis {
  const { url, ...options } = redisOptions(queueUrl);
  // no request waits for Redis while it is down: requests are counted in memory meanwhile
  return new Redis(url, { ...options, enableOfflineQueue: false, maxRetriesPerRequest: 0 });
}

function statusOf(
  quota: number,
  { remainingPoints, msBeforeNext }: RateLimiterRes,
  isExceeded: boolean,
): RateLimitStatus {
  return {
    isExceeded,
    quota,
    remaining: Math.max(0, remainingPoints),
    resetSeconds: Math.max(1, Math.ceil(msBeforeNext / 1000)),
  };
}

/** The headers of draft-ietf-httpapi-ratelimit-headers-10. */
export function rateLimitHeaders({
  isExceeded,
  quota,
  remaining,
  resetSeconds,
}: RateLimitStatus): Record<string, string> {
  return {
    'RateLimit-Policy': `"requests";q=${quota};w=${WINDOW_SECONDS}`,
    RateLimit: `"requests";r=${remaining};t=${resetSeconds}`,
    ...(isExceeded ? { 'Retry-After': String(resetSeconds) } : {}),
  };
}

/**
 * The network that one client is assumed to have: an IPv4 address, or an IPv6 /64, in which a
 * client can take any number of addresses.
 */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const { parts } = ipaddr.IPv6.parse(address);
  return `${new ipaddr.IPv6([...parts.slice(0, 4), 0, 0, 0, 0]).toString()}/64`;
}
