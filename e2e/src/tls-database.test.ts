import { chown, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createPool, migrate } from '@marquee/catalogue';
import { createTestDatabase, type TestDatabase } from '@marquee/catalogue/testing';
import { roleUrl } from '@marquee/postgres';
import { tlsHint } from '@marquee/process';
import { lacks } from '@marquee/process/testing';
import { RunQueue } from '@marquee/runs';
import type { Pool } from 'pg';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Authority, type Certificate } from './certificates.ts';
import { startRedis } from './redis.ts';
import { useDays } from './sample-days.ts';
import { setUpRoles, startSystem } from './system.ts';

const days = useDays({ titles: 1000, days: 2 });
let authority: Authority;
let server: Certificate;
let client: Certificate;

beforeAll(() => {
  authority = new Authority();
  server = authority.issue('server', ['IP:127.0.0.1']);
  client = authority.issue('client', []);
});

function withParameters(url: string, parameters: Readonly<Record<string, string>>): string {
  const full = new URL(url);
  for (const [name, value] of Object.entries(parameters)) full.searchParams.set(name, value);
  return full.href;
}

/** Parameters that verify the server. */
function verifying({ cert }: Pick<Certificate, 'cert'>): Readonly<Record<string, string>> {
  return { sslmode: 'verify-full', sslrootcert: cert };
}

const SETTINGS = ['ssl', 'ssl_cert_file', 'ssl_key_file', 'ssl_ca_file'];

/**
 * Turns TLS on in the PostgreSQL that all tests share until the end of the test. It goes on to take
 * other connections too.
 */
async function turnOnTls(pool: Pool, { cert, key }: Certificate): Promise<void> {
  const folder = await setting(pool, 'data_directory');
  await write(folder, 'test.crt', await readFile(cert, 'utf8'));
  await write(folder, 'test.key', await readFile(key, 'utf8'));
  await write(folder, 'test-ca.crt', await readFile(authority.cert, 'utf8'));
  const values = [`'on'`, `'test.crt'`, `'test.key'`, `'test-ca.crt'`];
  for (const [i, name] of SETTINGS.entries())
    await pool.query(`alter system set ${name} = ${values[i] ?? ''}`);
  await reload(pool);
  onTestFinished(async () => {
    for (const name of SETTINGS) await pool.query(`alter system reset ${name}`);
    await reload(pool);
  });
}

/** Takes no connections of processes to a database until the end of the test, but these. */
async function allowOnly(kind: string, { url, pool }: Pick<TestDatabase, 'url' | 'pool'>) {
  const [folder, file] = await Promise.all([
    setting(pool, 'data_directory'),
    setting(pool, 'hba_file'),
  ]);
  const before = await readFile(file, 'utf8');
  const to = `${new URL(url).pathname.slice(1)} /^marquee_`;
  await write(folder, 'pg_hba.conf', `${kind.replace('DATABASE', to)}\n${before}`);
  await reload(pool);
  onTestFinished(async () => {
    await write(folder, 'pg_hba.conf', before);
    await reload(pool);
  });
}

const ENCRYPTED = 'hostnossl DATABASE all reject';
const WITH_CERTIFICATE = 'hostssl DATABASE all scram-sha-256 clientcert=verify-ca';

/** Writes a file of PostgreSQL's own account. */
async function write(folder: string, name: string, text: string): Promise<void> {
  const { uid, gid } = await stat(folder);
  const file = join(folder, name);
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await chown(`${file}.new`, uid, gid);
  await rename(`${file}.new`, file);
}

async function setting(pool: Pool, name: string): Promise<string> {
  const { rows } = await pool.query<{ value: string }>('select current_setting($1) as value', [
    name,
  ]);
  return rows[0]?.value ?? '';
}

async function reload(pool: Pool): Promise<void> {
  const loaded = async () =>
    (await pool.query<{ at: Date }>('select pg_conf_load_time() as at')).rows[0]?.at;
  const before = await loaded();
  await pool.query('select pg_reload_conf()');
  await expect.poll(loaded).not.toEqual(before);
}

/** The error of a connection, with what to do about it; none if it works. */
async function faultOf(url: string): Promise<string> {
  const pool = createPool(url, 'a test', () => undefined);
  try {
    await pool.query('select 1');
    return 'none';
  } catch (error) {
    return `${(error as Error).message}: ${tlsHint(error) ?? ''}`;
  } finally {
    await pool.end();
  }
}

describe('PostgreSQL over TLS', () => {
  it('takes the right certificates, and refuses wrong ones with what to do', async () => {
    const database = await createTestDatabase();
    onTestFinished(async () => database.remove());
    await setUpRoles(database.url);
    await turnOnTls(database.pool, server);
    await allowOnly(ENCRYPTED, database);
    const url = roleUrl(database.url, 'api');
    const verified = withParameters(url, verifying(authority));
    expect(await faultOf(verified)).toBe('none');
    await migrate(verified);
    expect(await faultOf(url)).toMatch(/no encryption.*Add sslmode=verify-full/u);
    expect(await faultOf(withParameters(url, verifying(new Authority())))).toMatch(
      /self-signed certificate.*sslrootcert=<file>/u,
    );
    expect(await faultOf(verified.replace('127.0.0.1', 'localhost'))).toMatch(
      /altnames.*certificate is for other names/u,
    );
    await allowOnly(WITH_CERTIFICATE, database);
    expect(await faultOf(verified)).toMatch(/certificate.*sslcert=<file>&sslkey=<file>/u);
    const { cert: sslcert, key: sslkey } = client;
    expect(await faultOf(withParameters(verified, { sslcert, sslkey }))).toBe('none');
    await turnOnTls(database.pool, authority.issue('old', ['IP:127.0.0.1'], -1));
    expect(await faultOf(verified)).toMatch(/expired.*Renew/u);
  });

  it('carries every connection of every process', { tags: ['long'] }, async () => {
    const database = await createTestDatabase();
    const { pool } = database;
    onTestFinished(async () => database.remove());
    await turnOnTls(pool, server);
    const system = await startSystem({
      published: days,
      roles: true,
      sources: true,
      databaseParameters: verifying(authority),
    });
    onTestFinished(async () => system.stop());
    // nothing has connected without until now, and nothing can from now on
    await system.stopApi();
    await system.stopWorkers();
    await allowOnly(ENCRYPTED, system.database);
    await system.startWorkers();
    await system.startApi();
    await system.update(days.day(1));
    await system.tidied();
    const open = await system.query(
      `select distinct s.ssl, s.version, a.usename from pg_stat_ssl s join pg_stat_activity a using (pid)
       where a.datname = current_database() and a.usename like 'marquee\\_%' order by a.usename`,
    );
    expect(open.map(({ usename }) => usename)).toEqual([
      'marquee_aggregator',
      'marquee_api',
      'marquee_downloader',
      'marquee_extractor',
      'marquee_loader',
    ]);
    expect(open.every(({ ssl, version }) => ssl === true && version === 'TLSv1.3')).toBe(true);
  });
});

describe('Redis over TLS', { skip: lacks('redis'), tags: ['long'] }, () => {
  it('carries runs, and refuses wrong certificates with what to do', async () => {
    const redis = await startRedis({ ...server, ca: authority.cert, wantsClients: true });
    onTestFinished(async () => redis.stop());
    const files = { sslrootcert: authority.cert, sslcert: client.cert, sslkey: client.key };
    const queueUrl = withParameters(redis.url, files);
    const system = await startSystem({ published: days, queueUrl });
    onTestFinished(async () => system.stop());
    await system.update(days.day(1));
    const fault = async (url: string): Promise<string> => {
      const faults: Error[] = [];
      const queue = new RunQueue(url, (error) => faults.push(error));
      await expect.poll(() => faults.length).toBeGreaterThan(0);
      await queue.close().catch(() => undefined);
      return faults.map((error) => `${error.message}: ${tlsHint(error) ?? ''}`).join('\n');
    };
    const wrong = withParameters(queueUrl, { sslrootcert: new Authority().cert });
    expect(await fault(wrong)).toMatch(/self-signed certificate.*sslrootcert=<file>/u);
    expect(await fault(queueUrl.replace('127.0.0.1', 'localhost'))).toMatch(
      /certificate is for other names/u,
    );
    expect(await fault(withParameters(redis.url, { sslrootcert: authority.cert }))).toMatch(
      /certificate.*sslcert=<file>/u,
    );
  });
});
