import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { APPS, appChildren, type App } from '../supervision/apps.ts';
import type { ChildSpec } from '../supervision/child.ts';
import type { Config } from '../config.ts';
import { printAddresses } from './background.ts';
import { watchBuilds } from './build-watch.ts';
import { runInForeground } from '../supervision/foreground.ts';
import { createStack } from '../supervision/stack.ts';
import type { Addresses, Supervisor } from '../supervision/supervisor.ts';

const COMPILER = 'compiler';

/**
 * Runs the stack in the foreground for those who work on its code: the compiler watches the
 * sources, and what it writes restarts the processes that use it. Not `node --watch`, which does
 * not end when its supervisor is killed.
 *
 * @param workers whether the downloader and the loader run too, beside the API
 */
export async function develop(config: Config, workers: boolean): Promise<number> {
  const apps: readonly App[] = workers ? APPS : ['api'];
  const stack = createStack(config, 'foreground', {
    children: (addresses: Addresses) => [
      ...appChildren(config, addresses, apps),
      compiler(config, apps),
    ],
    onCrash: 'wait',
  });
  return runInForeground(stack, async (addresses, signal) => {
    restartOnChange(config, stack, apps, signal);
    printAddresses(addresses, config.env);
    console.log('Save a file, and what uses it is built and started anew. Ctrl-C stops all.');
    return Promise.resolve();
  });
}

/** TypeScript's compiler, told to end with its supervisor: it has no ear of its own for that. */
function compiler(config: Config, apps: readonly App[]): ChildSpec {
  const endWithUs = 'data:text/javascript,process.on("disconnect",()=>process.exit())';
  const tsc = join(config.root, 'node_modules', 'typescript', 'bin', 'tsc');
  const args = [
    '--import',
    endWithUs,
    tsc,
    '--build',
    '--watch',
    '--preserveWatchOutput',
    ...apps.map((app) => join('apps', app)),
  ];
  return { name: COMPILER, args, cwd: config.root, env: config.env, readyWhen: 'started' };
}

function restartOnChange(
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
    // every app may use any lib
    const ofLibs = [...built].some((folder) => folder.startsWith(libs));
    stack.restart(
      (name) => name !== COMPILER && (ofLibs || built.has(join(config.root, 'apps', name))),
    );
  };
  watchBuilds({ folders, onBuilt, signal });
}
