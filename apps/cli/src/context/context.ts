import { join, resolve } from 'node:path';
import { ApiClient } from '@marquee/api-client';
import { makeCommand as formatMakeCommand, makeEnvironment } from '@marquee/stack';
import { Output } from '../output/output.ts';
import type { CliConfig } from './config.ts';
import { apiHints, type MakeCommand } from './errors.ts';
import { findRunningStack, hasOnlyDemo, type RunningStack } from './running-stack.ts';

/** The options of every command. */
export interface GlobalOptions {
  readonly url?: string;
  readonly key?: string;
  readonly json?: boolean;
  readonly yes?: boolean;
  /** False with --no-input. */
  readonly input: boolean;
}

/** What the process provides. */
export interface CliEnvironment {
  readonly config: CliConfig;
  /** The repository. */
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** What a command works with. */
export interface Context extends CliEnvironment {
  readonly api: ApiClient;
  readonly out: Output;
  /** The embedded stack of this machine, if it is up and `api` is its API. */
  readonly stack: RunningStack | null;
  /** Whether `api` is the API of this machine's stack, running or not. */
  readonly isLocalStack: boolean;
  /** Formats a make command for the stack of this machine. */
  readonly makeCommand: MakeCommand;
  /** How to start the stack, for hints. */
  readonly startHint: string;
  /** Whether questions can be asked: on a terminal, and not in CI, with --json or --no-input. */
  readonly canPrompt: boolean;
  /** Whether questions are answered with yes. */
  readonly assumeYes: boolean;
}

export function makeContext(environment: CliEnvironment, options: GlobalOptions): Context {
  const { config, root, signal } = environment;
  const givenUrl = options.url ?? config.MARQUEE_URL;
  const data = resolve(root, config.DATA_DIR);
  const stack = findRunningStack(data);
  const url = givenUrl ?? stack?.apiUrl ?? `http://127.0.0.1:${config.API_PORT || 3000}`;
  const isLocalStack = givenUrl === undefined || givenUrl.replace(/\/+$/u, '') === stack?.apiUrl;
  // the stack's own key is sent to no other server
  const key =
    options.key ?? config.MARQUEE_KEY ?? (isLocalStack ? config.API_ADMIN_KEY : undefined);
  const makeEnv = makeEnvironment(root, isLocalStack ? (stack?.data ?? data) : join(root, 'data'));
  const makeCommand = (target: string) => formatMakeCommand(makeEnv, target);
  // with a password in `.env`, the stack is in Docker
  const isDemo =
    isLocalStack &&
    stack === null &&
    config.POSTGRES_READER_PASSWORD === undefined &&
    hasOnlyDemo(data);
  const startHint = isDemo
    ? `Start the demo again: ${makeCommand('demo')}.`
    : `Start the stack of this machine: ${makeCommand('up')}.`;
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY && config.CI === undefined;
  const isJson = options.json === true;
  return {
    ...environment,
    api: new ApiClient({ url, key, signal, hints: apiHints(startHint, makeCommand) }),
    out: new Output(isJson),
    stack: isLocalStack ? stack : null,
    isLocalStack,
    makeCommand,
    startHint,
    canPrompt: isTerminal && options.input && options.yes !== true && !isJson,
    assumeYes: options.yes === true,
  };
}
