import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fstatSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isLocked } from '@marquee/process';
import type { Config, Environment, DataPaths, StackPaths } from '../config.ts';
import { makeDataFolder } from '../supervision/data-folder.ts';
import { isDemoDir } from '../demo-dir.ts';
import { runInForeground } from '../supervision/foreground.ts';
import { openLog, tailFrom } from '../supervision/log-files.ts';
import { demoCommand, makeCommand } from '../make-command.ts';
import { UserError } from '../user-error.ts';
import { dryRunConfig } from './config-dry-run.ts';
import { createStack } from '../supervision/stack.ts';
import { readState, type StackState } from '../state.ts';

/**
 * Longer than all the stopping in good order may take; then the supervisor is killed, and
 * everything goes with it.
 */
const STOP_TIMEOUT_MS = 150_000;
/** A supervisor that begins writes down what runs long before this. */
const STATE_TIMEOUT_MS = 10_000;

/** What the supervisor in the background tells the command that started it. */
type StartResult = { readonly up: true } | { readonly fault: string };

/**
 * Starts the stack in the background and waits until it is up.
 *
 * @param script the program's own entry point, which is run again as the supervisor
 */
export async function up(config: Config, script: string): Promise<void> {
  const running = readState(config.paths);
  if (running) {
    console.log(`The stack is up already (pid ${running.pid}).`);
    printAddresses(running, config.env);
    return;
  }
  makeDataFolder(config.paths);
  const output = openLog(config.paths, 'supervisor');
  const from = fstatSync(output).size;
  const supervisor = spawn(process.execPath, [script, 'supervise'], {
    cwd: config.root,
    env: config.env,
    stdio: ['ignore', output, output, 'ipc'],
    detached: true,
  });
  const end = () => supervisor.kill('SIGTERM');
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, end);
  console.log('Starting the stack …');
  const ended = once(supervisor, 'exit').then((): StartResult => ({
    fault: tailFrom(join(config.paths.log, 'supervisor.log'), from, 10),
  }));
  const [report] = await Promise.race([
    once(supervisor, 'message') as Promise<[StartResult]>,
    ended.then((fault) => [fault]),
  ]);
  if ('fault' in report) {
    await ended;
    throw new UserError(
      `The stack did not start. ${report.fault}\nIts logs lie in ${config.paths.log}; to see them: ${makeCommand(config.env, 'logs')}`,
    );
  }
  supervisor.disconnect();
  supervisor.unref();
  const state = readState(config.paths);
  if (state) printAddresses(state, config.env);
  console.log(
    `To fetch and load the datasets: ${makeCommand(config.env, 'update')}\nTo stop: ${makeCommand(config.env, 'down')}`,
  );
}

/**
 * Stops the stack and starts it again.
 *
 * @throws UserError, before anything is stopped, where its settings would keep it from starting
 */
export async function restart(config: Config, script: string): Promise<void> {
  const running = readState(config.paths);
  if (running) await dryRunConfig(config, running);
  await down(config);
  await up(config, script);
}

/**
 * @throws UserError where the data is a demo's: started on anything but its sample, it would be given
 *   IMDb's data by the next update
 */
export function rejectDemoDir(config: Config): void {
  if (!isDemoDir(config.paths)) return;
  const { pid } = readState(config.paths) ?? {};
  const stop = pid === undefined ? '' : `It runs (pid ${pid}); Ctrl-C in its terminal stops it. `;
  throw new UserError(
    `The data in ${config.paths.data} is the demo's. ${stop}${demoCommand(config)} starts it again. For IMDb's data, set DATA_DIR to another folder.`,
  );
}

/** The supervisor in the background itself. */
export async function supervise(config: Config): Promise<number> {
  const report = (what: StartResult) => {
    if (process.connected) process.send?.(what);
  };
  try {
    return await runInForeground(createStack(config, 'background'), async () => {
      report({ up: true });
      return Promise.resolve();
    });
  } catch (error) {
    report({ fault: (error as Error).message });
    throw error;
  }
}

/** Stops the stack, in good order. */
export async function down({ paths }: StackPaths): Promise<void> {
  const pid = await findSupervisorPid(paths);
  if (pid === null) {
    console.log('The stack is not up.');
    return;
  }
  console.log('Stopping the stack …');
  sendSignal(pid, 'SIGTERM');
  const until = performance.now() + STOP_TIMEOUT_MS;
  while (readState(paths)?.pid === pid) {
    if (performance.now() > until) sendSignal(pid, 'SIGKILL');
    await sleep(50);
  }
  console.log('Stopped. The data stays.');
}

/**
 * The pid of the supervisor that is alive, also of one that has only just begun; null where there
 * is none.
 */
async function findSupervisorPid(paths: DataPaths): Promise<number | null> {
  const until = performance.now() + STATE_TIMEOUT_MS;
  for (;;) {
    const state = readState(paths);
    if (state) return state.pid;
    if (!isLocked(paths.lock)) return null;
    if (performance.now() > until)
      throw new UserError(
        `The stack on ${paths.data} is up, but does not say which process it is. To see which: lsof ${paths.lock}`,
      );
    await sleep(50);
  }
}

/** To a supervisor that was alive a moment ago. */
function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * Where to find what runs. The password stays out of it: this is shown in terminals and kept in
 * logs.
 */
export function printAddresses(
  { apiUrl, databaseUrl }: Pick<StackState, 'apiUrl' | 'databaseUrl'>,
  env: Environment,
): void {
  console.log(`  Look      ${apiUrl}\n  API docs  ${apiUrl}/docs`);
  if (!databaseUrl) return;
  console.log(
    `  Database  ${databaseUrl.replace(/:[^:@/]+@/u, '@')}  (psql: ${makeCommand(env, 'open-db')}; with its password: ${makeCommand(env, 'db-url')})`,
  );
}
