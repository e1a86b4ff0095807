import { lookup as systemLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector } from 'undici';

/** Resolves a name to all its addresses, as `dns.lookup` does. */
export type Resolve = (
  hostname: string,
  options: LookupOptions & { all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** A host is at an address that is not public, and only public addresses are allowed. */
export class AddressRefusedError extends Error {
  override readonly name = 'AddressRefusedError';

  /** @param rule why it is refused, as the second half of a sentence */
  constructor(host: string, address: string, rule: string) {
    const subject = host === address ? address : `${host} is at ${address}, which`;
    super(`${subject} is no public address, and ${rule}.`);
  }
}

/**
 * IANA's special-purpose address registry for IPv4, and Azure's metadata service, whose address
 * looks public.
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
 * All public IPv6 addresses. Loopback, unique local, link-local and multicast addresses are outside
 * it, and so are those that embed IPv4 (mapped, NAT64).
 */
const GLOBAL_V6 = ['2000::/3'];
/** Exceptions: protocol assignments, documentation, and tunnels that embed IPv4 (Teredo, 6to4). */
const NOT_PUBLIC_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'];

const refusedV4 = listOf(NOT_PUBLIC_V4, 'ipv4');
const globalV6 = listOf(GLOBAL_V6, 'ipv6');
const refusedV6 = listOf(NOT_PUBLIC_V6, 'ipv6');

/** Link-local addresses, at which clouds have their metadata, and others of such services. */
const linkLocal = new BlockList();
linkLocal.addSubnet('169.254.0.0', 16, 'ipv4');
linkLocal.addAddress('168.63.129.16', 'ipv4');
linkLocal.addSubnet('fe80::', 10, 'ipv6');
linkLocal.addAddress('fd00:ec2::254', 'ipv6');

function listOf(networks: readonly string[], type: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const [address = '', bits] of networks.map((network) => network.split('/')))
    list.addSubnet(address, Number(bits), type);
  return list;
}

/** Whether an address is globally routable, and so cannot be a host of our own network. */
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

/** Whether an address is of this machine's link, or of the metadata of its cloud: no server has files there. */
export function isLinkLocal(address: string): boolean {
  return linkLocal.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/**
 * Guards against server-side request forgery: requests to URLs from outside must not reach our own
 * network. A name is resolved when the connection is made, all its addresses are checked, and the
 * connection goes to one of them. So a name that resolves differently the next time (DNS rebinding)
 * gains nothing.
 */
export class AddressGuard {
  readonly #resolve: Resolve;
  readonly #isAllowed: (address: string) => boolean;
  readonly #rule: string;

  /**
   * @param allowPrivate true for any address, `routed` for any but link-local ones
   * @param rule why an address is refused: see {@link AddressRefusedError}
   */
  constructor({
    allowPrivate,
    rule,
    resolve = systemLookup,
  }: {
    allowPrivate: boolean | 'routed';
    rule: string;
    resolve?: Resolve;
  }) {
    this.#rule = rule;
    this.#resolve = resolve;
    const isRouted = (address: string) => !isLinkLocal(address);
    const isAllowed = allowPrivate === 'routed' ? isRouted : () => true;
    this.#isAllowed = allowPrivate === false ? isPublic : isAllowed;
  }

  /**
   * Checks the addresses that a URL's host has now. A name that does not resolve passes: it may
   * resolve later, and the connection is checked again.
   *
   * @throws AddressRefusedError when one of them is not allowed
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

  /** An undici agent that connects to allowed addresses only. @param timeoutMs to connect */
  agent(timeoutMs: number): Agent {
    const connect = buildConnector({ timeout: timeoutMs, lookup: this.lookup() });
    return new Agent({
      connect: (options, done) => {
        const host = hostOf(options.hostname);
        // for an IP literal, undici does no lookup
        if (isIP(host) === 0 || this.#isAllowed(host)) connect(options, done);
        else done(new AddressRefusedError(host, host, this.#rule), null);
      },
    });
  }

  /** A `lookup` for connections that resolves to allowed addresses only. IP literals bypass it. */
  lookup(): LookupFunction {
    return (host, options, done) => {
      this.#resolve(host, { ...options, all: true }, (error, addresses) => {
        try {
          if (error !== null) throw error;
          this.#expectAllowed(host, addresses);
        } catch (failure) {
          done(failure as Error, '', 0);
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

/** Strips the brackets that URLs have around IPv6 addresses. */
function hostOf(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/u, '$1');
}
