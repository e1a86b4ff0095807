import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CHECK_CONFIG, ConfigError } from '@marquee/process';
import type { Environment } from '@marquee/stack';
import { APPS } from '../supervision/apps.ts';

/** What the supervisor sets for a service itself. Nothing connects to these addresses. */
const STAND_INS = {
  DATABASE_URL: 'postgres://127.0.0.1:1/none',
  QUEUE_URL: 'postgres://127.0.0.1:1/none',
  SNAPSHOT_DIR: '/none',
  SOURCES_DIR: '/none',
};

/** A check takes about a second; a service that hangs has no fault to report. */
const TIMEOUT_MS = 20_000;

/**
 * Adds the faults that the services find in their own variables to an error of the stack's
 * configuration, so that all are reported at once.
 */
export async function withServiceFaults(
  { faults }: ConfigError,
  root: string,
  env: Environment,
): Promise<ConfigError> {
  const others = await Promise.all(APPS.map((app) => serviceFaults(app, root, env)));
  return ConfigError.listing([...faults, ...others.flat()]);
}

async function serviceFaults(app: string, root: string, env: Environment): Promise<string[]> {
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [join(root, 'apps', app, 'dist', 'main.js'), CHECK_CONFIG],
      { cwd: root, env: { ...env, ...STAND_INS }, timeout: TIMEOUT_MS },
    );
    return JSON.parse(stdout) as string[];
  } catch {
    // it is not built, or crashes: its start will show that
    return [];
  }
}
