import { copyFile, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lacks } from '@marquee/process/testing';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Authority, type Certificate } from './certificates.ts';
import { RULES, startPrometheus, type Prometheus } from './prometheus-server.ts';
import { useDays } from './sample-days.ts';
import { startSystem, useSharedSystem } from './system.ts';
import { CREDENTIALS, TestQueues } from './test-queues.ts';

const days = useDays({ titles: 1000, days: 1 });
let isRefusing = false;
const queues = await TestQueues.start(() => {
  if (isRefusing) throw new Error('refused, as the test wants');
});
const sink = await queues.createQueue('marquee.fifo');
beforeAll(() => {
  for (const [name, value] of Object.entries(CREDENTIALS)) vi.stubEnv(name, value);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await queues.stop();
});
const system = useSharedSystem(() => ({
  published: days,
  sources: true,
  // the cache answers whatever happens to the database
  api: { API_CACHE_MB: '0', EVENTS_SINKS: sink, EVENTS_AWS_ENDPOINT: queues.endpoint },
}));

/** Heals what was struck. */
type Heal = () => Promise<unknown>;

/** Repeats work until it is healed. */
function keep(work: () => Promise<unknown>): Heal {
  const healed = new AbortController();
  const done = (async () => {
    while (!healed.signal.aborted) await work();
  })();
  return async () => {
    healed.abort();
    await done;
  };
}

/** Locks what lists of titles are read from. @param ms for how long; until it is healed by default */
async function lockTitles(ms?: number): Promise<Heal> {
  const holder = await system.database.pool.connect();
  await holder.query('begin; lock table search.title, imdb.title_ratings in access exclusive mode');
  const heal = async () => {
    await holder.query('rollback');
    holder.release();
  };
  if (ms === undefined) return heal;
  await sleep(ms);
  await heal();
  return async () => Promise.resolve();
}

async function allowConnections(allowed: boolean): Promise<void> {
  const admin = await system.database.pool.connect();
  await admin.query(
    'update pg_database set datallowconn = $1::boolean where datname = current_database()',
    [allowed],
  );
  if (!allowed)
    await admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name like 'marquee api%'`,
    );
  admin.release();
}

const readTitles = async () => system.ask('GET', '/titles?limit=3');

/** What makes each alert fire: a real fault wherever a test can cause it within seconds. */
const STRIKES: readonly { alerts: readonly string[]; strike: () => Promise<Heal> }[] = [
  {
    alerts: ['MarqueeErrorsFast', 'MarqueeErrorsSlow'],
    strike: async () => lockTitles(),
  },
  {
    alerts: ['MarqueePoolFull'],
    async strike() {
      const unlock = await lockTitles();
      const crowds = Array.from({ length: 60 }, () => keep(readTitles));
      return async () => {
        await unlock();
        await Promise.all(crowds.map(async (heal) => heal()));
      };
    },
  },
  {
    alerts: ['MarqueeSlowFast', 'MarqueeSlowSlow'],
    strike: async () => Promise.resolve(keep(async () => lockTitles(300))),
  },
  {
    alerts: ['MarqueeLoopBlocked'],
    async strike() {
      const block = setInterval(() => {
        const end = performance.now() + 400;
        while (performance.now() < end);
      }, 450);
      return Promise.resolve(async () => {
        clearInterval(block);
        return Promise.resolve();
      });
    },
  },
  {
    alerts: ['MarqueeDataOld', 'MarqueeDataVeryOld'],
    async strike() {
      const move = async (by: string) =>
        system.query('update ingest.snapshot set fetched_at = fetched_at + $1::interval', [by]);
      await move('-5 days');
      return async () => move('5 days');
    },
  },
  {
    alerts: ['MarqueeDown', 'MarqueeAllDown'],
    async strike() {
      await system.stopApi();
      return async () => system.startApi();
    },
  },
  {
    alerts: ['MarqueeUnreachable'],
    async strike() {
      await allowConnections(false);
      return async () => allowConnections(true);
    },
  },
  {
    alerts: ['MarqueeRunFailed'],
    async strike() {
      await system.serve(await mkdtemp(join(tmpdir(), 'no-files-')));
      const { state } = await system.run('/run-downloader');
      expect(state).toBe('failed');
      return async () => system.serve(days.day(0));
    },
  },
  {
    alerts: ['MarqueeJobsWait'],
    async strike() {
      await system.stopWorkers();
      const run = await system.start('/run-downloader');
      return async () => {
        await system.startWorkers();
        await system.ended(run);
      };
    },
  },
  {
    alerts: ['MarqueeSourcesBehind'],
    async strike() {
      await system.stopWorkers();
      await system.query(
        `insert into movies.pending (movie, cause, since) values ('tt9', '{}', now() - interval '2 hours')`,
      );
      return async () => {
        await system.query(`delete from movies.pending where movie = 'tt9'`);
        await system.startWorkers();
      };
    },
  },
  {
    alerts: ['MarqueeEventsUnsent'],
    async strike() {
      isRefusing = true;
      await system.query(
        `insert into movies.change (movie, version, after, cause) values ('tt9', 1, '{"title": "The Comet", "year": 1999, "version": 1}', '{}')`,
      );
      return async () => {
        isRefusing = false;
        return Promise.resolve();
      };
    },
  },
  {
    alerts: ['MarqueeBackupOld', 'MarqueeBackupFailed'],
    async strike() {
      await system.query(
        `insert into ingest.backup (id, state, requested_by, started_at)
         values ('1', 'done', 'schedule', now() - interval '3 days'), ('2', 'failed', 'schedule', now())`,
      );
      return async () => system.query('delete from ingest.backup');
    },
  },
  {
    alerts: ['MarqueeRejects'],
    async strike() {
      const rejects = async (divisor: number) =>
        system.query(
          `update ingest.data_control set rejects = rows / $1::int8 where dataset = 'title.basics'`,
          [divisor],
        );
      await rejects(100);
      return async () => rejects(1e9);
    },
  },
];

/** Those of a certificate, which has a server of its own. */
const OF_CERTIFICATES = ['MarqueeCertificateExpires', 'MarqueeCertificateRefused'];

/** The rules with windows and pauses of seconds. */
function quick(rules: string): string {
  return rules
    .replaceAll('interval: 30s', 'interval: 1s')
    .replaceAll(/for: \d+[mh]/gu, 'for: 1s')
    .replaceAll(/\[(?:5m|30m|1h|6h)\]/gu, '[5s]')
    .replaceAll('offset 1h', 'offset 10s');
}

describe('alerts of a real Prometheus', { tags: ['long'], timeout: 600_000 }, () => {
  it('are all struck here', async () => {
    const rules = await readFile(RULES, 'utf8');
    const names = [...rules.matchAll(/- alert: (\w+)/gu)].map(([, name = '']) => name);
    const struck = STRIKES.flatMap(({ alerts }) => alerts);
    expect([...struck, ...OF_CERTIFICATES].sort()).toEqual(names.sort());
  });

  it('fire at their faults, and end with them', { skip: lacks('prometheus') }, async () => {
    const prometheus = await startPrometheus(system.apiUrl, quick);
    // ratios need requests
    const requests = setInterval(() => {
      void readTitles().catch(() => undefined);
    }, 100);
    onTestFinished(() => {
      clearInterval(requests);
    });
    await expect.poll(async () => prometheus.valueOf('marquee:data_age:seconds')).toBeDefined();
    for (const { alerts, strike } of STRIKES) {
      await expectFiring(prometheus, alerts, false);
      const heal = await strike();
      await expectFiring(prometheus, alerts, true).finally(heal);
      await expectFiring(prometheus, alerts, false);
    }
  });

  it('fire at a certificate, and end with a new one', { skip: lacks('prometheus') }, async () => {
    const authority = new Authority();
    const short = authority.issue('short', ['IP:127.0.0.1'], 5);
    const long = authority.issue('long', ['IP:127.0.0.1'], 90);
    const folder = await mkdtemp(join(tmpdir(), 'certificate-'));
    const [cert, key] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
    const install = async (files: Certificate) => {
      await copyFile(files.cert, cert);
      await copyFile(files.key, key);
    };
    await install(short);
    const server = await startSystem({
      workers: false,
      timings: { certificateMs: 100 },
      api: { TLS_CERT_FILE: cert, TLS_KEY_FILE: key },
    });
    onTestFinished(async () => server.stop());
    const url = server.apiUrl.replace('http:', 'https:');
    const prometheus = await startPrometheus(url, quick, authority.cert);
    await expectFiring(prometheus, ['MarqueeCertificateExpires'], true);
    await install({ cert: long.cert, key: short.key });
    await expectFiring(prometheus, ['MarqueeCertificateRefused'], true);
    await install(long);
    await expectFiring(prometheus, OF_CERTIFICATES, false);
  });
});

/** Waits until these alerts fire, or end. */
async function expectFiring(
  prometheus: Prometheus,
  alerts: readonly string[],
  expected: boolean,
): Promise<void> {
  await expect
    .poll(
      async () => {
        const firing = await prometheus.firing();
        return alerts.filter((alert) => firing.has(alert) === expected);
      },
      { timeout: 60_000, interval: 250 },
    )
    .toEqual(alerts);
}
