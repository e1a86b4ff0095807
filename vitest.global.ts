import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '@marquee/catalogue';
import type {} from '@marquee/catalogue/testing';
import { startPostgres } from '@marquee/postgres';
import { prepareQueue } from '@marquee/runs';
import type { TestProject } from 'vitest/node';

/** Starts the PostgreSQL that all test files share, with a migrated database for them to copy. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'marquee-test-'));
  const postgres = await startPostgres({
    dataFolder,
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
  await migrate(postgres.url);
  await prepareQueue(postgres.url);
  project.provide('templateUrl', postgres.url);
  return async () => {
    await postgres.stop();
    await rm(dataFolder, { recursive: true, force: true });
  };
}
