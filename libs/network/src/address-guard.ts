import { lookup as systemLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector } from 'undici';

/** Resolves a name to all its addresses, as `dns.lookup` does. */
export type Resolve = (
  hostname: string,
  options: LookupOptions & { all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** A URL leads to an address that is not public, and only public ones are allowed. */
export class AddressRefusedError extends Error {
  override readonly name = 'AddressRefused';

  /** @param rule by which it is refused, as the second half of a sentence */
  constructor(host: string, address: string, rule: string) {
    const where = host === address ? address : `${host} is at ${address}, which`;
    super(`${where} is no public address, and ${rule}.`);
  }
}

/**
 * IANA's special-purpose registry, and Azure's metadata, which is at an address that looks public.
 */
const NOT_PUBLIC_V4 = [
  ...[
    '0.0.0.0/8',
    '10.0.0.0/8',
    '100.64.0.0/10',
    '127.0.0.0/8',
    '169.254.0.0/16',
    '172.16.0.0/12',
    '192.0.0.0/24',
    '192.0.2.0/24',
    '192.31.196.0/24',
    '192.52.193.0/24',
  ],
  ...[
    '192.88.99.0/24',
    '192.168.0.0/16',
    '192.175.48.0/24',
    '198.18.0.0/15',
    '198.51.100.0/24',
    '203.0.113.0/24',
    '224.0.0.0/4',
    '240.0.0.0/4',
    '168.63.129.16/32',
  ],
];
/**
 * Public addresses of version 6 are all here: loopback, unique local, link-local, multicast and
 * those that embed IPv4 (mapped, NAT64) are not.
 */
const GLOBAL_V6 = ['2000::/3'];
/** And of these, protocols' own, documentation's, and tunnels that embed IPv4 (Teredo, 6to4). */
const NOT_PUBLIC_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'];

const refusedV4 = listOf(NOT_PUBLIC_V4, 'ipv4');
const globalV6 = listOf(GLOBAL_V6, 'ipv6');
const refusedV6 = listOf(NOT_PUBLIC_V6, 'ipv6');

function listOf(networks: readonly string[], type: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const [address = '', bits] of networks.map((network) => network.split('/')))
    list.addSubnet(address, Number(bits), type);
  return list;
}

/** Whether an address is one that anybody on the internet can reach, and nobody but its owner. */
export function isPublic(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !refusedV4.check(address, 'ipv4');
    case 6:
      return globalV6.check(address, 'ipv6') && !refusedV6.check(address, 'ipv6');
    default:
      return false;
  }
}

/**
 * Keeps requests to URLs that others have given out of our own network. Names are resolved when a connection is
 * made, all their addresses are looked at, and the connection goes to one of these: a name that
 * resolves to something else the next time (DNS rebinding) gains nothing by it.
 */
export class AddressGuard {
  readonly #resolve: Resolve;
  readonly #isAllowed: (address: string) => boolean;
  readonly #rule: string;

  /** @param rule what a refusal says: see {@link AddressRefusedError} */
  constructor({
    allowPrivate,
    rule,
    resolve = systemLookup,
  }: {
    allowPrivate: boolean;
    rule: string;
    resolve?: Resolve;
  }) {
    this.#rule = rule;
    this.#resolve = resolve;
    this.#isAllowed = allowPrivate ? () => true : isPublic;
  }

  /**
   * Looks at where a URL leads to by now; a name that is not known by now may be later.
   *
   * @throws AddressRefused
   */
  async check(url: string): Promise<void> {
    const host = hostOf(new URL(url).hostname);
    if (isIP(host) !== 0) {
      this.#expectAllowed(host, [{ address: host, family: isIP(host) }]);
      return;
    }
    const addresses = await new Promise<LookupAddress[]>((done) =>
      this.#resolve(host, { all: true }, (error, found) => done(error === null ? found : [])),
    );
    this.#expectAllowed(host, addresses);
  }

  /** An agent whose connections go to allowed addresses only. */
  agent(timeoutMs: number): Agent {
    const connect = buildConnector({ timeout: timeoutMs, lookup: this.lookup() });
    return new Agent({
      connect: (options, done) => {
        const host = hostOf(options.hostname);
        // an address is connected to without any lookup
        if (isIP(host) === 0 || this.#isAllowed(host)) connect(options, done);
        else done(new AddressRefusedError(host, host, this.#rule), null);
      },
    });
  }

  /** Resolves a name for a connection, to allowed addresses only. AddressGuard are not looked up. */
  lookup(): LookupFunction {
    return (host, options, done) => {
      this.#resolve(host, { ...options, all: true }, (error, addresses) => {
        try {
          if (error !== null) throw error;
          this.#expectAllowed(host, addresses);
        } catch (fault) {
          done(fault as Error, '', 0);
          return;
        }
        const [first] = addresses;
        if (options.all === true) done(null, addresses);
        else
          done(
            first === undefined ? new Error(`${host} has no address`) : null,
            first?.address ?? '',
            first?.family ?? 0,
          );
      });
    };
  }

  #expectAllowed(host: string, addresses: readonly LookupAddress[]): void {
    const refused = addresses.find(({ address }) => !this.#isAllowed(address));
    if (refused !== undefined) throw new AddressRefusedError(host, refused.address, this.#rule);
  }
}

/** URLs have addresses of version 6 in brackets. */
function hostOf(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/u, '$1');
}
