import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { foldHosts, freePort } from '@marquee/process';
import { Client, Pool } from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { findPrimary } from './primary.ts';
import { startPostgres, type Postgres, type PostgresOptions } from './server/server.ts';
import { PRIMARY_SETTINGS, startReplica } from './testing.ts';
import { UrlClient } from './url-client.ts';

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'marquee-primary-'));
  chmodSync(folder, 0o755);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const SETTINGS = { ...PRIMARY_SETTINGS, fsync: 'off', shared_buffers: '32MB' };

async function start(
  folder: string,
  make: (options: PostgresOptions) => Promise<Postgres>,
): Promise<Postgres> {
  const server = await make({ dataFolder: join(folder, 'data'), port: 0, settings: SETTINGS });
  onTestFinished(async () => server.stop('immediate'));
  return server;
}

/** The URL of a database on several servers. */
function urlOf(...servers: Pick<Postgres, 'url' | 'port'>[]): string {
  const [first] = servers;
  if (first === undefined) throw new Error('no server');
  const others = servers.slice(1).map(({ port }) => `,127.0.0.1:${port}`);
  return foldHosts(first.url.replace(`:${first.port}/`, `:${first.port}${others.join('')}/`));
}

it(
  'follows the promotion of a replica, and leaves an old primary that has come back alone',
  { tags: ['long'] },
  async () => {
    const folder = newFolder();
    const primary = await start(folder, startPostgres);
    const origin = { postgres: primary, dataFolder: join(folder, 'data') };
    const replica = await start(newFolder(), async (options) => startReplica(origin, options));
    const url = urlOf(replica, primary);
    expect(new URL(await findPrimary(url)).port).toBe(String(primary.port));

    const pool = new Pool({ Client: UrlClient, connectionString: url, max: 2 });
    const lost: Error[] = [];
    pool.on('error', (error) => lost.push(error));
    onTestFinished(async () => pool.end());
    const port = async () =>
      (await pool.query<{ port: number }>('select inet_server_port() as port')).rows[0]?.port;
    await pool.query('create table kept (id int)');
    expect(await port()).toBe(primary.port);
    await expect
      .poll(async () => {
        const client = new Client({ connectionString: replica.url });
        await client.connect();
        const { rows } = await client.query<{ there: boolean }>(
          `select to_regclass('kept') is not null as there`,
        );
        await client.end();
        return rows;
      })
      .toEqual([{ there: true }]);

    process.kill(primary.pid, 'SIGKILL');
    await primary.ended;
    await expect(pool.query('select 1')).rejects.toThrow(
      `127.0.0.1:${replica.port}: a replica; 127.0.0.1:${primary.port}: connect ECONNREFUSED`,
    );
    const admin = new Client({ connectionString: replica.url });
    await admin.connect();
    await admin.query('select pg_promote()');
    await admin.end();
    await pool.query('insert into kept values (1)');
    expect(await port()).toBe(replica.port);

    const returned = await startPostgres({
      dataFolder: origin.dataFolder,
      port: primary.port,
      settings: SETTINGS,
    });
    onTestFinished(async () => returned.stop('immediate'));
    expect(new URL(await findPrimary(urlOf(returned, replica))).port).toBe(String(replica.port));
  },
);

it('says of each server why it is not the primary', async () => {
  const [one, two] = [await freePort(), await freePort()];
  const url = foldHosts(`postgres://ada@127.0.0.1:${one},127.0.0.1:${two}/films`);
  await expect(findPrimary(url)).rejects.toMatchObject({
    code: '57P03',
    message: expect.stringMatching(
      `^No server of the database takes writes\\. .*${one}: connect ECONNREFUSED.*${two}: connect`,
    ) as string,
  });
});
