import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startApi } from '@marquee/api';
import { createTestDatabase, type TestDatabase } from '@marquee/catalogue/testing';
import { Problem, Run, RunAccepted } from '@marquee/contract';
import { startDownloader } from '@marquee/downloader';
import { startLoader } from '@marquee/loader';
import { createLog } from '@marquee/process';
import { serveSample } from './tmp-serve.ts';
import { SnapshotStore } from '@marquee/snapshots';
import { expect } from 'vitest';

export interface SystemOptions {
  /** Where jobs live; the test's own database when left out. */
  readonly queueUrl?: string;
  /** The files that are served as IMDb serves its own; can be changed by {@link System.serve}. */
  readonly files?: string;
  readonly maxRejectsPercent?: number;
  readonly publishWaitSeconds?: number;
  /** Start without the workers, to see what the API does alone. */
  readonly workers?: boolean;
}

/** The whole product in this process: downloader, loader and API on a database, a queue, a snapshot store and an origin of their own. */
export interface System {
  readonly database: TestDatabase;
  readonly store: SnapshotStore;
  readonly apiUrl: string;
  /** Serves other files under the same address from now on. */
  serve(files: string): Promise<void>;
  /** Answers with the status and the JSON body. */
  ask(method: 'GET' | 'POST', path: string, body?: unknown): Promise<{ status: number; body: unknown }>;
  /** Starts a run and waits for its end. */
  run(path: '/run-downloader' | '/run-loader' | '/updatedata', body?: unknown): Promise<Run>;
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
  const log = createLog('test', process.env['TEST_LOG'] ?? 'silent');
  const apiPort = await freePort();
  const common = {
    DATABASE_URL: database.url,
    QUEUE_URL: options.queueUrl ?? database.url,
    SNAPSHOT_DIR: join(folder, 'snapshots'),
    LOG_LEVEL: 'info',
  } as const;
  const stops = [await startApi({ ...common, API_HOST: '127.0.0.1', API_PORT: apiPort }, log)];
  if (options.workers !== false) {
    stops.push(await startDownloader({ ...common, DATASETS_URL: origin.url, DOWNLOAD_CONCURRENCY: 3 }, log));
    stops.push(
      await startLoader(
        {
          ...common,
          LOAD_CONCURRENCY: 2,
          MAX_REJECTS_PERCENT: options.maxRejectsPercent ?? 0.1,
          MAX_ROW_LOSS_PERCENT: 2,
          PUBLISH_WAIT_SECONDS: options.publishWaitSeconds ?? 30,
        },
        log,
      ),
    );
  }
  const apiUrl = `http://127.0.0.1:${apiPort}`;

  async function ask(method: 'GET' | 'POST', path: string, body?: unknown) {
    const response = await fetch(apiUrl + path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    return { status: response.status, body: (await response.json()) as unknown };
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
    store: new SnapshotStore(common.SNAPSHOT_DIR),
    apiUrl,
    ask,
    ended,
    async serve(files) {
      await origin.close();
      origin = await serveSample({ folder: files, port });
    },
    async run(path, body) {
      const { status, body: answer } = await ask('POST', path, body);
      expect(status, JSON.stringify(answer)).toBe(202);
      return ended(RunAccepted.parse(answer).id);
    },
    async stop() {
      for (const stop of stops) await stop();
      await origin.close();
      await rm(folder, { recursive: true, force: true });
      await database.remove();
    },
  };
}

/** A refusal, checked against its documented shape. */
export function asProblem(body: unknown): Problem {
  return Problem.parse(body);
}

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
