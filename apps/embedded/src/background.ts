import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fstatSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isLocked } from '@marquee/process';
import type { Config, Environment, Paths, Place } from './config.ts';
import { makeDataFolder } from './data-folder.ts';
import { isDemos } from './demo-folder.ts';
import { inForeground } from './foreground.ts';
import { openLog, tailFrom } from './log-files.ts';
import { demoCommand, makeCommand } from './make-command.ts';
import { Refusal } from './refusal.ts';
import { trySettings } from './settings-trial.ts';
import { createStack } from './stack.ts';
import { readState, type StackState } from './state.ts';

/**
 * Longer than all the stopping in good order may take; then the supervisor is killed, and
 * everything goes with it.
 */
const DOWN_MS = 150_000;
/** A supervisor that begins writes down what runs long before this. */
const BEGIN_MS = 10_000;

/** What the supervisor in the background tells the command that started it. */
type Report = { readonly up: true } | { readonly fault: string };

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
  const ended = once(supervisor, 'exit').then((): Report => ({
    fault: tailFrom(join(config.paths.log, 'supervisor.log'), from, 10),
  }));
  const [report] = await Promise.race([
    once(supervisor, 'message') as Promise<[Report]>,
    ended.then((fault) => [fault]),
  ]);
  if ('fault' in report) {
    await ended;
    throw new Refusal(
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
 * @throws Refusal, before anything is stopped, where its settings would keep it from starting
 */
export async function restart(config: Config, script: string): Promise<void> {
  const running = readState(config.paths);
  if (running) await trySettings(config, running);
  await down(config);
  await up(config, script);
}

/**
 * @throws Refusal where the data is a demo's: started on anything but its sample, it would be given
 *   IMDb's data by the next update
 */
export function refuseDemos(config: Config): void {
  if (!isDemos(config.paths)) return;
  const { pid } = readState(config.paths) ?? {};
  const stop = pid === undefined ? '' : `It runs (pid ${pid}); Ctrl-C in its terminal stops it. `;
  throw new Refusal(
    `The data in ${config.paths.data} is the demo's. ${stop}${demoCommand(config)} starts it again. For IMDb's data, set DATA_DIR to another folder.`,
  );
}

/** The supervisor in the background itself. */
export async function supervise(config: Config): Promise<number> {
  const report = (what: Report) => {
    if (process.connected) process.send?.(what);
  };
  try {
    return await inForeground(createStack(config, 'background'), async () => {
      report({ up: true });
      return Promise.resolve();
    });
  } catch (error) {
    report({ fault: (error as Error).message });
    throw error;
  }
}

/** Stops the stack, in good order. */
export async function down({ paths }: Place): Promise<void> {
  const pid = await supervisorOf(paths);
  if (pid === null) {
    console.log('The stack is not up.');
    return;
  }
  console.log('Stopping the stack …');
  signalTo(pid, 'SIGTERM');
  const until = performance.now() + DOWN_MS;
  while (readState(paths)?.pid === pid) {
    if (performance.now() > until) signalTo(pid, 'SIGKILL');
    await sleep(50);
  }
  console.log('Stopped. The data stays.');
}

/**
 * The pid of the supervisor that is alive, also of one that has only just begun; null where there
 * is none.
 */
async function supervisorOf(paths: Paths): Promise<number | null> {
  const until = performance.now() + BEGIN_MS;
  for (;;) {
    const state = readState(paths);
    if (state) return state.pid;
    if (!isLocked(paths.lock)) return null;
    if (performance.now() > until)
      throw new Refusal(
        `The stack on ${paths.data} is up, but does not say which process it is. To see which: lsof ${paths.lock}`,
      );
    await sleep(50);
  }
}

/** To a supervisor that was alive a moment ago. */
function signalTo(pid: number, signal: NodeJS.Signals): void {
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
