import { join, resolve } from 'node:path';
import { ApiClient } from './api-client.ts';
import type { CliConfig } from './config.ts';
import { makeFor, type Make } from './make-command.ts';
import { Output } from './output.ts';
import { findStack, isOfDemoAlone, type Stack } from './stack-state.ts';

/** The options that every command has. */
export interface GlobalOptions {
  readonly url?: string;
  readonly key?: string;
  readonly json?: boolean;
  readonly yes?: boolean;
  /** False by --no-input. */
  readonly input: boolean;
}

/** What the process is given. */
export interface Surroundings {
  readonly config: CliConfig;
  /** The repository. */
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
}

/** What a command works with. */
export interface Context extends Surroundings {
  readonly api: ApiClient;
  readonly out: Output;
  /** The embedded stack of this machine, where it is up and the API that is asked is its own. */
  readonly stack: Stack | null;
  /** Whether the API is the one of this machine's stack: nobody named another. */
  readonly isOwn: boolean;
  /** How make acts on the stack of this machine that is asked, or would be if it were up. */
  readonly make: Make;
  /** What to do where the API does not answer. */
  readonly toStart: string;
  /** Whether somebody is there to be asked. */
  readonly mayAsk: boolean;
  readonly saysYes: boolean;
}

export function makeContext(surroundings: Surroundings, options: GlobalOptions): Context {
  const { config, root, signal } = surroundings;
  const named = options.url ?? config.MARQUEE_URL;
  const data = resolve(root, config.DATA_DIR);
  const stack = findStack(data);
  const url = named ?? stack?.apiUrl ?? `http://127.0.0.1:${config.API_PORT || 3000}`;
  const isOwn = named === undefined || named.replace(/\/+$/u, '') === stack?.apiUrl;
  // the stack's own key goes nowhere else
  const key = options.key ?? config.MARQUEE_KEY ?? (isOwn ? config.API_ADMIN_KEY : undefined);
  const make = makeFor(root, isOwn ? (stack?.data ?? data) : join(root, 'data'));
  // of a stack in Docker, `.env` has the password
  const isDemo =
    isOwn && stack === null && config.POSTGRES_PASSWORD === undefined && isOfDemoAlone(data);
  const toStart = isDemo
    ? `Start the demo again: ${make('demo')}.`
    : `Start the stack of this machine: ${make('up')}.`;
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY && config.CI === undefined;
  const isJson = options.json === true;
  return {
    ...surroundings,
    api: new ApiClient({ url, key, signal, make, toStart }),
    out: new Output(isJson),
    stack: isOwn ? stack : null,
    isOwn,
    make,
    toStart,
    mayAsk: isTerminal && options.input && options.yes !== true && !isJson,
    saysYes: options.yes === true,
  };
}
