import { isIP } from 'node:net';
import { ConfigError } from '@marquee/process';
import type { ApiConfig } from '../../config.ts';

/** Who can reach the server, and what needs a key. */
export interface Exposure {
  /** Whether other machines can reach it. */
  readonly exposed: boolean;
  readonly reading: 'open' | 'keyed';
  readonly operating: 'open' | 'keyed';
  /** Allowed host names in the Host header; null for any. */
  readonly names: ReadonlySet<string> | null;
  /** Requests a minute; 0 for no limit. */
  readonly keyRequests: number;
  readonly addressRequests: number;
}

const EXPOSED_KEY_REQUESTS = 6000;
const EXPOSED_ADDRESS_REQUESTS = 600;

/**
 * Derives from the configuration who can reach the server. A server on loopback with a public name
 * or a trusted proxy is exposed too: something on this machine forwards requests to it.
 *
 * @throws ConfigError when other machines could operate it without a key
 */
export function exposureOf(config: ApiConfig): Exposure {
  const address = config.API_PUBLISHED_ON ?? config.API_HOST;
  const reason = !isLoopback(address)
    ? `it listens on ${address}`
    : config.API_NAMES !== undefined
      ? 'API_NAMES is set'
      : config.TRUSTED_PROXIES !== undefined
        ? 'TRUSTED_PROXIES is set'
        : null;
  const exposed = reason !== null;
  if (exposed && config.OPERATING === 'open') {
    throw new ConfigError(
      `The API does not start: other machines can reach it (${reason}), and with OPERATING=open any of them could start runs. Leave OPERATING out.`,
    );
  }
  const own = [
    'localhost',
    '127.0.0.1',
    '::1',
    ...[config.API_HOST, address].map((one) => one.toLowerCase()),
  ];
  return {
    exposed,
    reading: config.READING ?? (exposed ? 'keyed' : 'open'),
    operating: config.OPERATING ?? (exposed ? 'keyed' : 'open'),
    // unknown names are rejected (DNS rebinding), unless the server is exposed without API_NAMES
    names:
      exposed && config.API_NAMES === undefined
        ? null
        : new Set([...own, ...(config.API_NAMES ?? [])]),
    keyRequests: config.KEY_REQUESTS_PER_MINUTE ?? (exposed ? EXPOSED_KEY_REQUESTS : 0),
    addressRequests: config.ADDRESS_REQUESTS_PER_MINUTE ?? (exposed ? EXPOSED_ADDRESS_REQUESTS : 0),
  };
}

/** An exposed server without any key that could operate it. */
export function noOperatorKey(): ConfigError {
  return new ConfigError(
    'The API does not start: other machines can reach it (because of API_HOST, API_NAMES or TRUSTED_PROXIES), and no key exists that could operate it.\n' +
      'Set API_ADMIN_KEY in .env to mq_ and 43 or more random letters and digits, or make a key: make key ROLE=admin NAME=me.\n' +
      'Or listen on this machine only: API_HOST=127.0.0.1.',
  );
}

/** Whether only this machine reaches an address. */
export function isLoopback(address: string): boolean {
  return (
    address === 'localhost' ||
    address === '::1' ||
    (isIP(address) === 4 && address.startsWith('127.'))
  );
}
