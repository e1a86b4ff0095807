import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AggregatorConfig, startAggregator, type AggregatorTimings } from '@marquee/aggregator';
import { ApiConfig, startApi, type ApiTimings, type SearchLimits } from '@marquee/api';
import { setUpDatabase } from '@marquee/catalogue';
import { createTestDatabase, shareTemplate, type TestDatabase } from '@marquee/catalogue/testing';
import { Problem, Run, RunAccepted } from '@marquee/contract';
import { DownloaderConfig, startDownloader, type DownloaderTimings } from '@marquee/downloader';
import { ExtractorConfig, startExtractor, type ExtractorTimings } from '@marquee/extractor';
import { LoaderConfig, startLoader, type LoaderTimings } from '@marquee/loader';
import { CLIENTS, rolePassword, roleUrl, type DatabaseClient } from '@marquee/postgres';
import { createLog, freePort } from '@marquee/process';
import { prepareQueue } from '@marquee/runs';
import { serveSample, type SampleServer } from '@marquee/sample';
import { DiskSnapshotStore, type SnapshotStore } from '@marquee/snapshots';
import { Pool } from 'pg';
import { beforeAll, beforeEach, expect, inject } from 'vitest';
import type { Days } from './sample-days.ts';
import { UNMERGED } from './unmerged.ts';

export interface SystemOptions {
  /** URL of the queue. Default: the database of the test. */
  readonly queueUrl?: string;
  /** A database of its own, on a server of its own. Default: a new one on that which all tests share. */
  readonly database?: TestDatabase;
  /** Starts with day 0 of this sample published, as after a first update, and serves that day. */
  readonly published?: Days;
  /** Publishes the days after it too, up to this one, by refreshes. */
  readonly upTo?: number;
  /** Folder of the files that are served in place of IMDb's; {@link System.serve} changes it. */
  readonly files?: string;
  /** Seconds that a publish waits for locks; may be a fraction. */
  readonly publishWaitSeconds?: number;
  readonly maxChangePercent?: number;
  /** Number of snapshots to keep of each dataset. */
  readonly keep?: number;
  /** Whether each process connects with its own role, as in production; else as the superuser. */
  readonly roles?: boolean;
  /** Parameters of the URLs by which the processes connect to the database. */
  readonly databaseParameters?: Readonly<Record<string, string>>;
  /** Cron expression of the update schedule. */
  readonly schedule?: string;
  /** Whether to start downloader and loader. Default: true. */
  readonly workers?: boolean;
  /** Whether downloader and loader are joined by extractor and aggregator. Default: false. */
  readonly sources?: boolean;
  /** Further environment variables of the loader. */
  readonly loader?: Readonly<Record<string, string>>;
  /** Further environment variables of the downloader. */
  readonly downloader?: Readonly<Record<string, string>>;
  /** Whether the API serves gRPC on a port of its own. Default: false. */
  readonly grpc?: boolean;
  /** The file of providers, of whom extractor and downloader take files. */
  readonly providersFile?: string;
  /** Further environment variables of the API. */
  readonly api?: Readonly<Record<string, string>>;
  /** Overrides of {@link TEST_TIMINGS}. */
  readonly timings?: Partial<Timings>;
  /** Overrides of the scan limits of title lists. */
  readonly searchLimits?: Partial<SearchLimits>;
}

/** Interval of polling whether a run has ended, in milliseconds. */
const POLL_MS = 20;
/** Number of polls after which the maintenance that follows a publish must be done. */
const MAX_POLLS = 3000;

export type Timings = ApiTimings &
  LoaderTimings &
  DownloaderTimings &
  ExtractorTimings &
  AggregatorTimings;

/**
 * Intervals of a test system, in milliseconds. They are short, so that tests do not wait for polls,
 * but polls with queries must not slow a busy machine (every 50 ms: a sixth of a run's time). The
 * watch of published data is as in production, as tests cover it.
 */
export const TEST_TIMINGS = {
  reportMs: 50,
  cancelCheckMs: 250,
  lockRetryMs: 50,
  downloadRetryMs: 20,
  reconcileMs: 1000,
  runPollMs: 50,
  callPollMs: 50,
  webhookPollMs: 100,
  settledMs: 0,
  checkMs: 500,
  queuePollSeconds: 1,
} satisfies Partial<Timings>;

type StartPath = '/run-downloader' | '/run-loader' | '/updatedata';

/**
 * The whole product in this process: downloader, loader and API with their own database, queue,
 * snapshot store and origin.
 */
export interface System {
  readonly database: Pick<TestDatabase, 'url' | 'pool'>;
  readonly store: SnapshotStore;
  /** The folder of the store. */
  readonly snapshots: string;
  /** The folder of definitions of sources, and of their files. */
  readonly sourcesFolder: string;
  readonly apiUrl: string;
  /** Where gRPC is served, if the options want it. */
  readonly grpcUrl: string;
  /** Serves other files at the same address from now on. */
  serve(files: string): Promise<void>;
  /** Sends a request. @returns the status and the JSON body of the response */
  ask(
    method: 'GET' | 'POST',
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: unknown }>;
  /** The JSON body of a response, which must have status 200. */
  get(path: string): Promise<unknown>;
  /** Runs a statement in the database. */
  query(statement: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  /** Starts downloader and loader, if the options disabled them. */
  startWorkers(settings?: { datasetsUrl?: string }): Promise<void>;
  /** Stops them gracefully; their jobs go back to the queue. */
  stopWorkers(): Promise<void>;
  /** Stops the API. */
  stopApi(): Promise<void>;
  /** Restarts the API at the same address. */
  startApi(): Promise<void>;
  /** Starts a run and returns its id. */
  start(path: StartPath, body?: unknown): Promise<string>;
  /** Starts a run and waits until it ends. */
  run(path: StartPath, body?: unknown): Promise<Run>;
  /** Serves other files and runs a forced update, which must succeed. */
  update(files: string, body?: object): Promise<Run>;
  /** Waits until a run ends. */
  ended(id: string): Promise<Run>;
  /** Waits until the maintenance after the last publish is done: orphans are counted. */
  tidied(): Promise<void>;
  /**
   * Waits until all deliveries are read, all records matched, and all movies merged.
   *
   * @param sources how many sources must have a delivery that is read; default: 0
   */
  merged(sources?: number): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a system. */
export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const { published, upTo = 0 } = options;
  const folder = await mkdtemp(join(inject('sharedFolder'), 'system-'));
  const origin = await Origin.serve(options.files ?? published?.day(upTo) ?? folder);
  const snapshots = join(folder, 'snapshots');
  const database =
    options.database ??
    (await createTestDatabase(
      published === undefined
        ? undefined
        : await copyPublished(published, upTo, snapshots, origin.url),
    ));
  const system = await startOn(database, snapshots, origin, options);
  return {
    ...system,
    async stop() {
      await system.stop();
      await origin.close();
      await rm(folder, { recursive: true, force: true });
      await database.remove();
    },
  };
}

/**
 * Copies the snapshots of a first update to day 0 of a sample, and of refreshes up to another day.
 *
 * @param originUrl source to record in the snapshots: those of another URL would be downloaded
 * again
 * @returns name of the database template with the same state
 */
async function copyPublished(
  days: Days,
  upTo: number,
  to: string,
  originUrl: string,
): Promise<string> {
  const { template, snapshots, url } = await publishedTemplate(days, upTo);
  await cp(snapshots, to, { recursive: true });
  for (const path of await readdir(to, { recursive: true })) {
    if (basename(path) !== 'manifest.json') continue;
    const manifest = await readFile(join(to, path), 'utf8');
    await writeFile(join(to, path), manifest.replace(url, originUrl));
  }
  return template;
}

/** Database template and snapshots with these days published, created once for all test files. */
async function publishedTemplate(
  days: Days,
  upTo: number,
): Promise<{ template: string; snapshots: string; url: string }> {
  const template = `published_${days.titles}_${upTo}`;
  const snapshots = join(inject('sharedFolder'), template);
  const urlFile = `${snapshots}.url`;
  await shareTemplate(template, async (url) => {
    await rm(snapshots, { recursive: true, force: true });
    const pool = new Pool({ connectionString: url });
    const origin = await Origin.serve(days.day(0));
    const system = await startOn({ url, pool }, snapshots, origin, {});
    expect(await system.run('/updatedata')).toMatchObject({ state: 'succeeded', error: null });
    for (let day = 1; day <= upTo; day++) await system.update(days.day(day));
    await system.tidied();
    await system.stop();
    await origin.close();
    await pool.end();
    await writeFile(urlFile, origin.url);
  });
  return { template, snapshots, url: await readFile(urlFile, 'utf8') };
}

/** Files of a folder behind one address; the folder can change. */
class Origin {
  readonly url: string;
  #server: SampleServer;

  private constructor(server: SampleServer) {
    this.url = server.url;
    this.#server = server;
  }

  static async serve(folder: string): Promise<Origin> {
    return new Origin(await serveSample({ folder, port: 0 }));
  }

  async change(folder: string): Promise<void> {
    await this.#server.close();
    this.#server = await serveSample({ folder, port: Number(new URL(this.url).port) });
  }

  async close(): Promise<void> {
    await this.#server.close();
  }
}

/** Starts the services on a database, a snapshot folder and an origin, which outlive them. */
async function startOn(
  database: Pick<TestDatabase, 'url' | 'pool'>,
  snapshots: string,
  origin: Origin,
  options: SystemOptions,
): Promise<System> {
  const log = createLog('test', 'silent');
  const sourcesFolder = join(snapshots, '..', 'sources');
  if (options.roles === true) await setUpRoles(database.url);
  const urlsOf = (client: DatabaseClient) => urlsFor(client, database.url, options);
  const [API_PORT, GRPC_PORT] = [await freePort(), options.grpc === true ? await freePort() : 0];
  const apiConfig = ApiConfig.parse({
    GRPC_PORT,
    ...options.api,
    ...urlsOf('api'),
    READER_DATABASE_URL: roleUrl(database.url, 'reader'),
    SNAPSHOT_DIR: snapshots,
    API_PORT,
    UPDATE_SCHEDULE: options.schedule,
    UPDATE_JITTER_SECONDS: 0,
  });
  const loaderConfig = {
    ...LoaderConfig.parse({
      ...options.loader,
      ...urlsOf('loader'),
      SNAPSHOT_DIR: snapshots,
      SNAPSHOT_KEEP: options.keep ?? 10,
      REFRESH_MAX_CHANGE_PERCENT: options.maxChangePercent ?? 30,
    }),
    PUBLISH_WAIT_SECONDS: options.publishWaitSeconds ?? 30,
  };
  const timings = { ...TEST_TIMINGS, ...options.timings };
  const server = await startStoppable(async () =>
    startApi(apiConfig, log, timings, options.searchLimits),
  );
  const workers: (() => Promise<void>)[] = [];

  async function startWorkers({ datasetsUrl: DATASETS_URL = origin.url } = {}): Promise<void> {
    const downloaderConfig = DownloaderConfig.parse({
      ...options.downloader,
      ...urlsOf('downloader'),
      SNAPSHOT_DIR: snapshots,
      DATASETS_URL,
      PROVIDERS_FILE: options.providersFile,
    });
    workers.push(await startDownloader(downloaderConfig, log, timings));
    workers.push(await startLoader(loaderConfig, log, timings));
    if (options.sources !== true) return;
    const stored = {
      SNAPSHOT_DIR: snapshots,
      SOURCES_DIR: sourcesFolder,
      PROVIDERS_FILE: options.providersFile,
    };
    const extractor = ExtractorConfig.parse({ ...urlsOf('extractor'), ...stored });
    workers.push(await startExtractor(extractor, log, timings));
    const aggregator = AggregatorConfig.parse(urlsOf('aggregator'));
    workers.push(await startAggregator(aggregator, log, timings));
  }

  async function stopWorkers(): Promise<void> {
    for (const stop of workers.splice(0)) await stop();
  }

  if (options.workers !== false) await startWorkers();
  return {
    database,
    store: new DiskSnapshotStore(snapshots, () => undefined),
    snapshots,
    sourcesFolder,
    grpcUrl: `http://127.0.0.1:${GRPC_PORT}`,
    ...clientOf(`http://127.0.0.1:${API_PORT}`, origin),
    ...queriesOf(database.pool),
    serve: async (files) => origin.change(files),
    startWorkers,
    stopWorkers,
    stopApi: server.stop,
    startApi: server.start,
    async stop() {
      await stopWorkers();
      await server.stop();
    },
  };
}

/** What a process connects to. */
function urlsFor(
  client: DatabaseClient,
  databaseUrl: string,
  { roles, queueUrl, databaseParameters = {} }: SystemOptions,
): { readonly DATABASE_URL: string; readonly QUEUE_URL: string } {
  const full = new URL(roles === true ? roleUrl(databaseUrl, client) : databaseUrl);
  for (const [name, value] of Object.entries(databaseParameters))
    full.searchParams.set(name, value);
  const url = full.href;
  return { DATABASE_URL: url, QUEUE_URL: queueUrl ?? url };
}

/** Sets up a database as the supervisor does. */
export async function setUpRoles(url: string): Promise<void> {
  const passwords = CLIENTS.map((client) => [`marquee_${client}`, rolePassword(url, client)]);
  await setUpDatabase(url, Object.fromEntries(passwords) as Record<string, string>, prepareQueue);
}

function queriesOf(pool: Pool): Pick<System, 'query' | 'tidied' | 'merged'> {
  return {
    async query(statement, values = []) {
      return (await pool.query<Record<string, unknown>>(statement, values)).rows;
    },
    async tidied() {
      const uncounted = 'select from ingest.data_control where orphans_of is distinct from run_id';
      for (let polls = 0; (await pool.query(uncounted)).rowCount !== 0; polls++) {
        if (polls === MAX_POLLS) throw new Error('Orphans were not counted.');
        await sleep(POLL_MS);
      }
    },
    async merged(sources = 0) {
      for (let polls = 0; (await pool.query(UNMERGED, [sources])).rowCount !== 0; polls++) {
        if (polls === MAX_POLLS) throw new Error('Movies were not merged.');
        await sleep(POLL_MS);
      }
    },
  };
}

function clientOf(
  apiUrl: string,
  origin: Origin,
): Pick<System, 'apiUrl' | 'ask' | 'get' | 'start' | 'run' | 'update' | 'ended'> {
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
      await sleep(POLL_MS);
    }
  }

  const run: System['run'] = async (path, body) => ended(await start(path, body));

  return {
    apiUrl,
    ask,
    async get(path) {
      const { status, body } = await ask('GET', path);
      expect(status, `${path}: ${JSON.stringify(body)}`).toBe(200);
      return body;
    },
    start,
    run,
    async update(files, body) {
      await origin.change(files);
      const updated = await run('/updatedata', { force: true, ...body });
      expect(updated).toMatchObject({ state: 'succeeded', error: null });
      return updated;
    },
    ended,
  };
}

/** A system used by the tests of a file or block. */
export interface TestSystem extends System {
  /** Replaces it by another system. */
  restart: (options: SystemOptions) => Promise<void>;
}

/**
 * A new system for each test of a file or block.
 *
 * @param options evaluated at its start
 * @param system what becomes it, for blocks with systems of their own that share functions
 */
export function useSystem(options: () => SystemOptions, system?: TestSystem): TestSystem {
  return useStarted(beforeEach, options, system);
}

/** One system for all tests of a file or block; the parameters are those of {@link useSystem}. */
export function useSharedSystem(options: () => SystemOptions, system?: TestSystem): TestSystem {
  return useStarted(beforeAll, options, system);
}

function useStarted(
  before: (start: () => Promise<() => Promise<void>>) => void,
  options: () => SystemOptions,
  system = {} as TestSystem,
): TestSystem {
  const start = async (wanted: SystemOptions) => Object.assign(system, await startSystem(wanted));
  before(async () => {
    await start(options());
    system.restart = async (wanted) => {
      await system.stop();
      await start(wanted);
    };
    return async () => system.stop();
  });
  return system;
}

/** Starts a service that can be stopped and started again. */
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

/** An error response, checked against its schema. */
export function parseProblem(body: unknown): Problem {
  return Problem.parse(body);
}
