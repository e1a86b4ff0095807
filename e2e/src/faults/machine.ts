import { randomUUID } from 'node:crypto';
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Run, RunPage } from '@marquee/contract';
import {
  createStack,
  readEmbeddedConfig,
  type Addresses,
  type Supervisor,
} from '@marquee/embedded';
import { roleUrl } from '@marquee/postgres';
import { createLog } from '@marquee/process';
import { Pool } from 'pg';
import { SmallDisk } from './small-disk.ts';
import type { FaultyOrigin } from './faulty-origin.ts';
import { RedisServer } from './redis-server.ts';

/** Time after which a run or a recovering stack counts as stuck, in ms. */
const STUCK_MS = 120_000;
const POLL_MS = 20;
/** Time after which another worker takes over the jobs of a dead one; 30 s in production. */
const JOB_LOCK_SECONDS = 2;
/** How long a publish waits for readers: shorter than our readers may hold their locks. */
const PUBLISH_WAIT_SECONDS = 4;
/**
 * The supervisor gives up PostgreSQL after the third crash in a row, and restarts services with
 * growing pauses. So we restart the stack in time.
 */
const MAX_KILLS = 5;
const MAX_POSTGRES_KILLS = 2;

export const QUEUE_BACKENDS = ['postgres', 'redis'] as const;
/** Backend of the queue. */
export type QueueBackend = (typeof QUEUE_BACKENDS)[number];

/** The processes of the stack that can be killed. */
export type Victim = 'downloader' | 'loader' | 'api' | 'postgres';
/** The same on a machine with sources. */
export type SourcesVictim = Victim | 'extractor' | 'aggregator';

const OF_IMDB = ['downloader', 'loader', 'api'] as const;
type AppName = (typeof OF_IMDB)[number] | 'extractor' | 'aggregator';

/**
 * The product as it runs on one machine: real processes with their own database, disk and queue,
 * for fault injection.
 */
export class Machine {
  readonly queue: QueueBackend;
  /** Folder of all files; kept for debugging failures until {@link remove}. */
  readonly folder: string;
  readonly disk: SmallDisk | null;
  readonly redis: RedisServer | null;
  /** Called with each line of PostgreSQL's log, which contains each statement at its start. */
  onStatement: (line: string) => void = () => undefined;
  readonly #origin: FaultyOrigin;
  readonly #apps: readonly AppName[];
  #stack: Supervisor;
  #addresses: Addresses | null = null;
  #pool: Pool | null = null;
  readonly #kills = new Map<SourcesVictim, number>();

  private constructor(
    queue: QueueBackend,
    folder: string,
    origin: FaultyOrigin,
    redis: RedisServer | null,
    apps: readonly AppName[],
  ) {
    this.queue = queue;
    this.folder = folder;
    this.redis = redis;
    this.#origin = origin;
    this.#apps = apps;
    this.disk = SmallDisk.mount(this.snapshots);
    this.#stack = this.#makeStack();
  }

  /** @param sources whether extractor and aggregator run too */
  static async start(
    queue: QueueBackend,
    origin: FaultyOrigin,
    { sources = false } = {},
  ): Promise<Machine> {
    const folder = mkdtempSync(join(tmpdir(), 'marquee-faults-'));
    // started as root, PostgreSQL runs as another user, who needs access
    chmodSync(folder, 0o755);
    const redis = queue === 'redis' ? await RedisServer.start(join(folder, 'redis')) : null;
    const machine = new Machine(
      queue,
      folder,
      origin,
      redis,
      sources ? [...OF_IMDB, 'extractor', 'aggregator'] : OF_IMDB,
    );
    try {
      await machine.#startStack();
    } catch (error) {
      await machine.stop();
      throw error;
    }
    return machine;
  }

  get snapshots(): string {
    return join(this.folder, 'snapshots');
  }

  get pool(): Pool {
    if (this.#pool === null) throw new Error('The machine is not up');
    return this.#pool;
  }

  get queueUrl(): string {
    return this.redis?.url ?? this.#stackAddresses.adminUrl;
  }

  get apiUrl(): string {
    return this.#stackAddresses.apiUrl;
  }

  get databaseUrl(): string {
    return this.#stackAddresses.adminUrl;
  }

  /** Kills a process, if it is running. Resolves after its end was noticed. */
  async kill(victim: SourcesVictim): Promise<void> {
    const pid = this.#pidOf(victim);
    if (pid === null) return;
    this.#kills.set(victim, (this.#kills.get(victim) ?? 0) + 1);
    process.kill(pid, 'SIGKILL');
    await waitUntil(`${victim} is gone`, async () => Promise.resolve(this.#pidOf(victim) !== pid));
  }

  /**
   * Kills PostgreSQL's process of a connection, one that is at work if there is any. PostgreSQL ends
   * all others then, and recovers.
   *
   * @param name of the application that is connected
   */
  async killBackend(name: string): Promise<void> {
    // another kill may have ended PostgreSQL a moment ago
    const { rows } = await waitUntil('PostgreSQL answers', async () =>
      this.pool.query<{ pid: number }>(
        `select pid from pg_stat_activity where application_name = $1::text
         order by state <> 'idle' desc, xact_start limit 1`,
        [name],
      ),
    );
    const [backend] = rows;
    if (backend === undefined) return;
    process.kill(backend.pid, 'SIGKILL');
    await waitUntil('PostgreSQL has recovered', async () => {
      const found = await this.pool.query('select from pg_stat_activity where pid = $1::int', [
        backend.pid,
      ]);
      return found.rowCount === 0;
    });
  }

  /** Freezes the loader for a while, if it is running. */
  async freezeLoader(ms: number): Promise<void> {
    const pid = this.#pidOf('loader');
    if (pid === null) return;
    process.kill(pid, 'SIGSTOP');
    await sleep(ms);
    process.kill(pid, 'SIGCONT');
  }

  /**
   * Restarts the stack on the same data if a process was killed so often that the supervisor could
   * give it up, or would restart it late.
   *
   * @param postgresKills how often the next case may kill PostgreSQL
   */
  async restartIfNeeded(postgresKills = 1): Promise<void> {
    const ofPostgres = (this.#kills.get('postgres') ?? 0) + postgresKills;
    if (ofPostgres <= MAX_POSTGRES_KILLS && Math.max(0, ...this.#kills.values()) < MAX_KILLS)
      return;
    await this.#stopStack();
    this.#kills.clear();
    this.#stack = this.#makeStack();
    await this.#startStack();
  }

  /**
   * Waits until all processes are up and the API is ready.
   *
   * @throws Error on timeout
   */
  async waitUntilHealthy(): Promise<void> {
    await waitUntil('all processes are up', async () => {
      const broken = this.#stack.processes.filter(({ state }) => state === 'failed');
      if (broken.length > 0)
        throw new Error(
          `${broken.map(({ name }) => name).join(', ')} was given up by the supervisor`,
        );
      if (this.#stack.processes.some(({ state }) => state !== 'running')) return false;
      return (
        (
          await fetch(`${this.#stackAddresses.apiUrl}/health/ready`, {
            signal: AbortSignal.timeout(5000),
          })
        ).status === 200
      );
    });
  }

  /**
   * Requests an update until a run exists, whatever happens to the API meanwhile.
   *
   * @returns the run's id
   */
  async startRun(force: true | 'full'): Promise<string> {
    const last = await this.#newestRun();
    return waitUntil('a run has started', async () => {
      const started = await this.#newestRun();
      if (started !== null && started !== last) return started;
      await fetch(`${this.#stackAddresses.apiUrl}/updatedata`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ force }),
        signal: AbortSignal.timeout(10_000),
      });
      return null;
    });
  }

  /** Waits until a run ends. @throws Error on timeout */
  async ended(id: string): Promise<Run> {
    return waitUntil(`run ${id} has ended`, async () => {
      const run = Run.parse(
        await (
          await fetch(`${this.#stackAddresses.apiUrl}/runs/${id}`, {
            signal: AbortSignal.timeout(10_000),
          })
        ).json(),
      );
      return run.state === 'running' ? null : run;
    });
  }

  /** Waits until {@link onStatement} has received every statement started so far. */
  async drainLog(): Promise<void> {
    const mark = `caught up ${randomUUID()}`;
    const told = this.onStatement;
    let isThere = false;
    this.onStatement = (line) => {
      isThere ||= line.includes(mark);
      told(line);
    };
    await this.pool.query(`select '${mark}'`);
    await waitUntil('the log is read', async () => Promise.resolve(isThere));
    this.onStatement = told;
  }

  /** Stops everything gracefully. */
  async stop(): Promise<void> {
    await this.#stopStack();
    await this.redis?.kill();
    this.disk?.unmount();
  }

  /** Removes the files that {@link stop} has left. */
  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  get #stackAddresses(): Addresses {
    if (this.#addresses === null) throw new Error('The machine is not up');
    return this.#addresses;
  }

  #pidOf(victim: SourcesVictim): number | null {
    return this.#stack.processes.find(({ name }) => name === victim)?.pid ?? null;
  }

  async #newestRun(): Promise<string | null> {
    return waitUntil('the API lists runs', async () => {
      const page = RunPage.parse(
        await (
          await fetch(`${this.#stackAddresses.apiUrl}/runs?limit=1`, {
            signal: AbortSignal.timeout(10_000),
          })
        ).json(),
      );
      return { id: page.items[0]?.id ?? null };
    }).then(({ id }) => id);
  }

  async #startStack(): Promise<void> {
    this.#addresses = await this.#stack.start();
    this.#pool = new Pool({
      connectionString: this.#addresses.adminUrl,
      application_name: 'fault harness',
      max: 4,
    });
    this.#pool.on('error', () => undefined);
  }

  async #stopStack(): Promise<void> {
    await this.#pool?.end();
    this.#pool = null;
    await this.#stack.stop();
  }

  #makeStack(): Supervisor {
    const root = join(import.meta.dirname, '../../..');
    const env = {
      DATA_DIR: this.folder,
      API_PORT: '0',
      POSTGRES_PORT: '0',
      LOG_LEVEL: 'info',
      DATASETS_URL: this.#origin.url,
    };
    mkdirSync(join(this.folder, 'log'), { recursive: true });
    const log = join(this.folder, 'log', 'postgres.log');
    return createStack(readEmbeddedConfig(env, root), 'background', {
      log: createLog('supervisor', 'silent'),
      postgresLog: (line) => {
        appendFileSync(log, `${new Date().toISOString()} ${line}\n`);
        this.onStatement(line);
      },
      postgresSettings: {
        log_statement: 'all',
        // with the sender of each statement
        log_line_prefix: '%a ',
        // what a killed process has written is with the kernel: only a dead machine would lose it
        fsync: 'off',
      },
      backoffMs: 100,
      children: (addresses) => this.#children(root, addresses),
    });
  }

  #children(root: string, { adminUrl, apiPort, apiUrl }: Addresses) {
    const env = {
      SNAPSHOT_DIR: this.snapshots,
      SOURCES_DIR: join(this.folder, 'sources'),
      SOURCES_CHECK_SECONDS: '1',
      DATASETS_URL: this.#origin.url,
      API_HOST: '127.0.0.1',
      API_PORT: String(apiPort),
      LOG_LEVEL: 'info',
      JOB_LOCK_SECONDS: String(JOB_LOCK_SECONDS),
      PUBLISH_WAIT_SECONDS: String(PUBLISH_WAIT_SECONDS),
    };
    return this.#apps.map((name) => ({
      name,
      args: [join(root, 'apps', name, 'dist', 'main.js')],
      cwd: root,
      env: {
        ...env,
        DATABASE_URL: roleUrl(adminUrl, name),
        QUEUE_URL: this.redis?.url ?? roleUrl(adminUrl, name),
      },
      readyWhen: 'ready' as const,
      ...(name === 'api' && { healthUrl: `${apiUrl}/health/live` }),
    }));
  }
}

/**
 * Polls until the result is neither null nor false; an exception counts as null.
 *
 * @throws Error on timeout, with what was awaited and the last exception
 */
export async function waitUntil<T>(
  what: string,
  ask: () => Promise<T | null | false>,
  limitMs = STUCK_MS,
): Promise<T> {
  const giveUpAt = performance.now() + limitMs;
  let fault: unknown = null;
  while (performance.now() < giveUpAt) {
    try {
      const answer = await ask();
      if (answer !== null && answer !== false) return answer;
      fault = null;
    } catch (error) {
      fault = error;
    }
    await sleep(POLL_MS);
  }
  const why = fault instanceof Error ? `: ${fault.message}` : '';
  throw new Error(`Waited ${limitMs / 1000} s in vain until ${what}${why}`, { cause: fault });
}
