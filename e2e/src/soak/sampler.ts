import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pool } from 'pg';

/** Measurements by name, such as `loader MB`. */
export type Sample = Readonly<Record<string, number>>;

/** A process, as the supervisor names it. */
interface NamedProcess {
  readonly name: string;
  readonly pid: number | null;
}

const MB = 1024 * 1024;

/** Measures a stack: processes, connections, disk, tables and queue. */
export async function takeSample(
  pool: Pool,
  data: string,
  processes: readonly NamedProcess[],
): Promise<Sample> {
  const { rows } = await pool.query<Sample>(DATABASE);
  return { ...ofProcesses(processes), ...rows[0], ...onDisk(data) };
}

const DATABASE = `
  select
    (select count(*) from pg_stat_activity where backend_type = 'client backend')::float8 as connections,
    sum(pg_total_relation_size(relid)) filter (where schemaname in ('imdb', 'search', 'movies', 'bullmq') and relname not in ('redirect'))::float8 / ${MB} as "tables MB",
    sum(pg_total_relation_size(relid)) filter (where schemaname in ('access', 'ingest', 'sources', 'events'))::float8 / ${MB} as "history MB",
    sum(n_dead_tup)::float8 as "dead tuples",
    (select count(*) from bullmq.job where state in ('waiting', 'active', 'delayed', 'waiting-children'))::float8 as "open jobs",
    (select count(*) from bullmq.job)::float8 as jobs,
    (select count(*) from pg_inherits where inhparent = 'ingest.change'::regclass)::float8 as partitions,
    (select count(*) from movies.change)::float8 as "movie changes"
  from pg_stat_user_tables`;

function ofProcesses(processes: readonly NamedProcess[]): Record<string, number> {
  const sample: Record<string, number> = {};
  for (const { name, pid } of processes) {
    if (pid === null || name === 'supervisor') continue;
    if (name === 'postgres') {
      // the private memory of a process, of which each connection has one: all show the shared one as theirs
      const kilobytes = childrenOf(pid).map((child) => memoryOf(child, 'RssAnon'));
      sample['postgres MB'] = sum(kilobytes) / Math.max(kilobytes.length, 1) / 1024;
    } else {
      sample[`${name} MB`] = memoryOf(pid, 'VmRSS') / 1024;
      sample[`${name} files`] = readdirSync(`/proc/${pid}/fd`).length;
    }
  }
  return sample;
}

function memoryOf(pid: number, field: string): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'mu').exec(status)?.[1] ?? 0);
  } catch {
    // it has ended meanwhile
    return 0;
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .split(' ')
      .filter(Boolean)
      .map(Number);
  } catch {
    return [];
  }
}

function onDisk(data: string): Record<string, number> {
  const snapshots = join(data, 'snapshots');
  const files = readdirSync(snapshots, { recursive: true, encoding: 'utf8' });
  return {
    'snapshots MB': megabytesOf(snapshots) - megabytesOf(join(snapshots, 'deliveries')),
    'backup files': readdirSync(join(data, 'backups')).length,
    'temporary files': files.filter((path) => /(?:^|\/)\.incoming\/.*\w/u.test(path)).length,
    'log MB': megabytesOf(join(data, 'log')),
  };
}

function megabytesOf(folder: string): number {
  try {
    const used = execFileSync('du', ['-sk', folder], { encoding: 'utf8', stdio: 'pipe' });
    return Number(used.split('\t')[0]) / 1024;
  } catch {
    return 0;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
