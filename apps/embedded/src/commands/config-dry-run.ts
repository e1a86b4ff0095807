import { createLog } from '@marquee/process';
import { findApiPort, portFaults } from '../supervision/api-port.ts';
import { appChildren, type App } from '../supervision/apps.ts';
import { Child, type ChildSpec } from '../supervision/child.ts';
import { apiUrl, type Config } from '../config.ts';
import { UserError } from '../user-error.ts';
import type { StackState } from '../state.ts';

/** An app that takes longer has no fault in its settings: these it reads first. */
const DRY_RUN_MS = 20_000;
/**
 * Nothing listens there: an app that is sent there reads its settings, and ends before it has done
 * anything.
 */
const NO_DATABASE = 'postgres://127.0.0.1:1/none';

/**
 * Tries whether the stack would start with these settings, while the one that is to make room for
 * it runs on.
 *
 * The downloader and the loader would take its jobs, and are sent nowhere. The API has to look into
 * the database, which holds the keys by which it can be operated. An app that crashes is passed
 * over: that may be what the stack is started anew for.
 *
 * @param running the one that runs, whose ports will be free
 * @throws UserError naming the faults
 */
export async function dryRunConfig(
  config: Config,
  running: Pick<StackState, 'apiUrl' | 'databaseUrl'>,
): Promise<void> {
  const databaseUrl = running.databaseUrl ?? NO_DATABASE;
  const own = [running.apiUrl, databaseUrl].map((url) => Number(new URL(url).port || 80));
  const unlessOwn = (port: number) => (own.includes(port) ? 0 : port);
  const taken = await portFaults({
    ...config,
    apiPort: unlessOwn(config.apiPort),
    postgresPort: unlessOwn(config.postgresPort),
  });
  if (taken.length > 0) throw invalidConfig(taken);
  const apiPort = await findApiPort({ ...config, apiPort: 0 });
  const children = (url: string, apps: readonly App[]) =>
    appChildren(
      config,
      { databaseUrl: url, apiPort, apiUrl: apiUrl(config.apiHost, apiPort) },
      apps,
    );
  const faults = await Promise.all(
    [...children(NO_DATABASE, ['downloader', 'loader']), ...children(databaseUrl, ['api'])].map(
      startupFault,
    ),
  );
  if (faults.some((fault) => fault !== null))
    throw invalidConfig(faults.filter((fault) => fault !== null));
}

function invalidConfig(faults: readonly string[]): UserError {
  return new UserError(
    `The stack would not start with these settings, and what runs is left as it is.\n${faults.join('\n')}`,
  );
}

/**
 * What an app finds wrong with its settings; null where that is nothing, or it does not get so far.
 */
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
  const late = setTimeout(resolve, DRY_RUN_MS, null);
  const tried = child.start().then(
    () => null,
    (error: unknown) => (error as Error).message,
  );
  const fault = await Promise.race([tried, crashed]);
  clearTimeout(late);
  await child.stop();
  return fault;
}
