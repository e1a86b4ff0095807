import { isIP } from 'node:net';
import { ConfigError } from '@marquee/process';
import type { ApiConfig } from '../../config.ts';

/** Who can reach the server, and what of it needs a key. */
export interface Exposure {
  /** Whether others than this machine can reach it. */
  readonly exposed: boolean;
  readonly reading: 'open' | 'keyed';
  readonly operating: 'open' | 'keyed';
  /** The names it may be asked for under; null for any. */
  readonly names: ReadonlySet<string> | null;
  /** Requests a minute; 0 for no limit. */
  readonly keyRequests: number;
  readonly addressRequests: number;
}

const EXPOSED_KEY_REQUESTS = 6000;
const EXPOSED_ADDRESS_REQUESTS = 600;

/**
 * Reads off the configuration who can reach the server. One that listens on loopback alone, but is
 * asked for under another name or by a proxy, is passed on to others by something on this machine.
 *
 * @throws ConfigError when it would be operated without a key by others than this machine
 */
export function exposureOf(config: ApiConfig): Exposure {
  const address = config.API_PUBLISHED_ON ?? config.API_HOST;
  const why = !isLoopback(address)
    ? `it listens on ${address}`
    : config.API_NAMES !== undefined
      ? 'API_NAMES is set'
      : config.TRUSTED_PROXIES !== undefined
        ? 'TRUSTED_PROXIES is set'
        : null;
  const exposed = why !== null;
  if (exposed && config.OPERATING === 'open') {
    throw new ConfigError(
      `The API does not start: others than this machine can reach it (${why}), and with OPERATING=open any of them could start runs. Leave OPERATING out.`,
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
    // under any name that is not ours a page of some website may have been sent to us by its name
    // server
    names:
      exposed && config.API_NAMES === undefined
        ? null
        : new Set([...own, ...(config.API_NAMES ?? [])]),
    keyRequests: config.KEY_REQUESTS_PER_MINUTE ?? (exposed ? EXPOSED_KEY_REQUESTS : 0),
    addressRequests: config.ADDRESS_REQUESTS_PER_MINUTE ?? (exposed ? EXPOSED_ADDRESS_REQUESTS : 0),
  };
}

/** What to say where a server would start with a lock to which there is no key. */
export function noKey(): ConfigError {
  return new ConfigError(
    'The API does not start: others than this machine can reach it (API_HOST, API_NAMES or TRUSTED_PROXIES says so), and there is no key by which anybody could operate it.\n' +
      'Put one into .env, as API_ADMIN_KEY: mq_ and 43 or more random letters and digits. Or make one: make key ROLE=admin NAME=me.\n' +
      'Or let it listen on this machine alone: API_HOST=127.0.0.1.',
  );
}

function isLoopback(address: string): boolean {
  return (
    address === 'localhost' ||
    address === '::1' ||
    (isIP(address) === 4 && address.startsWith('127.'))
  );
}
