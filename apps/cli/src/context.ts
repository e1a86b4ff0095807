import { resolve } from 'node:path';
import { ApiClient } from './api-client.ts';
import type { CliConfig } from './config.ts';
import { Output } from './output.ts';
import { findStack, type Stack } from './stack-state.ts';

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
  /** Whether somebody is there to be asked. */
  readonly mayAsk: boolean;
  readonly saysYes: boolean;
}

export function makeContext(surroundings: Surroundings, options: GlobalOptions): Context {
  const { config, root, signal } = surroundings;
  const named = options.url ?? config.MARQUEE_URL;
  const stack = findStack(resolve(root, config.DATA_DIR));
  const url = named ?? stack?.apiUrl ?? `http://127.0.0.1:${config.API_PORT || 3000}`;
  const isOwn = named === undefined || named.replace(/\/+$/u, '') === stack?.apiUrl;
  // the stack's own key goes nowhere else
  const key = options.key ?? config.MARQUEE_KEY ?? (isOwn ? config.API_ADMIN_KEY : undefined);
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY && config.CI === undefined;
  const isJson = options.json === true;
  return {
    ...surroundings,
    api: new ApiClient(url, key, signal),
    out: new Output(isJson),
    stack: isOwn ? stack : null,
    isOwn,
    mayAsk: isTerminal && options.input && options.yes !== true && !isJson,
    saysYes: options.yes === true,
  };
}
