import { createServer, type AddressInfo } from 'node:net';

/** Whether a server could listen on a port of this address now. */
export async function isFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return (await tryListening(port, host)) !== null;
}

/** A port on which nothing listens now. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  const port = await tryListening(0, host);
  if (port === null) throw new Error(`No port of ${host} can be listened on; it must be an address of this machine.`);
  return port;
}

async function tryListening(port: number, host: string): Promise<number | null> {
  const server = createServer();
  return new Promise((resolve) => {
    server.on('error', () => resolve(null));
    server.listen(port, host, () => {
      const { port: got } = server.address() as AddressInfo;
      server.close(() => resolve(got));
    });
  });
}

/** What to say where a port is taken. */
export function portTaken(what: string, port: number, variable: string, host = '127.0.0.1'): string {
  return (
    `Port ${port} of ${host}, which ${what} is to listen on, is taken by another program or may not be used. ` +
    `Set ${variable} to a free port, in .env or before the command (${variable}=${port < 65_535 ? port + 1 : port - 1} make …), or end that program; ` +
    `to see which it is: lsof -i :${port}`
  );
}
