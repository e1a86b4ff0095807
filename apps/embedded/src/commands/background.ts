import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fstatSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isLocked, UserError } from '@marquee/process';
import {
  type DataPaths,
  type Environment,
  isDemoDir,
  makeCommand,
  readState,
  type StackPaths,
  type StackState,
} from '@marquee/stack';
import type { Config } from '../config.ts';
import { makeDataFolder } from '../supervision/data-folder.ts';
import { runInForeground } from '../supervision/foreground.ts';
import { openLog, tailFrom } from '../supervision/log-files.ts';
import { createStack } from '../supervision/stack.ts';
import { dryRunConfig } from './config-dry-run.ts';
import { demoCommand } from './next-step.ts';

/**
 * An orderly stop takes less than this. After it the supervisor is killed, and its processes end
 * with it.
 */
const STOP_TIMEOUT_MS = 150_000;
/** A new supervisor writes its state long before this. */
const STATE_TIMEOUT_MS = 10_000;

/** What the supervisor in the background reports to the command that started it. */
type StartResult = { readonly up: true } | { readonly fault: string };

/**
 * Starts the stack in the background and waits until it is up.
 *
 * @param script the program's entry point, run again as the supervisor
 * @throws UserError if the stack does not start, with the end of its log
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
  const stop = () => supervisor.kill('SIGTERM');
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  console.log('Starting the stack …');
  const ended = once(supervisor, 'exit').then((): StartResult => ({
    fault: tailFrom(join(config.paths.log, 'supervisor.log'), from, 10),
  }));
  const [result] = await Promise.race([
    once(supervisor, 'message') as Promise<[StartResult]>,
    ended.then((fault) => [fault]),
  ]);
  if ('fault' in result) {
    await ended;
    throw new UserError(
      `The stack did not start. ${result.fault}\nIts logs are in ${config.paths.log}; to see them: ${makeCommand(config.env, 'logs')}`,
    );
  }
  supervisor.disconnect();
  supervisor.unref();
  const state = readState(config.paths);
  if (state) printAddresses(state, config.env);
  console.log(
    `To download and load the datasets: ${makeCommand(config.env, 'update')}\nTo stop: ${makeCommand(config.env, 'down')}`,
  );
}

/**
 * Stops the stack and starts it again.
 *
 * @throws UserError if its configuration would keep it from starting; then nothing is stopped
 */
export async function restart(config: Config, script: string): Promise<void> {
  const running = readState(config.paths);
  if (running) await dryRunConfig(config, running);
  await down(config);
  await up(config, script);
}

/**
 * Rejects a demo's data folder: the next update of an ordinary stack would replace the demo's sample
 * with IMDb's data.
 *
 * @throws UserError if the data folder is a demo's
 */
export function rejectDemoDir(stack: StackPaths): void {
  if (!isDemoDir(stack.paths)) return;
  const { pid } = readState(stack.paths) ?? {};
  const stop =
    pid === undefined ? '' : `It is running (pid ${pid}); Ctrl-C in its terminal stops it. `;
  throw new UserError(
    `The data in ${stack.paths.data} is the demo's. ${stop}${demoCommand(stack)} starts it again. For IMDb's data, set DATA_DIR to another folder.`,
  );
}

/** Runs the supervisor that `up` started in the background. @returns the exit code */
export async function supervise(config: Config): Promise<number> {
  const report = (result: StartResult) => {
    if (process.connected) process.send?.(result);
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

/** Stops the stack in an orderly way. */
export async function down({ paths }: StackPaths): Promise<void> {
  const pid = await findSupervisorPid(paths);
  if (pid === null) {
    console.log('The stack is not up.');
    return;
  }
  console.log('Stopping the stack …');
  sendSignal(pid, 'SIGTERM');
  const deadline = performance.now() + STOP_TIMEOUT_MS;
  while (readState(paths)?.pid === pid) {
    if (performance.now() > deadline) sendSignal(pid, 'SIGKILL');
    await sleep(50);
  }
  console.log('Stopped. The data stays.');
}

/**
 * The pid of the supervisor, null if none is running. Waits for one that has started but not yet
 * written its state.
 */
async function findSupervisorPid(paths: DataPaths): Promise<number | null> {
  const deadline = performance.now() + STATE_TIMEOUT_MS;
  for (;;) {
    const state = readState(paths);
    if (state) return state.pid;
    if (!isLocked(paths.lock)) return null;
    if (performance.now() > deadline)
      throw new UserError(
        `The stack on ${paths.data} is running, but its process is unknown. To find it: lsof ${paths.lock}`,
      );
    await sleep(50);
  }
}

/** Sends a signal to a supervisor, which may have ended meanwhile. */
function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Prints the stack's addresses, without the password: terminals and logs keep what they show. */
export function printAddresses(
  { apiUrl, databaseUrl }: Pick<StackState, 'apiUrl' | 'databaseUrl'>,
  env: Environment,
): void {
  console.log(`  Site      ${apiUrl}\n  API docs  ${apiUrl}/docs`);
  if (!databaseUrl) return;
  console.log(
    `  Database  ${databaseUrl.replace(/:[^:@/]+@/u, '@')}  (psql: ${makeCommand(env, 'open-db')}; URL with password: ${makeCommand(env, 'db-url')})`,
  );
}
