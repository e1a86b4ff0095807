import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readAdminUrl } from '@marquee/postgres';
import { freePort } from '@marquee/process';
import { generateSources, serveSample } from '@marquee/sample';
import { Pool } from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { expectAllPublished } from './expect-published.ts';
import { SAMPLE_SEED, useDays } from './sample-days.ts';
import { UNMERGED } from './unmerged.ts';

const ROOT = join(import.meta.dirname, '../..');

const days = useDays({ titles: 1000, days: 2 });

/** The tables of the state, but those that describe the catalogue, and work that goes on. */
const STATE = `
  select c.oid::regclass::text as name from pg_class c
  where c.relkind = 'r' and c.relnamespace = any (array['access', 'events', 'ingest', 'movies', 'sources']::regnamespace[])
    and c.oid <> all (array['events.progress', 'ingest.backup', 'ingest.data_control', 'ingest.hand_write', 'ingest.migration',
      'ingest.staged', 'movies.picture_size', 'movies.progress', 'sources.pending', 'movies.pending']::regclass[])
  order by 1`;

/** Tables that get rows by a restore, and by the load that follows. */
const ADDED_TO =
  /^(?:access\.(?:audit|webhook_delivery)|events\.event|ingest\.(?:run|run_step|publication))$/u;

type State = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Columns that the load after a restore may change: how far webhooks are, from which load values of
 * movies are, and the scores of matches, which votes are part of.
 */
const AFTER_LOAD: Readonly<Record<string, readonly string[]>> = {
  'access.webhook': ['seen_id', 'seen_event', 'seen_movie_change'],
  'movies.movie': ['provenance'],
  'sources.match_count': ['counted_at'],
  'sources.match': ['parts', 'score', 'candidates', 'matched_at'],
};

/** The rows of the state, by table. */
async function stateOf(pool: Pool): Promise<State> {
  const { rows } = await pool.query<{ name: string }>(STATE);
  const state = new Map<string, ReadonlySet<string>>();
  for (const { name } of rows) {
    const table = await pool.query<{ row: string }>(
      `select (to_jsonb(t) - $1::text[])::text as row from ${name} t`,
      [AFTER_LOAD[name] ?? []],
    );
    state.set(name, new Set(table.rows.map(({ row }) => row)));
  }
  return state;
}

/** The tables that differ, each with a row. */
function differencesOf(before: State, after: State): string[] {
  return [...before].flatMap(([table, rows]) => {
    const found = after.get(table) ?? new Set();
    const [missing] = [...rows].filter((row) => !found.has(row));
    const [added] = ADDED_TO.test(table) ? [] : [...found].filter((row) => !rows.has(row));
    return missing === undefined && added === undefined
      ? []
      : [`${table}: missing ${missing?.slice(0, 400)}; added ${added?.slice(0, 400)}`];
  });
}

/** The value of a field of an answer, but those that requests and the load after a restore change. */
function withoutUse(field: string, value: unknown): unknown {
  return field === 'lastUsedAt' || field === 'updatedAt' ? undefined : value;
}

/** The stack of a data folder, driven by its commands. */
class Rehearsal {
  readonly folder: string;
  readonly #env: NodeJS.ProcessEnv;
  #key = '';

  constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.folder = folder;
    this.#env = { ...process.env, ...env, DATA_DIR: this.data, CHOSEN: 'embedded' };
  }

  get data(): string {
    return join(this.folder, 'data');
  }

  /** Runs a command. @returns what it says */
  async run(...command: string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      execFile(
        process.execPath,
        ['apps/embedded/dist/main.js', ...command],
        { cwd: ROOT, env: this.#env, maxBuffer: 1e8 },
        (error, stdout, stderr) => {
          if (error === null) resolve(stdout + stderr);
          else reject(new Error(`${command.join(' ')}: ${stdout}${stderr}`));
        },
      );
    });
  }

  async makeKey(): Promise<void> {
    [this.#key = ''] =
      /mq_[\w-]+/u.exec(await this.run('key', '--role', 'admin', '--name', 'ada')) ?? [];
  }

  /** Sends a request with the key. @returns the body */
  async ask(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`http://127.0.0.1:${this.#env['API_PORT'] ?? ''}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#key}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    // a machine that is busy with other tests
    if (response.status === 503) {
      await sleep(500);
      return this.ask(method, path, body);
    }
    expect(response.ok, `${method} ${path}: ${JSON.stringify(answer)}`).toBe(true);
    return answer;
  }

  /** Does something with the database, as its superuser. */
  async withDatabase<T>(work: (pool: Pool) => Promise<T>): Promise<T> {
    const port = Number(this.#env['POSTGRES_PORT']);
    const connectionString = readAdminUrl(join(this.data, 'postgres'), port);
    const pool = new Pool({ connectionString });
    try {
      return await work(pool);
    } finally {
      await pool.end();
    }
  }

  /** Waits until everything is loaded, matched and merged. */
  async settled(): Promise<void> {
    const isDone = async (pool: Pool) =>
      (
        await pool.query(
          `select from ingest.run where state = 'running' union all select from ingest.data_control where status <> 'published'
           union all select from ingest.publication where id > coalesce((select max(p.id) from ingest.publication p join movies.progress using (run_id)), 0)`,
        )
      ).rowCount === 0 && (await pool.query(UNMERGED, [4])).rowCount === 0;
    await expect
      .poll(async () => this.withDatabase(isDone), { timeout: 180_000, interval: 250 })
      .toBe(true);
  }
}

it(
  'a stack that is destroyed is restored: state, answers, keys, and the catalogue by itself',
  { tags: ['long'], timeout: 480_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'marquee-rehearsal-'));
    // as root, PostgreSQL runs as another user, who needs access
    await chmod(folder, 0o755);
    await generateSources({
      sample: days.day(0),
      seed: SAMPLE_SEED,
      folder: join(folder, 'sources'),
    });
    let origin = await serveSample({ folder: days.day(0), port: 0 });
    const stack = new Rehearsal(folder, {
      API_PORT: String(await freePort()),
      GRPC_PORT: '0',
      POSTGRES_PORT: String(await freePort()),
      BACKUP_DIR: join(folder, 'elsewhere'),
      SOURCES_DIR: join(folder, 'sources'),
      DATASETS_URL: `${origin.url}/`,
      JOB_LOCK_SECONDS: '3',
      SOURCES_CHECK_SECONDS: '1',
      WEBHOOKS_PRIVATE: 'true',
    });
    onTestFinished(async () => {
      await stack.run('down').catch(() => undefined);
      await origin.close();
      await rm(folder, { recursive: true, force: true });
    });
    await stack.run('up');
    await stack.makeKey();
    await stack.run('update');
    const { port } = new URL(origin.url);
    await origin.close();
    origin = await serveSample({ folder: days.day(1), port: Number(port) });
    await stack.run('update', '--force');
    await stack.settled();
    const [doubtful, film] = await stack.withDatabase(async (pool) => {
      const { rows } = await pool.query<{ source: string; record: string }>(
        `select source, record_id as record from sources.match where state = 'unmatched' order by 1, 2 limit 1`,
      );
      const films = await pool.query<{ id: string }>(
        `select id from movies.movie where id like 'tt%' order by votes desc, id limit 1`,
      );
      return [rows[0], films.rows[0]?.id ?? ''] as const;
    });
    await stack.ask('POST', '/matches/decisions', {
      source: doubtful?.source,
      record: doubtful?.record,
      kind: 'same',
      movie: film,
    });
    await stack.ask('PUT', `/movies/${film}/locks/tagline`, { value: 'Ours.' });
    await stack.ask('POST', '/webhooks', { url: `${origin.url}/hook` });
    await stack.ask('POST', '/keys', { name: 'the website', role: 'reader' });
    await stack.settled();
    const routes = [
      '/titles?limit=20',
      `/titles/${film}`,
      '/search?q=the',
      '/names?limit=20',
      `/movies/${film}`,
      `/movies/${film}/changes`,
      '/movies?limit=50',
      '/sources',
      '/deliveries',
      '/matches/decisions',
      '/rules',
      '/keys',
    ];
    const answers = async () => {
      const bodies: Record<string, unknown> = {};
      for (const path of routes)
        bodies[path] = JSON.stringify(await stack.ask('GET', path), withoutUse);
      return bodies;
    };
    const answered = await answers();
    const before = await stack.withDatabase(stateOf);

    const backedUpAt = performance.now();
    const said = await stack.run('backup', '--snapshots');
    const backupSeconds = (performance.now() - backedUpAt) / 1000;
    expect(said).toContain('elsewhere/backups/marquee-');
    expect(await stack.run('verify-backup')).toContain('is complete');
    await stack.ask('POST', '/keys', { name: 'lost', role: 'reader' });
    await stack.run('down');
    const lostSeconds = (performance.now() - backedUpAt) / 1000;
    await rm(stack.data, { recursive: true });

    const began = performance.now();
    expect(await stack.run('restore', '--id=newest')).toContain('The loader will load');
    const restoredSeconds = (performance.now() - began) / 1000;
    await stack.run('up');
    await stack.settled();
    await stack.run('wait-until-ready');
    const recoveredSeconds = (performance.now() - began) / 1000;
    await stack.withDatabase(async (pool) => {
      expect(differencesOf(before, await stateOf(pool))).toEqual([]);
      await expectAllPublished(pool, days.day(1));
    });
    // the key made before still opens the API
    expect(await answers()).toEqual(answered);
    console.log(
      `backup ${backupSeconds.toFixed(1)} s; lost: what was written in the ${lostSeconds.toFixed(1)} s since its start (RPO); restore ${restoredSeconds.toFixed(1)} s; all loaded, matched and ready after ${recoveredSeconds.toFixed(1)} s (RTO)`,
    );
  },
);
