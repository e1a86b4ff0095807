import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from '@marquee/process';
import type { Certificate } from './certificates.ts';

/** Whether Redis is installed; no npm package contains it. `.ci/run` installs Debian's. */
export const HAS_REDIS = spawnSync('redis-server', ['--version']).status === 0;

export interface TestRedis {
  readonly url: string;
  /** Deletes all data. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

const PASSWORD = 'secret';

/**
 * Starts a Redis for one test, with a password as in Docker.
 *
 * @param tls its certificate, and the authority of clients' ones, which it then wants
 */
export async function startRedis(
  tls?: Certificate & { readonly ca: string; readonly wantsClients: boolean },
): Promise<TestRedis> {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'marquee-redis-'));
  const server = spawn(
    'redis-server',
    [
      ...['--port', tls === undefined ? String(port) : '0'],
      ...(tls === undefined
        ? []
        : [
            ...['--tls-port', String(port), '--tls-auth-clients', tls.wantsClients ? 'yes' : 'no'],
            ...['--tls-cert-file', tls.cert, '--tls-key-file', tls.key],
            ...['--tls-ca-cert-file', tls.ca],
          ]),
      '--bind',
      '127.0.0.1',
      '--dir',
      folder,
      '--save',
      '',
      '--requirepass',
      PASSWORD,
    ],
    { stdio: 'ignore' },
  );
  const url = `redis${tls === undefined ? '' : 's'}://:${PASSWORD}@127.0.0.1:${port}`;
  const client = new Redis(url, {
    ...(tls !== undefined && {
      tls: { ca: readFileSync(tls.ca), cert: readFileSync(tls.cert), key: readFileSync(tls.key) },
    }),
    retryStrategy: () => 50,
    maxRetriesPerRequest: null,
  });
  client.on('error', () => undefined);
  await client.ping();
  return {
    url,
    async flush() {
      await client.flushall();
    },
    async stop() {
      client.disconnect();
      const ended = once(server, 'exit');
      server.kill('SIGTERM');
      await Promise.race([ended, sleep(5000).then(() => server.kill('SIGKILL'))]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
