import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { ApiConfig } from '../../config.ts';
import { limitConnections } from './connection-limit.ts';

function configWith(more: Readonly<Record<string, string>>): ApiConfig {
  const url = 'postgres://localhost';
  return ApiConfig.parse({ DATABASE_URL: url, QUEUE_URL: url, SNAPSHOT_DIR: 'none', ...more });
}

/** Connects from 127.0.0.1. @returns the connections, and how many the server has left open */
async function connectTimes(more: Readonly<Record<string, string>>, times: number) {
  const server = createServer();
  limitConnections(server, configWith(more), 2);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const sockets: Socket[] = [];
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const open = async () => {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    sockets.push(socket);
    await once(socket, 'connect');
    return socket;
  };
  for (let i = 0; i < times; i++) await open();
  const left = async () =>
    new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));
  return { sockets, open, left };
}

it('closes connections of an address that has too many, until it ends some', async () => {
  const { sockets, open, left } = await connectTimes({ API_HOST: '0.0.0.0' }, 4);
  await expect.poll(left).toBe(2);
  sockets[0]?.destroy();
  await expect.poll(left).toBe(1);
  await open();
  await open();
  await expect.poll(left).toBe(2);
});

it.each<Record<string, string>>([
  { TRUSTED_PROXIES: '127.0.0.1' },
  { TRUSTED_PROXIES: '2001:db8::/32,127.0.0.0/8' },
  { API_HOST: '127.0.0.1' },
])('lets a trusted proxy, and programs of this machine, have any number: %j', async (more) => {
  const { left } = await connectTimes(more, 4);
  await expect.poll(left).toBe(4);
});
