import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** Whether a server could listen on a port now. */
export async function isFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return 'port' in (await tryListening(port, host));
}

/** The ports to choose from: below those that systems give to outgoing connections. */
const PORTS = { from: 10_000, to: 32_000 } as const;
const MAX_TRIES = 50;

/**
 * A port on which nothing listens now, and which no outgoing connection takes before its server
 * listens.
 *
 * @throws when no port of the host can be listened on
 */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  let cause: unknown;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const tried = await tryListening(randomInt(PORTS.from, PORTS.to), host);
    if ('port' in tried) return tried.port;
    cause = tried.fault;
  }
  throw new Error(`No port of ${host} can be listened on; it must be an address of this machine.`, {
    cause,
  });
}

/**
 * Listens on a port for a moment; 0 selects a free one.
 *
 * @returns the port, or the system's error with its code when listening failed
 */
export async function tryListening(
  port: number,
  host: string,
): Promise<{ readonly port: number } | { readonly fault: NodeJS.ErrnoException }> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
    return { port: (server.address() as AddressInfo).port };
  } catch (error) {
    return { fault: error as NodeJS.ErrnoException };
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

/** The message for a port that is in use. @param what the server that wants it */
export function portTaken(
  what: string,
  port: number,
  variable: string,
  host = '127.0.0.1',
): string {
  return (
    `Port ${port} of ${host}, on which ${what} should listen, is taken by another program or may not be used. ` +
    `Set ${variable} to a free port, in .env or before the command (${variable}=${port < 65_535 ? port + 1 : port - 1} make …), or end that program; ` +
    `to see which it is: lsof -i :${port}`
  );
}
