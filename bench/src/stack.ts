import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Run, RunAccepted } from '@marquee/contract';
import { createStack, readEmbeddedConfig } from '@marquee/embedded';
import { serveSample } from '@marquee/sample';
import { Client } from 'pg';
import { BENCH_FOLDER, ROOT } from './folders.ts';

/** The product as it runs on one machine, on a new database. */
export interface BenchStack {
  readonly apiUrl: string;
  /** The superuser's: some benchmarks change settings of the server. */
  readonly databaseUrl: string;
  /** The folder of PostgreSQL's data, for replicas of it. */
  readonly databaseFolder: string;
  /** Serves other files at the same address from now on. */
  serve(files: string): Promise<void>;
  /** Number of requests for files so far. */
  requests(): number;
  /** Starts a run and waits until it ends. @throws Error if it fails */
  run(path: string, body?: object): Promise<Run>;
  /** Waits for the maintenance after a publish, so that it does not affect the next measurement. */
  settled(): Promise<void>;
  /**
   * Peak resident memory of each process in MB, by name; empty if the system does not report it.
   */
  peakMemory(): Record<string, number>;
  /** Largest peak of the child processes of one, in MB; 0 without any. */
  peakMemoryOfChildren(name: string): number;
  /** CPU seconds used by a process so far; null if the system does not report them. */
  processorSeconds(name: string): number | null;
  /** CPU seconds used by PostgreSQL's processes that run now; null if the system does not report them. */
  databaseSeconds(): number | null;
  stop(): Promise<void>;
}

/** Options of a stack. By default it is new and logs little. */
interface BenchStackOptions {
  /** Name of its folder in data/bench. */
  readonly folder?: string;
  /** Whether to use the existing content of the folder, and keep it at the end. */
  readonly keep?: boolean;
  /**
   * Called with the lines of PostgreSQL's log. The processes then log as in production, each to its
   * file.
   */
  readonly onPostgresLine?: (line: string) => void;
  /** Settings of PostgreSQL that differ from those of an embedded one. */
  readonly postgresSettings?: Readonly<Record<string, string>>;
  /** Further environment variables of its processes. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Starts PostgreSQL, downloader, loader and API as `make up` does, with their own folder. */
export async function startBenchStack(
  files: string,
  {
    folder = 'stack',
    keep = false,
    onPostgresLine,
    postgresSettings = {},
    settings = {},
  }: BenchStackOptions = {},
): Promise<BenchStack> {
  const data = join(BENCH_FOLDER, folder);
  if (!keep) await rm(data, { recursive: true, force: true });
  let requests = 0;
  const onRequest = () => (requests += 1);
  let origin = await serveSample({ folder: files, port: 0, onRequest });
  const env = {
    ...process.env,
    DATA_DIR: data,
    API_PORT: '0',
    GRPC_PORT: '0',
    POSTGRES_PORT: '0',
    ...settings,
    LOG_LEVEL: onPostgresLine === undefined ? 'warn' : 'info',
    DATASETS_URL: `${origin.url}/`,
  };
  const config = readEmbeddedConfig(env, ROOT);
  const stack = createStack(config, onPostgresLine === undefined ? 'foreground' : 'background', {
    ...(onPostgresLine !== undefined && { postgresLog: onPostgresLine }),
    postgresSettings,
  });
  const { apiUrl, adminUrl } = await stack.start();
  return {
    apiUrl,
    databaseUrl: adminUrl,
    databaseFolder: config.paths.postgres,
    async serve(other) {
      const { port } = new URL(origin.url);
      await origin.close();
      origin = await serveSample({ folder: other, port: Number(port), onRequest });
    },
    requests: () => requests,
    async run(path, body = {}) {
      const response = await fetch(apiUrl + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      const { url } = RunAccepted.parse(await response.json());
      for (;;) {
        const run = Run.parse(await (await fetch(apiUrl + url)).json());
        if (run.state === 'failed')
          throw new Error(`The run failed: ${run.error?.message ?? 'without a reason'}`);
        if (run.state === 'succeeded') return run;
        await sleep(500);
      }
    },
    settled: async () => waitForOrphans(adminUrl),
    peakMemory() {
      return peaksOf(stack.processes);
    },
    peakMemoryOfChildren(wanted) {
      const pid = stack.processes.find(({ name }) => name === wanted)?.pid ?? null;
      return Math.max(0, ...childrenOf(pid).map((child) => peakOf(child) ?? 0));
    },
    processorSeconds(wanted) {
      return processorSecondsOf(stack.processes.find(({ name }) => name === wanted)?.pid ?? null);
    },
    databaseSeconds() {
      const pid = stack.processes.find(({ name }) => name === 'postgres')?.pid ?? null;
      const seconds = childrenOf(pid).map(processorSecondsOf);
      return seconds.reduce((sum, each) => (sum === null || each === null ? null : sum + each), 0);
    },
    async stop() {
      await stack.stop();
      await origin.close();
      if (!keep) await rm(data, { recursive: true, force: true });
    },
  };
}

/** Waits until the orphans of what is published are counted. */
async function waitForOrphans(adminUrl: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  const isMissing = 'select from ingest.data_control where orphans_of is distinct from run_id';
  while ((await client.query(isMissing)).rowCount !== 0) await sleep(200);
  await client.end();
}

function peaksOf(
  processes: readonly { readonly name: string; readonly pid: number | null }[],
): Record<string, number> {
  const peaks = processes.flatMap(({ name, pid }) => {
    const peak = pid === null || name === 'supervisor' ? null : peakOf(pid);
    return peak === null ? [] : [[name, peak] as const];
  });
  return Object.fromEntries(peaks);
}

/** Peak resident memory of a process in MB, as Linux reports it. */
function peakOf(pid: number): number | null {
  try {
    const [, kilobytes] =
      /^VmHWM:\s+(\d+) kB$/mu.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kilobytes === undefined ? null : Math.round(Number(kilobytes) / 1024);
  } catch {
    return null;
  }
}

/** The child processes of one, as Linux reports them. */
function childrenOf(pid: number | null): number[] {
  try {
    const children = readFileSync(`/proc/${pid ?? 'none'}/task/${pid ?? 'none'}/children`, 'utf8');
    return children.split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** CPU seconds of a process; Linux reports them in hundredths. */
export function processorSecondsOf(pid: number | null): number | null {
  try {
    const [user, system] = readFileSync(`/proc/${pid ?? 'none'}/stat`, 'utf8')
      .replace(/^.*\) /su, '')
      .split(' ')
      .slice(11, 13);
    return (Number(user) + Number(system)) / 100;
  } catch {
    return null;
  }
}
