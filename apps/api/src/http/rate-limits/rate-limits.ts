import { isIPv6 } from 'node:net';
import { Redis } from 'ioredis';
import ipaddr from 'ipaddr.js';
import {
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
  type RateLimiterAbstract,
} from 'rate-limiter-flexible';
import type { Caller } from '../auth/caller.ts';
import type { Exposure } from '../auth/exposure.ts';

const WINDOW_SECONDS = 60;

/** How a caller stands with its limit. */
export interface RateLimitStatus {
  /** Whether this request is one too many. */
  readonly refused: boolean;
  readonly quota: number;
  readonly remaining: number;
  readonly resetSeconds: number;
}

/**
 * Requests a minute of each key and each address: counted in Redis where the queue is there, for
 * all processes together; else in each process's memory.
 */
export class RateLimits {
  readonly #exposure: Exposure;
  readonly #redis: Redis | null;
  readonly #limiters = new Map<number, RateLimiterAbstract>();

  /** @param queueUrl whose scheme says whether there is a Redis */
  constructor(exposure: Exposure, queueUrl: string, onError: (error: Error) => void) {
    this.#exposure = exposure;
    // a request does not wait for a Redis that is away: it is counted in memory meanwhile
    this.#redis = /^rediss?:/u.test(queueUrl)
      ? new Redis(queueUrl, { enableOfflineQueue: false, maxRetriesPerRequest: 0 })
      : null;
    this.#redis?.on('error', onError);
  }

  /** Counts a request, and tells how its caller stands; null where there is no limit. */
  async count({ key, address }: Caller): Promise<RateLimitStatus | null> {
    const quota =
      key === null
        ? this.#exposure.addressRequests
        : (key.requestsPerMinute ?? this.#exposure.keyRequests);
    if (quota === 0) return null;
    try {
      return standing(
        quota,
        await this.#limiter(quota).consume(rateLimitKey({ key, address })),
        false,
      );
    } catch (answer) {
      if (answer instanceof RateLimiterRes) return standing(quota, answer, true);
      throw answer;
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

/** Whom a request counts for: its key, or else where it comes from. */
export function rateLimitKey({ key, address }: Caller): string {
  return key === null ? `address:${networkOf(address)}` : `key:${key.id ?? key.name}`;
}

function standing(
  quota: number,
  { remainingPoints, msBeforeNext }: RateLimiterRes,
  refused: boolean,
): RateLimitStatus {
  return {
    refused,
    quota,
    remaining: Math.max(0, remainingPoints),
    resetSeconds: Math.max(1, Math.ceil(msBeforeNext / 1000)),
  };
}

/** The headers that tell a client, as draft-ietf-httpapi-ratelimit-headers-10 has them. */
export function rateLimitHeaders({
  refused,
  quota,
  remaining,
  resetSeconds,
}: RateLimitStatus): Record<string, string> {
  return {
    'RateLimit-Policy': `"requests";q=${quota};w=${WINDOW_SECONDS}`,
    RateLimit: `"requests";r=${remaining};t=${resetSeconds}`,
    ...(refused ? { 'Retry-After': String(resetSeconds) } : {}),
  };
}

/**
 * The network that one client is assumed to have: an IPv4 address, or an IPv6 /64, in which a client
 * can take any number of addresses.
 */
function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const { parts } = ipaddr.IPv6.parse(address);
  return `${new ipaddr.IPv6([...parts.slice(0, 4), 0, 0, 0, 0]).toString()}/64`;
}
