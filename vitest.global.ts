import { chmod, mkdir, mkdtemp, readdir, rm, statfs } from 'node:fs/promises';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPool, migrate } from '@marquee/catalogue';
import type {} from '@marquee/catalogue/testing';
import { prepareDerivedTables } from '@marquee/loader';
import { startPostgres } from '@marquee/postgres';
import { prepareQueue } from '@marquee/runs';
import { escapeIdentifier, escapeLiteral, type Pool } from 'pg';
import type { TestProject } from 'vitest/node';
import { findLacking, REQUIREMENTS } from './vitest.requirements.ts';

/**
 * Starts the PostgreSQL that all test files share, with a database for them to copy: as processes
 * find it that have been up once, with every table and nothing in them.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  project.provide('lacking', expectMet());
  const parent = await roomyMemory();
  await sweep(parent);
  const folder = await mkdtemp(join(parent, `${FOLDER}${process.pid}-`));
  // as root, PostgreSQL's account has to enter it; else the data would lie elsewhere, and stay there
  await chmod(folder, 0o755);
  const postgres = await startPostgres({
    dataFolder: join(folder, 'postgres'),
    port: 0,
    // a test's data need not outlive the power; many test files share the connections
    settings: {
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      max_connections: 200,
      shared_buffers: '256MB',
    },
  });
  const sharedFolder = join(folder, 'shared');
  await mkdir(sharedFolder);
  await migrate(postgres.url);
  await prepareQueue(postgres.url);
  const pool = createPool(postgres.url, 'the set-up of the tests', () => undefined);
  await prepareDerivedTables(pool, new AbortController().signal);
  await hashPasswordOnce(pool, new URL(postgres.url));
  await pool.end();
  project.provide('templateUrl', postgres.url);
  project.provide('sharedFolder', sharedFolder);
  return async () => {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  };
}

/** The folder of a run goes by the process that makes it. */
const FOLDER = 'marquee-test-';

/** Removes what runs have left that were ended by Ctrl-C or killed. */
async function sweep(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const [, pid] = new RegExp(`^${FOLDER}(\\d+)-`, 'u').exec(name) ?? [];
    if (pid !== undefined && !isAlive(Number(pid)))
      await rm(join(parent, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** What the largest of the long tests takes, and as much again. */
const ROOM = 8e9;

/**
 * The folder of a file system in memory, where there is one with room: to copy a database of 554
 * files takes 18 ms there, and 340 ms on an ext4 disk, though nothing is flushed. Else the usual one.
 */
async function roomyMemory(): Promise<string> {
  const memory = '/dev/shm';
  const { bavail, bsize } = await statfs(memory).catch(() => ({ bavail: 0, bsize: 0 }));
  return Math.min(bavail * bsize, freemem()) >= ROOM ? memory : tmpdir();
}

/** @throws in CI, where a test that is skipped would look like one that passes */
function expectMet(): ReturnType<typeof findLacking> {
  const allowed = process.env['MAY_LACK']?.split(',') ?? [];
  const lacking = findLacking();
  const fatal = lacking.filter((name) => !allowed.includes(name));
  if (!['', 'false', undefined].includes(process.env['CI']) && fatal.length > 0) {
    const remedies = fatal.map((name) => `${name}: ${REQUIREMENTS[name].remedy}`);
    throw new Error(
      `CI runs every test, and this machine lacks what some need.\n${remedies.join('\n')}\n` +
        `Or set MAY_LACK=${fatal.join(',')} to run without.`,
    );
  }
  return lacking;
}

/**
 * A system of a test makes some thirty connections: that the password is hashed 4096 times for
 * each, on both sides, took a third of the time in which it starts.
 */
async function hashPasswordOnce(pool: Pool, { username, password }: URL): Promise<void> {
  await pool.query(
    `set scram_iterations = 1; alter role ${escapeIdentifier(username)} password ${escapeLiteral(decodeURIComponent(password))}`,
  );
}
