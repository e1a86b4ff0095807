import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { type App, appChildren, APPS } from '../supervision/apps.ts';
import type { ChildSpec } from '../supervision/child.ts';
import { runInForeground } from '../supervision/foreground.ts';
import { createStack } from '../supervision/stack.ts';
import type { Addresses, Supervisor } from '../supervision/supervisor.ts';
import { printAddresses } from './background.ts';
import { watchBuilds } from './build-watch.ts';

const COMPILER = 'compiler';

/**
 * Runs the stack in the foreground for development: the compiler watches the sources, and the
 * processes that use its output are restarted. `node --watch` does not work here: it keeps running
 * after its supervisor is killed.
 *
 * @param workers whether all others run too, beside the API
 * @returns the exit code
 */
export async function develop(config: Config, workers: boolean): Promise<number> {
  const apps: readonly App[] = workers ? APPS : ['api'];
  const stack = createStack(config, 'foreground', {
    children: async (addresses: Addresses) => [
      ...(await appChildren(config, addresses, apps)),
      compiler(config, apps),
    ],
    onCrash: 'wait',
  });
  return runInForeground(stack, async (addresses, signal) => {
    restartOnBuild(config, stack, apps, signal);
    printAddresses(addresses, config.env);
    console.log(
      'Saved files are built, and the processes that use them restarted. Ctrl-C stops all.',
    );
    return Promise.resolve();
  });
}

/** TypeScript's compiler, with a module that ends it with its supervisor: it has no such option. */
function compiler(config: Config, apps: readonly App[]): ChildSpec {
  const exitOnDisconnect = 'data:text/javascript,process.on("disconnect",()=>process.exit())';
  const tsc = join(config.root, 'node_modules', 'typescript', 'bin', 'tsc');
  const args = [
    '--import',
    exitOnDisconnect,
    tsc,
    '--build',
    '--watch',
    '--preserveWatchOutput',
    ...apps.map((app) => join('apps', app)),
  ];
  return { name: COMPILER, args, cwd: config.root, env: config.env, readyWhen: 'started' };
}

function restartOnBuild(
  config: Config,
  stack: Supervisor,
  apps: readonly App[],
  signal: AbortSignal,
): void {
  const libs = join(config.root, 'libs');
  const folders = () => [
    ...apps.map((app) => join(config.root, 'apps', app)),
    ...readdirSync(libs).map((lib) => join(libs, lib)),
  ];
  const onBuilt = (built: ReadonlySet<string>) => {
    // any app may use any lib
    const isLibBuilt = [...built].some((folder) => folder.startsWith(libs));
    stack.restart(
      (name) => name !== COMPILER && (isLibBuilt || built.has(join(config.root, 'apps', name))),
    );
  };
  watchBuilds({ folders, onBuilt, signal });
}
