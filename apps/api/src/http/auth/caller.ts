import { isIPv6 } from 'node:net';
import type { FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';
import type { ApiKey } from './api-keys.ts';

/** Who sends a request. */
export interface Caller {
  /** The valid key that the request carries; null for none. */
  readonly key: ApiKey | null;
  /** Seen by the nearest proxy that is not trusted; see {@link addressOf}. */
  readonly address: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Null only until the request guard has run. */
    caller: Caller | null;
  }
}

/** Who sends a request, for people: the name of the key, or the address without one. */
export function nameOfCaller({ caller, ip }: Pick<FastifyRequest, 'caller' | 'ip'>): string {
  return caller?.key?.name ?? caller?.address ?? ip;
}

/** The address of a client, IPv4-mapped IPv6 as IPv4: `192.0.2.1` for `::ffff:192.0.2.1`. */
export function addressOf(ip: string): string {
  if (!isIPv6(ip)) return ip;
  const address = ipaddr.IPv6.parse(ip);
  return address.isIPv4MappedAddress() ? address.toIPv4Address().toString() : ip;
}
