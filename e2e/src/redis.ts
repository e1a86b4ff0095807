import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from '@marquee/process';

/** Whether Redis is installed; no npm package contains it. `.ci/run` installs Debian's. */
export const HAS_REDIS = spawnSync('redis-server', ['--version']).status === 0;

export interface TestRedis {
  readonly url: string;
  /** Deletes all data. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

const PASSWORD = 'secret';

/** Starts a Redis for one test, with a password as in Docker. */
export async function startRedis(): Promise<TestRedis> {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'marquee-redis-'));
  const server = spawn(
    'redis-server',
    [
      '--port',
      String(port),
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
  const url = `redis://:${PASSWORD}@127.0.0.1:${port}`;
  const client = new Redis(url, {
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
