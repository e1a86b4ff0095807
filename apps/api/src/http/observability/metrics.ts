import { RunQueue } from '@marquee/runs';
import type { Pool } from 'pg';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { DataSource } from 'typeorm';
import type { ServerCertificate } from '../tls/server-certificate.ts';
import type { ReadServers } from '../../database/read-servers.ts';
import type { PathMetrics } from '../../read-models/title-lists/path-metrics.ts';

/** More pending entries than this are not counted: a scrape must stay short after a big delivery. */
const MAX_COUNTED = 100_000;

const PENDING = `
  select what, count(since)::float8 as entries, extract(epoch from now() - min(since))::float8 as seconds
  from (values ('records'), ('movies')) as queues (what) left join lateral (
    (select since from sources.pending where what = 'records' limit ${MAX_COUNTED})
    union all
    (select since from movies.pending where what = 'movies' limit ${MAX_COUNTED})
  ) p on true
  group by what`;

const UNSENT = `
  select s.name, greatest((select max(id) from events.event), (select max(id) from movies.change), s.seen)::float8 - s.seen::float8 as unsent, s.tries
  from events.sink as s`;

/** Metrics for Prometheus. Those of the database and the queue are read at each scrape. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests: Histogram<'method' | 'route' | 'status'>;
  readonly #dataSource: DataSource;
  readonly #queue: RunQueue;
  readonly #servers: ReadServers;
  readonly #pools = new Map<string, Pool>();
  readonly #gauges = new Map<string, Gauge>();
  #certificate: ServerCertificate | null = null;
  #reading: Promise<string> | null = null;

  constructor(dataSource: DataSource, queue: RunQueue, paths: PathMetrics, servers: ReadServers) {
    this.#dataSource = dataSource;
    this.#queue = queue;
    this.#servers = servers;
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: 20 });
    this.#requests = new Histogram({
      name: 'marquee_http_request_duration_seconds',
      help: 'Time from the head of a request to the end of its response',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
      registers: [this.#registry],
    });
    addPathCounter(this.#registry, paths);
    addReadCounter(this.#registry, servers);
  }

  /** @param route as it was declared, such as `/titles/:tconst`: URLs would be too many labels */
  observeRequest(method: string, route: string, status: number, seconds: number): void {
    this.#requests.observe({ method, route, status }, seconds);
  }

  /** Adds a pool to the metrics of connections. */
  addPool(name: string, pool: Pool): void {
    this.#pools.set(name, pool);
  }

  /** Adds the certificate of the server. */
  setCertificate(certificate: ServerCertificate): void {
    this.#certificate = certificate;
  }

  /**
   * All metrics in Prometheus' text format; without those of the database or the queue while it
   * does not answer.
   */
  async read(): Promise<string> {
    // concurrent scrapes share one reading: each would reset the gauges of the other
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  async #read(): Promise<string> {
    for (const gauge of this.#gauges.values()) gauge.reset();
    this.#readPools();
    this.#readCertificate();
    this.#readReplicas();
    this.#set(
      'marquee_up',
      'Whether the database and the queue answered',
      { what: 'database' },
      (await succeeds(
        Promise.all([
          this.#readDatabase(),
          this.#readBackups(),
          this.#readSources(),
          this.#readSinks(),
        ]),
      ))
        ? 1
        : 0,
    );
    this.#set('marquee_up', '', { what: 'queue' }, (await succeeds(this.#readQueue())) ? 1 : 0);
    return this.#registry.metrics();
  }

  #readPools(): void {
    for (const [pool, { totalCount, idleCount, waitingCount }] of this.#pools) {
      const help = 'Connections to the database, and requests that wait for one';
      this.#set('marquee_pool', help, { pool, state: 'busy' }, totalCount - idleCount);
      this.#set('marquee_pool', help, { pool, state: 'idle' }, idleCount);
      this.#set('marquee_pool', help, { pool, state: 'waiting' }, waitingCount);
    }
  }

  #readCertificate(): void {
    if (this.#certificate === null) return;
    const { expiresAt, fault } = this.#certificate;
    this.#set(
      'marquee_certificate_expiry_timestamp_seconds',
      'When the certificate in use expires',
      {},
      expiresAt.getTime() / 1000,
    );
    this.#set(
      'marquee_certificate_refused',
      'Whether the files of the certificate hold one that cannot be used',
      {},
      fault === null ? 0 : 1,
    );
  }

  #readReplicas(): void {
    for (const replica of this.#servers.replicas) {
      const { name: server } = replica;
      const report = replica.report();
      for (const state of ['used', 'behind', 'out'])
        this.#set(
          'marquee_replica',
          'Whether a replica answers requests (used), lacks what was published (behind) or does not answer (out)',
          { server, state },
          report.state === state ? 1 : 0,
        );
      const { lagBytes, lagSeconds } = report;
      if (lagBytes !== null)
        this.#set(
          'marquee_replica_lag_bytes',
          'WAL that a replica has not replayed',
          { server },
          lagBytes,
        );
      if (lagSeconds !== null)
        this.#set(
          'marquee_replica_lag_seconds',
          'Age of the last transaction that a replica has replayed; 0 if it has all',
          { server },
          lagSeconds,
        );
    }
  }

  async #readQueue(): Promise<void> {
    for (const [queue, states] of Object.entries(await this.#queue.depths())) {
      for (const [state, jobs] of Object.entries(states))
        this.#set('marquee_queue_jobs', 'Jobs in the queue', { queue, state }, jobs);
    }
  }

  async #readDatabase(): Promise<void> {
    const runs: { kind: string; state: string; runs: number; seconds: number | null }[] =
      await this.#dataSource.query(
        `select kind, state, count(*)::float8 as runs, (array_agg(extract(epoch from ended_at - requested_at)::float8 order by id desc))[1] as seconds from ingest.run group by kind, state`,
      );
    for (const { kind, state, runs: number, seconds } of runs) {
      this.#set('marquee_runs', 'Number of runs', { kind, state }, number);
      if (seconds !== null)
        this.#set(
          'marquee_last_run_duration_seconds',
          'How long the last run took',
          { kind, state },
          seconds,
        );
    }
    const published: {
      dataset: string;
      rows: number;
      rejects: number;
      published: number | null;
      fetched: number | null;
    }[] = await this.#dataSource.query(
      `select d.dataset, d.rows::float8, d.rejects::float8, extract(epoch from now() - d.upload_date)::float8 as published, extract(epoch from now() - s.fetched_at)::float8 as fetched
       from ingest.data_control d left join ingest.snapshot s on s.id = d.snapshot_id`,
    );
    for (const { dataset, rows, rejects, published: age, fetched } of published) {
      this.#set('marquee_rows', 'Published rows', { dataset }, rows);
      this.#set(
        'marquee_rejects',
        'Lines of the published snapshot that could not be loaded',
        { dataset },
        rejects,
      );
      if (age !== null)
        this.#set('marquee_published_age_seconds', 'Time since the publish', { dataset }, age);
      if (fetched !== null)
        this.#set(
          'marquee_data_age_seconds',
          'Time since the published snapshot was downloaded',
          { dataset },
          fetched,
        );
    }
  }

  async #readBackups(): Promise<void> {
    const backups: { age: number | null; failures: number }[] =
      await this.#dataSource.query(BACKUPS);
    for (const { age, failures } of backups) {
      // without any backup nobody has asked for one
      if (age === null) return;
      this.#set(
        'marquee_backup_age_seconds',
        'Age of the state in the newest backup',
        { what: 'state' },
        age,
      );
      this.#set(
        'marquee_backup_failures',
        'Failed backups since the last good one',
        { what: 'state' },
        failures,
      );
    }
  }

  async #readSources(): Promise<void> {
    const pending: { what: string; entries: number; seconds: number | null }[] =
      await this.#dataSource.query(PENDING);
    for (const { what, entries, seconds } of pending) {
      const help = `Records to be matched, and movies to be merged, up to ${MAX_COUNTED}`;
      this.#set('marquee_sources_pending', help, { what }, entries);
      this.#set(
        'marquee_sources_pending_age_seconds',
        'How long the oldest of them has waited',
        { what },
        seconds ?? 0,
      );
    }
    const deliveries: { source: string; state: string; deliveries: number }[] =
      await this.#dataSource.query(
        `select source, state, count(*)::float8 as deliveries from sources.delivery group by source, state`,
      );
    for (const { source, state, deliveries: number } of deliveries)
      this.#set('marquee_deliveries', 'Files delivered to sources', { source, state }, number);
  }

  async #readSinks(): Promise<void> {
    const sinks: { name: string; unsent: number; tries: number }[] =
      await this.#dataSource.query(UNSENT);
    for (const { name: sink, unsent, tries } of sinks) {
      const help = 'Events after the last one that a queue or topic has, at most';
      this.#set('marquee_events_unsent', help, { sink }, unsent);
      this.#set(
        'marquee_event_sink_failures',
        'Failed attempts to send since the last success',
        { sink },
        tries,
      );
    }
  }

  #set(name: string, help: string, labels: Readonly<Record<string, string>>, value: number): void {
    const gauge =
      this.#gauges.get(name) ??
      new Gauge({ name, help, labelNames: Object.keys(labels), registers: [this.#registry] });
    this.#gauges.set(name, gauge);
    gauge.set({ ...labels }, value);
  }
}

/** Before the first good backup, its age is that of the first attempt. The list has some rows a day. */
const BACKUPS = `
  select extract(epoch from now() - coalesce(good.at, first.at))::float8 as age,
    (select count(*)::float8 from ingest.backup where state = 'failed' and started_at > coalesce(good.at, '-infinity')) as failures
  from (select max(started_at) as at from ingest.backup where state in ('done', 'removed')) as good,
    (select min(started_at) as at from ingest.backup) as first`;

/** How the pages of titles are read. */
function addPathCounter(registry: Registry, paths: PathMetrics): void {
  new Counter({
    name: 'marquee_title_list_reads_total',
    help: 'Reads of pages of titles, by access path',
    labelNames: ['path'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [path, count] of paths.entries()) this.inc({ path }, count);
    },
  });
}

/** How many reads each server of the database has been sent. */
function addReadCounter(registry: Registry, servers: ReadServers): void {
  new Counter({
    name: 'marquee_database_reads_total',
    help: 'Reads of requests, by server: the primary, or a replica',
    labelNames: ['server'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [server, count] of servers.reads) this.inc({ server }, count);
    },
  });
}

async function succeeds(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}
