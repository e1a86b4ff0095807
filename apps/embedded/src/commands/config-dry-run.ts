import { createLog, UserError } from '@marquee/process';
import type { StackState } from '@marquee/stack';
import type { Config } from '../config.ts';
import { findApiPort, portFaults } from '../supervision/api-port.ts';
import { type App, appChildren, APPS } from '../supervision/apps.ts';
import { Child, type ChildSpec } from '../supervision/child.ts';
import { runningAdminUrl } from './database.ts';

/** An app that takes longer than this has a valid configuration: it reads that first. */
const DRY_RUN_MS = 20_000;
/** Nothing listens there: an app reads its configuration, and ends before it does anything else. */
const NO_DATABASE = 'postgres://none:none@127.0.0.1:1/none';

/**
 * Checks whether the stack would start with a configuration, while the running stack stays up.
 *
 * The others than the API would take jobs of the running stack, so they get no database. The
 * API needs the database, which holds its keys. An app that crashes counts as valid: the restart
 * may be meant to fix the crash.
 *
 * @param running the stack that will be stopped, which frees its ports and whose database has
 *   the password in the configuration's data folder
 * @throws UserError naming all faults
 */
export async function dryRunConfig(
  config: Config,
  running: Pick<StackState, 'apiUrl' | 'databaseUrl'>,
): Promise<void> {
  const ownPorts = [running.apiUrl, running.databaseUrl ?? NO_DATABASE].map((url) =>
    Number(new URL(url).port || 80),
  );
  const unlessOwn = (port: number) => (ownPorts.includes(port) ? 0 : port);
  const taken = await portFaults({
    ...config,
    apiPort: unlessOwn(config.apiPort),
    postgresPort: unlessOwn(config.postgresPort),
  });
  if (taken.length > 0) throw invalidConfig(taken);
  const apiPort = await findApiPort({ ...config, apiPort: 0 });
  const children = async (adminUrl: string, apps: readonly App[]) =>
    appChildren(config, { adminUrl, apiPort }, apps);
  const adminUrl =
    running.databaseUrl === null ? NO_DATABASE : runningAdminUrl(config, running.databaseUrl);
  const workers = APPS.filter((app) => app !== 'api');
  const specs = await Promise.all([children(NO_DATABASE, workers), children(adminUrl, ['api'])]);
  const faults = await Promise.all(specs.flat().map(startupFault));
  if (faults.some((fault) => fault !== null))
    throw invalidConfig(faults.filter((fault) => fault !== null));
}

function invalidConfig(faults: readonly string[]): UserError {
  return new UserError(
    `The stack would not start with this configuration; the running one stays up.\n${faults.join('\n')}`,
  );
}

/** The fault that an app reports in its configuration; null if it reports none or crashes. */
async function startupFault(spec: ChildSpec): Promise<string | null> {
  const { promise: crashed, resolve } = Promise.withResolvers<null>();
  const onChange = () => {
    if (child.status.state === 'waiting') resolve(null);
  };
  const child = new Child(spec, {
    output: 'ignore',
    log: createLog(spec.name, 'silent'),
    onCrash: 'wait',
    onChange,
  });
  const timeout = setTimeout(resolve, DRY_RUN_MS, null);
  const started = child.start().then(
    () => null,
    (error: unknown) => (error as Error).message,
  );
  const fault = await Promise.race([started, crashed]);
  clearTimeout(timeout);
  await child.stop();
  return fault;
}
