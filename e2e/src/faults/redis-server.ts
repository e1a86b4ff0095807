import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { Redis } from 'ioredis';
import { freePort } from '@marquee/process';

/** A Redis that can be killed and restarted on the same port, with or without its data. */
export class RedisServer {
  readonly url: string;
  readonly #port: number;
  readonly #folder: string;
  #process: ChildProcess;

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.#port = port;
    this.url = `redis://127.0.0.1:${port}`;
    this.#process = this.#launch();
  }

  static async start(folder: string): Promise<RedisServer> {
    const server = new RedisServer(folder, await freePort());
    await server.#answers();
    return server;
  }

  /** Kills it. */
  async kill(): Promise<void> {
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
  }

  /** Starts it again after {@link kill}. */
  async comeBack({ keep }: { keep: boolean }): Promise<void> {
    if (!keep) rmSync(this.#folder, { recursive: true, force: true });
    this.#process = this.#launch();
    await this.#answers();
  }

  #launch(): ChildProcess {
    mkdirSync(this.#folder, { recursive: true });
    // as in docker-compose.yml, but with fsync at every write: data is lost only on purpose
    return spawn(
      'redis-server',
      [
        '--port',
        String(this.#port),
        '--bind',
        '127.0.0.1',
        '--dir',
        this.#folder,
        '--save',
        '',
        '--appendonly',
        'yes',
        '--appendfsync',
        'always',
      ],
      { stdio: 'ignore' },
    );
  }

  async #answers(): Promise<void> {
    const client = new Redis(this.#port, '127.0.0.1', {
      retryStrategy: () => 20,
      maxRetriesPerRequest: null,
    });
    client.on('error', () => undefined);
    await client.ping();
    client.disconnect();
  }
}
