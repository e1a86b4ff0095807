import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PRIMARY_SETTINGS, startReplica } from '@marquee/postgres/testing';
import { Client } from 'pg';
import { readNumbers } from './arguments.ts';
import { BENCH_FOLDER } from './folders.ts';
import { loadSeconds, runSeconds } from './runs.ts';
import { sampleFolder } from './sample-folder.ts';
import { startBenchStack, type BenchStack } from './stack.ts';

/**
 * `npm run bench:replicas -- --titles N`: measures a full load, the derived tables and a refresh with
 * a minimal WAL, with a WAL for replicas, and with a replica that streams it; the bytes of WAL, and
 * how far the replica falls behind. The replica is on the same machine and disk.
 */

const { titles } = readNumbers({ titles: 300_000 });

/** How often the lag is measured. */
const LAG_EVERY_MS = 100;

const days = [await sampleFolder(titles, 0), await sampleFolder(titles, 1)] as const;
console.log(
  `${''.padEnd(22)}     load   search  refresh   WAL of load  WAL of refresh  lag at most, at the end`,
);
await measure('minimal', {}, false);
await measure('replica', PRIMARY_SETTINGS, false);
await measure('replica, and a standby', PRIMARY_SETTINGS, true);

async function measure(
  name: string,
  postgresSettings: Readonly<Record<string, string>>,
  hasStandby: boolean,
): Promise<void> {
  const stack = await startBenchStack(days[0], { folder: 'stack-replicas', postgresSettings });
  const client = new Client({ connectionString: stack.databaseUrl });
  await client.connect();
  const standby = hasStandby ? await startStandby(stack) : null;
  try {
    await stack.run('/run-downloader');
    const before = await walPosition(client);
    const lag = measureLag(client, hasStandby);
    const load = await stack.run('/run-loader');
    const loaded = await walPosition(client);
    const [most, atEnd] = await lag.end();
    await stack.settled();
    await stack.serve(days[1]);
    const beforeRefresh = await walPosition(client);
    const refresh = await stack.run('/updatedata', { force: true });
    const seconds = [loadSeconds(load), runSeconds(load) - loadSeconds(load), runSeconds(refresh)];
    console.log(
      `${name.padEnd(22)}${seconds.map((each) => `${each.toFixed(1)} s`.padStart(9)).join('')}${megabytes(loaded - before)}${megabytes((await walPosition(client)) - beforeRefresh)}  ${hasStandby ? `${most.toFixed(1)} s, ${atEnd.toFixed(1)} s` : ''}`,
    );
  } finally {
    await client.end();
    await standby?.stop();
    await stack.stop();
  }
}

async function startStandby(stack: BenchStack): Promise<{ stop(): Promise<void> }> {
  const dataFolder = join(BENCH_FOLDER, 'standby');
  await rm(dataFolder, { recursive: true, force: true });
  const port = Number(new URL(stack.databaseUrl).port);
  const server = await startReplica(
    { postgres: { url: stack.databaseUrl, port }, dataFolder: stack.databaseFolder },
    { dataFolder, port: 0, settings: PRIMARY_SETTINGS },
  );
  return {
    async stop() {
      await server.stop('immediate');
      await rm(dataFolder, { recursive: true, force: true });
    },
  };
}

/** How far the primary has written its WAL, in bytes. */
async function walPosition(client: Client): Promise<number> {
  const { rows } = await client.query<{ bytes: number }>(
    `select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 as bytes`,
  );
  return rows[0]?.bytes ?? NaN;
}

/**
 * Measures how long ago the primary wrote what the standby replays, until it is ended.
 *
 * @returns the most, and that at the end, in seconds
 */
function measureLag(client: Client, isOn: boolean): { end(): Promise<[number, number]> } {
  let [most, last, isEnded] = [0, 0, !isOn];
  const measuring = (async () => {
    while (!isEnded) {
      const { rows } = await client.query<{ seconds: number | null }>(
        'select extract(epoch from replay_lag)::float8 as seconds from pg_stat_replication',
      );
      last = rows[0]?.seconds ?? 0;
      most = Math.max(most, last);
      await sleep(LAG_EVERY_MS);
    }
  })();
  return {
    async end() {
      isEnded = true;
      await measuring;
      return [most, last];
    },
  };
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`.padStart(14);
}
