import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { startPostgres, type Postgres, type PostgresOptions } from './server/server.ts';

/** The settings of a primary, beside those of an embedded PostgreSQL: as in docker/postgresql.conf. */
export const PRIMARY_SETTINGS = {
  wal_level: 'replica',
  max_wal_senders: '10',
  max_replication_slots: '10',
  wal_keep_size: '1GB',
  max_slot_wal_keep_size: '16GB',
  hot_standby_feedback: 'on',
  max_standby_streaming_delay: '10min',
} as const;

/** A server to make a replica of, and the folder of its data. */
interface Origin {
  readonly postgres: Pick<Postgres, 'url' | 'port'>;
  readonly dataFolder: string;
}

/** How a replica streams. */
interface ReplicaOptions extends PostgresOptions {
  /** The role that it streams as, and its password. Default: the superuser. */
  readonly as?: { readonly user: string; readonly password: string };
}

/**
 * Makes a streaming replica of a running server and starts it: npm's PostgreSQL has no
 * pg_basebackup. The files are copied between pg_backup_start and pg_backup_stop, in which the
 * primary goes on writing.
 */
export async function startReplica(
  origin: Origin,
  { as, ...options }: ReplicaOptions,
): Promise<Postgres> {
  const from = join(origin.dataFolder, 'cluster');
  const to = join(options.dataFolder, 'cluster');
  const owner = statSync(from);
  const write = (name: string, content: string) => {
    const file = join(to, name);
    writeFileSync(file, content, { mode: 0o600 });
    chownSync(file, owner.uid, owner.gid);
  };
  const makeFolder = (folder: string) => {
    mkdirSync(folder, { mode: 0o700 });
    chownSync(folder, owner.uid, owner.gid);
  };
  mkdirSync(options.dataFolder, { recursive: true, mode: 0o755 });
  const client = new Client({ connectionString: origin.postgres.url });
  await client.connect();
  try {
    await client.query(`select pg_backup_start('replica', fast => true)`);
    makeFolder(to);
    copy(from, to);
    for (const folder of ['pg_wal', 'pg_wal/archive_status', 'pg_wal/summaries'])
      makeFolder(join(to, folder));
    const { rows } = await client.query<{ label: string }>(
      'select labelfile as label from pg_backup_stop(wait_for_archive => false)',
    );
    write('backup_label', rows[0]?.label ?? '');
  } finally {
    await client.end();
  }
  write('standby.signal', '');
  copyFileSync(join(origin.dataFolder, 'password'), join(options.dataFolder, 'password'));
  const superuser = new URL(origin.postgres.url);
  const { user, password } = as ?? { user: superuser.username, password: superuser.password };
  appendFileSync(
    join(to, 'postgresql.auto.conf'),
    `primary_conninfo = 'host=127.0.0.1 port=${origin.postgres.port} user=${user} password=${password}'\n`,
  );
  return startPostgres(options);
}

/** Copies a cluster without its WAL and the files of its process; those that vanish are no loss. */
function copy(from: string, to: string): void {
  const entries = readdirSync(from).filter((name) => !/^(?:pg_wal|postmaster\..*)$/u.test(name));
  const { stderr } = spawnSync('cp', ['-a', ...entries.map((name) => join(from, name)), to], {
    encoding: 'utf8',
  });
  const faults = stderr.split('\n').filter((line) => !/^$|No such file or directory$/u.test(line));
  if (faults.length > 0) throw new Error(faults.join('\n'));
}
