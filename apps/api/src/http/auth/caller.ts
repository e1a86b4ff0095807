import { isIP, isIPv6 } from 'node:net';
import type { FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';
import type { ApiKey } from './api-keys.ts';

/** Who sends a request. */
export interface Caller {
  /** The valid key that the request carries; null for none. */
  readonly key: ApiKey | null;
  /** Of the nearest client that is no trusted proxy; see {@link addressOf}. */
  readonly address: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Null only until the request guard has run. */
    caller: Caller | null;
  }
}

/** Who sends a request, for people: the name of the key, or the address without one. */
export function nameOfCaller(request: AddressedRequest & Pick<FastifyRequest, 'caller'>): string {
  const { caller } = request;
  return caller?.key?.name ?? caller?.address ?? addressOf(request);
}

type AddressedRequest = Pick<FastifyRequest, 'ip' | 'ips'>;

/**
 * The address of a client: that of the connection, or the one that trusted proxies tell in
 * X-Forwarded-For. What is no address there was made up beyond them: the proxy that handed it on
 * counts instead. Without the zone of an IPv6 address, which is any text; IPv4-mapped IPv6 as IPv4.
 *
 * @returns `192.0.2.1` for `::ffff:192.0.2.1`
 */
export function addressOf({ ip, ips = [ip] }: AddressedRequest): string {
  const [address = ''] = (ips.findLast((one) => isIP(one) !== 0) ?? '').split('%', 1);
  if (!isIPv6(address)) return address;
  const parsed = ipaddr.IPv6.parse(address);
  return parsed.isIPv4MappedAddress() ? parsed.toIPv4Address().toString() : address;
}
