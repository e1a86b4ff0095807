import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestDatabase } from '@marquee/catalogue/testing';
import { roleUrl, startPostgres, type Postgres, type PostgresOptions } from '@marquee/postgres';
import { PRIMARY_SETTINGS, startReplica } from '@marquee/postgres/testing';
import { foldHosts } from '@marquee/process';
import { Pool } from 'pg';
import { inject } from 'vitest';
import { setUpRoles } from './system.ts';

const SETTINGS = { ...PRIMARY_SETTINGS, fsync: 'off', shared_buffers: '64MB' };
export const REPLICATOR_PASSWORD = 'streams';

/** A database on a primary and streaming replicas of it, each a server of its own. */
export interface Replicated {
  readonly primary: Postgres;
  readonly replicas: readonly Postgres[];
  /** For a system: its URL names all servers. */
  readonly database: TestDatabase;
  /** The setting of the API. */
  readonly readUrls: string;
  /** Runs a statement on a server, as its superuser. */
  readonly on: (server: Postgres, statement: string) => Promise<Record<string, unknown>[]>;
}

/**
 * Starts a primary whose roles are set up, and replicas that stream as the role for that.
 *
 * @param settings of PostgreSQL that differ from those of other tests
 */
export async function startReplicated(
  count: number,
  settings: Readonly<Record<string, string>> = {},
): Promise<Replicated> {
  const folder = await mkdtemp(join(inject('sharedFolder'), 'replicated-'));
  await chmod(folder, 0o755);
  await chmod(inject('sharedFolder'), 0o755);
  const options = (name: string): PostgresOptions => ({
    dataFolder: join(folder, name),
    port: 0,
    settings: { ...SETTINGS, ...settings },
  });
  const primary = await startPostgres(options('primary'));
  await setUpRoles(primary.url);
  const pools = new Map<Postgres, Pool>();
  const on: Replicated['on'] = async (server, statement) => {
    let pool = pools.get(server);
    if (pool === undefined) {
      pool = new Pool({ connectionString: server.url, max: 1 });
      pool.on('error', () => undefined);
      pools.set(server, pool);
    }
    return (await pool.query<Record<string, unknown>>(statement)).rows;
  };
  await on(primary, `alter role marquee_replicator password '${REPLICATOR_PASSWORD}'`);
  const origin = { postgres: primary, dataFolder: join(folder, 'primary') };
  const replicas: Postgres[] = [];
  for (let n = 0; n < count; n++)
    replicas.push(
      await startReplica(origin, {
        ...options(`replica-${n}`),
        as: { user: 'marquee_replicator', password: REPLICATOR_PASSWORD },
      }),
    );
  const others = replicas.map(({ port }) => `,127.0.0.1:${port}`).join('');
  const url = foldHosts(primary.url.replace(`:${primary.port}/`, `:${primary.port}${others}/`));
  const pool = new Pool({ connectionString: primary.url });
  pool.on('error', () => undefined);
  return {
    primary,
    replicas,
    readUrls: replicas.map((replica) => roleUrl(replica.url, 'api')).join(','),
    on,
    database: {
      url,
      pool,
      async remove() {
        await pool.end();
        for (const each of pools.values()) await each.end();
        for (const server of [...replicas, primary]) await server.stop('immediate');
        await rm(folder, { recursive: true, force: true });
      },
    },
  };
}
