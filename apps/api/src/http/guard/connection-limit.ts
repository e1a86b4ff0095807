import { BlockList, isIPv6, type Server, type Socket } from 'node:net';
import type { ApiConfig } from '../../config.ts';
import { addressOf } from '../auth/caller.ts';
import { exposureOf } from '../auth/exposure.ts';
import { networkOf } from '../rate-limits/rate-limits.ts';

/** More than the streams of events that the limit of requests lets an address open in a minute. */
const MOST_OF_ADDRESS = 1000;

/**
 * Limits the connections of each address, an IPv6 /64 counting as one, so that no client takes all
 * file handles with connections that send nothing. Further ones are closed at once. Trusted proxies
 * bring the connections of many, and have no limit; nor has a server that only this machine reaches.
 */
export function limitConnections(server: Server, config: ApiConfig, most = MOST_OF_ADDRESS): void {
  if (!exposureOf(config).exposed) return;
  const proxies = new BlockList();
  for (const network of config.TRUSTED_PROXIES ?? []) {
    const [address = '', bits] = network.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    proxies.addSubnet(address, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family);
  }
  const open = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const address = addressOf({ ip: socket.remoteAddress ?? '' });
    // a client may be gone already
    if (address === '' || proxies.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')) return;
    const network = networkOf(address);
    const count = (open.get(network) ?? 0) + 1;
    open.set(network, count);
    socket.once('close', () => {
      const left = (open.get(network) ?? 1) - 1;
      if (left > 0) open.set(network, left);
      else open.delete(network);
    });
    if (count > most) socket.destroy();
  });
}
