import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiConfig, startApi } from '@marquee/api';
import { createTestDatabase, type TestDatabase } from '@marquee/catalogue/testing';
import { Problem, Run, RunAccepted } from '@marquee/contract';
import { DownloaderConfig, startDownloader } from '@marquee/downloader';
import { LoaderConfig, startLoader } from '@marquee/loader';
import { createLog } from '@marquee/process';
import { serveSample } from '@marquee/sample';
import { DiskSnapshotStore, type SnapshotStore } from '@marquee/snapshots';
import { beforeAll, beforeEach, expect } from 'vitest';
import { freePort } from '@marquee/process';

export interface SystemOptions {
  /** Where jobs live; the test's own database when left out. */
  readonly queueUrl?: string;
  /** The files that are served as IMDb serves its own; can be changed by {@link System.serve}. */
  readonly files?: string;
  readonly publishWaitSeconds?: number;
  readonly maxChangePercent?: number;
  /** How many snapshots of each dataset are kept. */
  readonly keep?: number;
  /** A cron expression by which updates start. */
  readonly schedule?: string;
  /** Whether to start the downloader and the loader; true when left out. */
  readonly workers?: boolean;
  /** More of the API's environment. */
  readonly api?: Readonly<Record<string, string>>;
}

export type StartPath = '/run-downloader' | '/run-loader' | '/updatedata';

/**
 * The whole product in this process: downloader, loader and API on a database, a queue, a snapshot
 * store and an origin of their own.
 */
export interface System {
  readonly database: TestDatabase;
  readonly store: SnapshotStore;
  readonly apiUrl: string;
  /** Serves other files under the same address from now on. */
  serve(files: string): Promise<void>;
  /** Answers with the status and the JSON body. */
  ask(
    method: 'GET' | 'POST',
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: unknown }>;
  /** The JSON body of an answer, which is expected to be 200. */
  get(path: string): Promise<unknown>;
  /** Asks the database itself. */
  query(statement: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  /** Starts the downloader and the loader; done already unless the options say otherwise. */
  startWorkers(settings?: { datasetsUrl?: string }): Promise<void>;
  /** Ends them in good order; what they are at goes back to the queue. */
  stopWorkers(): Promise<void>;
  /** Stops the API. */
  stopApi(): Promise<void>;
  /** Starts the API anew at the same address. */
  startApi(): Promise<void>;
  /** Starts a run and returns its id. */
  start(path: StartPath, body?: unknown): Promise<string>;
  /** Starts a run and waits for its end. */
  run(path: StartPath, body?: unknown): Promise<Run>;
  /**
   * Serves other files and updates to them, whatever was updated today; the run is expected to
   * succeed.
   */
  update(files: string, body?: object): Promise<Run>;
  /** Waits for a run's end. */
  ended(id: string): Promise<Run>;
  stop(): Promise<void>;
}

/** Starts a system. */
export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const database = await createTestDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'marquee-e2e-'));
  let origin = await serveSample({ folder: options.files ?? folder, port: 0 });
  const port = Number(new URL(origin.url).port);
  const log = createLog('test', 'silent');
  const apiPort = await freePort();
  const common = {
    DATABASE_URL: database.url,
    QUEUE_URL: options.queueUrl ?? database.url,
    SNAPSHOT_DIR: join(folder, 'snapshots'),
  };
  const {
    schedule: UPDATE_SCHEDULE,
    keep = 10,
    maxChangePercent = 30,
    publishWaitSeconds = 30,
  } = options;
  const apiConfig = ApiConfig.parse({
    ...options.api,
    ...common,
    API_PORT: apiPort,
    UPDATE_SCHEDULE,
    UPDATE_JITTER_SECONDS: 0,
  });
  const server = await startStoppable(async () => startApi(apiConfig, log));
  let workers: (() => Promise<void>)[] = [];

  async function startWorkers({
    datasetsUrl = origin.url,
  }: { datasetsUrl?: string } = {}): Promise<void> {
    const limits = {
      SNAPSHOT_KEEP: keep,
      REFRESH_MAX_CHANGE_PERCENT: maxChangePercent,
      PUBLISH_WAIT_SECONDS: publishWaitSeconds,
    };
    workers = [
      await startDownloader(DownloaderConfig.parse({ ...common, DATASETS_URL: datasetsUrl }), log),
      await startLoader(LoaderConfig.parse({ ...common, ...limits }), log),
    ];
  }

  async function stopWorkers(): Promise<void> {
    for (const stop of workers.splice(0)) await stop();
  }

  if (options.workers !== false) await startWorkers();
  const api = clientOf(`http://127.0.0.1:${apiPort}`);

  async function serve(files: string): Promise<void> {
    await origin.close();
    origin = await serveSample({ folder: files, port });
  }

  return {
    database,
    store: new DiskSnapshotStore(common.SNAPSHOT_DIR, () => undefined),
    ...api,
    startWorkers,
    stopWorkers,
    stopApi: server.stop,
    startApi: server.start,
    async query(statement, values = []) {
      return (await database.pool.query<Record<string, unknown>>(statement, values)).rows;
    },
    serve,
    async update(files, body) {
      await serve(files);
      const run = await api.run('/updatedata', { force: true, ...body });
      expect(run).toMatchObject({ state: 'succeeded', error: null });
      return run;
    },
    async stop() {
      await stopWorkers();
      await server.stop();
      await origin.close();
      await rm(folder, { recursive: true, force: true });
      await database.remove();
    },
  };
}

function clientOf(
  apiUrl: string,
): Pick<System, 'apiUrl' | 'ask' | 'get' | 'start' | 'run' | 'ended'> {
  async function ask(method: 'GET' | 'POST', path: string, body?: unknown) {
    const response = await fetch(apiUrl + path, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    return { status: response.status, body: await response.json() };
  }

  async function start(path: StartPath, body?: unknown): Promise<string> {
    const { status, body: answer } = await ask('POST', path, body);
    expect(status, JSON.stringify(answer)).toBe(202);
    return RunAccepted.parse(answer).id;
  }

  async function ended(id: string): Promise<Run> {
    for (;;) {
      const run = Run.parse((await ask('GET', `/runs/${id}`)).body);
      if (run.state !== 'running') return run;
      await sleep(50);
    }
  }

  return {
    apiUrl,
    ask,
    async get(path) {
      const { status, body } = await ask('GET', path);
      expect(status, `${path}: ${JSON.stringify(body)}`).toBe(200);
      return body;
    },
    start,
    async run(path, body) {
      return ended(await start(path, body));
    },
    ended,
  };
}

/** A system that the tests of a file or block use. */
export interface UsedSystem extends System {
  /** Stops it and starts another in its place. */
  restart(options: SystemOptions): Promise<void>;
}

/** A system for each test of this file or block. @param options are asked for when it starts */
export function useSystem(options: () => SystemOptions): UsedSystem {
  return heldBy(beforeEach, options);
}

/** One system for all tests of this file or block. @param options are asked for when it starts */
export function useSharedSystem(options: () => SystemOptions): UsedSystem {
  return heldBy(beforeAll, options);
}

function heldBy(
  before: (start: () => Promise<() => Promise<void>>) => void,
  options: () => SystemOptions,
): UsedSystem {
  const start = async (wanted: SystemOptions) => Object.assign(system, await startSystem(wanted));
  const system = {
    async restart(wanted) {
      await system.stop();
      await start(wanted);
    },
  } as UsedSystem;
  before(async () => {
    await start(options());
    return async () => system.stop();
  });
  return system;
}

/** Something that runs from now on, and can be stopped and started again. */
async function startStoppable(
  starting: () => Promise<() => Promise<void>>,
): Promise<{ start: () => Promise<void>; stop: () => Promise<void> }> {
  let ending: (() => Promise<void>) | null = await starting();
  return {
    async start() {
      ending ??= await starting();
    },
    async stop() {
      const end = ending;
      ending = null;
      await end?.();
    },
  };
}

/** A refusal, checked against its documented shape. */
export function asProblem(body: unknown): Problem {
  return Problem.parse(body);
}
