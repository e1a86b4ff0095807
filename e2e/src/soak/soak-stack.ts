import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createStack, readEmbeddedConfig, type Supervisor } from '@marquee/embedded';
import { createLog } from '@marquee/process';
import { Pool } from 'pg';
import { waitUntil } from '../faults/machine.ts';

/** Where it listens, and where its data is. */
export interface SoakPlace {
  readonly data: string;
  readonly originUrl: string;
  readonly apiPort: number;
  readonly postgresPort: number;
}

/** The processes that are killed, besides PostgreSQL. */
export const VICTIMS = ['loader', 'downloader', 'extractor', 'aggregator', 'api'] as const;

/** The whole product as make up starts it, with a backup a minute. */
export class SoakStack {
  readonly data: string;
  readonly apiUrl: string;
  readonly pool: Pool;
  readonly #logs: string;
  readonly #stack: Supervisor;

  private constructor(
    { data, logs, apiUrl, adminUrl }: Record<'data' | 'logs' | 'apiUrl' | 'adminUrl', string>,
    stack: Supervisor,
  ) {
    this.data = data;
    this.apiUrl = apiUrl;
    this.#logs = logs;
    this.#stack = stack;
    this.pool = new Pool({ connectionString: adminUrl, application_name: 'soak', max: 2 });
    this.pool.on('error', () => undefined);
  }

  static async start({ data, originUrl, apiPort, postgresPort }: SoakPlace): Promise<SoakStack> {
    mkdirSync(join(data, 'backups'), { recursive: true });
    const env = {
      ...process.env,
      DATA_DIR: data,
      API_PORT: String(apiPort),
      GRPC_PORT: '0',
      POSTGRES_PORT: String(postgresPort),
      LOG_LEVEL: 'warn',
      DATASETS_URL: `${originUrl}/`,
      CHANGE_DAYS: '3',
      SNAPSHOT_KEEP: '2',
      JOB_LOCK_SECONDS: '5',
      SOURCES_CHECK_SECONDS: '5',
      BACKUP_SCHEDULE: '* * * * *',
      BACKUP_KEEP: '3',
    };
    const config = readEmbeddedConfig(env, join(import.meta.dirname, '../../..'));
    const stack = createStack(config, 'background', {
      log: createLog('supervisor', 'silent'),
      backoffMs: 200,
    });
    const { apiUrl, adminUrl } = await stack.start();
    return new SoakStack({ data, logs: config.paths.log, apiUrl, adminUrl }, stack);
  }

  get processes() {
    return this.#stack.processes;
  }

  /** Kills a process, and waits until all are up again and the API is ready. */
  async kill(victim: string): Promise<void> {
    const pid = this.processes.find(({ name }) => name === victim)?.pid ?? null;
    if (pid !== null) process.kill(pid, 'SIGKILL');
    await waitUntil('all processes are up', async () => {
      const now = this.processes.find(({ name }) => name === victim)?.pid ?? null;
      if (now === null || now === pid) return false;
      if (this.processes.some(({ state }) => state !== 'running')) return false;
      return (await this.ask('GET', '/health/ready')).ok;
    });
  }

  /** The error that the API logged for a request; null without one. */
  errorOf(requestId: string): string | null {
    const lines = readFileSync(join(this.#logs, 'api.log'), 'utf8').split('\n');
    const line = lines.findLast((text) => text.includes(requestId));
    return /"message":"((?:[^"\\]|\\.)*)"/u.exec(line ?? '')?.[1] ?? line ?? null;
  }

  async ask(method: string, path: string, body?: string, type = 'application/json') {
    return fetch(this.apiUrl + path, {
      method,
      ...(body !== undefined && { body, headers: { 'content-type': type } }),
      signal: AbortSignal.timeout(30_000),
    });
  }

  /** Sends a request until it succeeds, whatever happens to the API meanwhile. */
  async askUntilAnswered(
    method: string,
    path: string,
    body?: string,
    type?: string,
  ): Promise<unknown> {
    const { answer } = await waitUntil(`${method} ${path} is answered`, async () => {
      const response = await this.ask(method, path, body, type);
      if (response.ok) return { answer: await response.json() };
      throw new Error(`${response.status} ${await response.text()}`);
    });
    return answer;
  }

  async stop(): Promise<void> {
    await this.pool.end();
    await this.#stack.stop();
  }
}
