import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  ApiClient,
  ApiUnreachableError,
  readClientCertificate,
  type ApiHints,
} from '@marquee/api-client';
import { makeCommand as formatMakeCommand, makeEnvironment } from '@marquee/stack';
import { counted } from '@marquee/terminal/format';
import { Output } from '../output/output.ts';
import { withScheme } from './api-url.ts';
import { type CliConfig, readCliConfig } from './config.ts';
import { apiHints, type MakeCommand, usageError } from './errors.ts';
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
  /** The repository. */
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** What a command works with. */
export interface Context extends CliEnvironment {
  readonly config: CliConfig;
  /** @throws ApiUnreachableError when it is read, if DATA_DIR names a folder without a stack */
  readonly api: ApiClient;
  /** The same API for another program, whose user reads these hints. @throws as `api` does */
  readonly apiFor: (hints: ApiHints) => ApiClient;
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

/** @throws ConfigError for an invalid variable, CliError 2 for an invalid --url */
export function makeContext(environment: CliEnvironment, options: GlobalOptions): Context {
  const { root, env, signal } = environment;
  const config = readCliConfig(env);
  const givenUrl = options.url === undefined ? config.MARQUEE_URL : parseUrl(options.url);
  const data = resolve(root, config.DATA_DIR);
  const stack = findRunningStack(data);
  const url = givenUrl ?? stack?.apiUrl ?? `http://127.0.0.1:${config.API_PORT || 3000}`;
  const isLocalStack = givenUrl === undefined || givenUrl.replace(/\/+$/u, '') === stack?.apiUrl;
  // the stack's own key is sent to no other server
  const key =
    options.key ??
    config.MARQUEE_KEY ??
    (isLocalStack ? config.API_ADMIN_KEY?.split(',')[0] : undefined);
  const makeEnv = makeEnvironment(root, isLocalStack ? (stack?.data ?? data) : join(root, 'data'));
  const makeCommand = (target: string) => formatMakeCommand(makeEnv, target);
  const startHint = startHintOf(environment, config, stack, isLocalStack, makeCommand);
  const out = new Output(options.json === true);
  const hints = apiHints(startHint, makeCommand);
  const onRateLimit = (seconds: number) =>
    out.note(`Too many requests: waiting ${counted(seconds, 'second')}, as the server asks.`);
  const certificate = readClientCertificate(config);
  const clientFor = (of: ApiHints) =>
    new ApiClient({ url, key, certificate, signal, hints: of, onRateLimit });
  const api = clientFor(hints);
  // a named folder without a stack is a typo, or a stack that is down: never use another one
  const isMissing = givenUrl === undefined && stack === null && data !== join(root, 'data');
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY && config.CI === undefined;
  const { json = false, yes = false } = options;
  const expectStack = () => {
    if (isMissing) throw missingStack(data, hints.unreachable);
  };
  return {
    ...environment,
    config,
    get api() {
      expectStack();
      return api;
    },
    apiFor: (of) => {
      expectStack();
      return clientFor(of);
    },
    out,
    stack: isLocalStack ? stack : null,
    isLocalStack,
    makeCommand,
    startHint,
    canPrompt: isTerminal && options.input && !yes && !json,
    assumeYes: yes,
  };
}

function startHintOf(
  { root }: CliEnvironment,
  config: CliConfig,
  stack: RunningStack | null,
  isLocalStack: boolean,
  makeCommand: MakeCommand,
): string {
  // with a password in `.env`, the stack is in Docker
  const isDemo =
    isLocalStack &&
    stack === null &&
    config.POSTGRES_READER_PASSWORD === undefined &&
    hasOnlyDemo(resolve(root, config.DATA_DIR));
  return isDemo
    ? `Start the demo again: ${makeCommand('demo')}.`
    : `Start the stack of this machine: ${makeCommand('up')}.`;
}

function missingStack(data: string, hint: string): ApiUnreachableError {
  const isFolder = existsSync(data);
  const what = isFolder
    ? `No stack is up on ${data}, the folder that DATA_DIR names.`
    : `DATA_DIR names ${data}, and there is no such folder.`;
  return new ApiUnreachableError(what, {
    code: 'unreachable',
    hint: isFolder ? hint : `Is it spelled correctly? ${hint}`,
  });
}

/** @throws CliError 2 for a text that is not a URL, even with a scheme before it */
function parseUrl(text: string): string {
  const url = URL.parse(withScheme(text));
  if (url !== null && /^https?:$/u.test(url.protocol)) return withScheme(text);
  throw usageError(
    `--url: “${text}” is not the URL of a server.`,
    'Expected for example http://localhost:3000',
  );
}
