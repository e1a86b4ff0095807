import { once } from 'node:events';
import { createServer, Socket, type AddressInfo } from 'node:net';

/** A way to a port of this machine that takes time, as one to another region, and can be cut. */
export interface Link {
  readonly port: number;
  /** Ends all connections, and refuses others, until it is restored. */
  cut(): void;
  restore(): void;
  close(): Promise<void>;
}

/**
 * Opens a link.
 *
 * @param delayMs how long bytes take in each direction
 */
export async function openLink(port: number, delayMs: number): Promise<Link> {
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    const far = new Socket();
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => undefined);
      from.on('data', (bytes) => setTimeout(() => to.writable && to.write(bytes), delayMs));
      from.on('end', () => setTimeout(() => to.end(), delayMs));
      from.on('close', () => {
        sockets.delete(from);
        setTimeout(() => to.destroy(), delayMs);
      });
    }
    if (isCut) near.destroy();
    else far.connect(port, '127.0.0.1');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      isCut = true;
      for (const socket of sockets) socket.destroy();
    },
    restore() {
      isCut = false;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
