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
import { expect } from 'vitest';
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

/** The whole product in this process: downloader, loader and API on a database, a queue, a snapshot store and an origin of their own. */
export interface System {
  readonly database: TestDatabase;
  readonly store: SnapshotStore;
  readonly apiUrl: string;
  /** Serves other files under the same address from now on. */
  serve(files: string): Promise<void>;
  /** Answers with the status and the JSON body. */
  ask(method: 'GET' | 'POST', path: string, body?: unknown): Promise<{ status: number; body: unknown }>;
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
  const common = { DATABASE_URL: database.url, QUEUE_URL: options.queueUrl ?? database.url, SNAPSHOT_DIR: join(folder, 'snapshots') };
  const { schedule: UPDATE_SCHEDULE, keep = 10, maxChangePercent = 30, publishWaitSeconds = 30 } = options;
  const apiConfig = ApiConfig.parse({ ...options.api, ...common, API_PORT: apiPort, UPDATE_SCHEDULE, UPDATE_JITTER_SECONDS: 0 });
  const api = await startStoppable(async () => startApi(apiConfig, log));
  let workers: (() => Promise<void>)[] = [];

  async function startWorkers({ datasetsUrl = origin.url }: { datasetsUrl?: string } = {}): Promise<void> {
    const limits = { SNAPSHOT_KEEP: keep, REFRESH_MAX_CHANGE_PERCENT: maxChangePercent, PUBLISH_WAIT_SECONDS: publishWaitSeconds };
    workers = [
      await startDownloader(DownloaderConfig.parse({ ...common, DATASETS_URL: datasetsUrl }), log),
      await startLoader(LoaderConfig.parse({ ...common, ...limits }), log),
    ];
  }

  async function stopWorkers(): Promise<void> {
    for (const stop of workers.splice(0)) await stop();
  }

  if (options.workers !== false) await startWorkers();
  const apiUrl = `http://127.0.0.1:${apiPort}`;

  async function ask(method: 'GET' | 'POST', path: string, body?: unknown) {
    const response = await fetch(apiUrl + path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    return { status: response.status, body: (await response.json()) };
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
    database,
    store: new DiskSnapshotStore(common.SNAPSHOT_DIR, () => undefined),
    apiUrl,
    ask,
    ended,
    startWorkers,
    stopWorkers,
    stopApi: api.stop,
    startApi: api.start,
    async serve(files) {
      await origin.close();
      origin = await serveSample({ folder: files, port });
    },
    start,
    async run(path, body) {
      return ended(await start(path, body));
    },
    async stop() {
      await stopWorkers();
      await api.stop();
      await origin.close();
      await rm(folder, { recursive: true, force: true });
      await database.remove();
    },
  };
}

/** Something that runs from now on, and can be stopped and started again. */
async function startStoppable(starting: () => Promise<() => Promise<void>>): Promise<{ start: () => Promise<void>; stop: () => Promise<void> }> {
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
