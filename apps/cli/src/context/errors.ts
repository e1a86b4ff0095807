import {
  type ApiHints,
  ApiProblemError,
  ApiUnreachableError,
  CERTIFICATE_HINT,
  InvalidKeyError,
} from '@marquee/api-client';
import type { Problem } from '@marquee/contract';
import { UserError, type UserErrorOptions } from '@marquee/process';
import { optionOfParameter } from '../options/filters.ts';
import { EXIT, type ExitCode } from '../exit.ts';

/** An error of a command, with the exit code it ends with. */
export class CliError extends UserError {
  override readonly name = 'CliError';
  readonly exitCode: ExitCode;

  constructor(
    message: string,
    { exitCode = EXIT.failed, ...options }: UserErrorOptions & { exitCode?: ExitCode } = {},
  ) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** The error for wrong arguments or options. */
export function usageError(message: string, hint: string | null = null): CliError {
  return new CliError(message, { exitCode: EXIT.usage, code: 'usage', hint });
}

/** The exit code for an error. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CliError) return error.exitCode;
  if (error instanceof ApiUnreachableError) return EXIT.unreachable;
  if (error instanceof InvalidKeyError) return EXIT.usage;
  if (!(error instanceof ApiProblemError)) return EXIT.failed;
  const { status, code } = error.problem;
  if (status === 400 || status === 422) return EXIT.usage;
  if (status === 404 || status === 410 || code === 'no-snapshot') return EXIT.notFound;
  if (status === 401 || status === 403 || status === 409 || status === 429) return EXIT.refused;
  return EXIT.failed;
}

/** Formats a make target as the command that acts on the stack in use. */
export type MakeCommand = (target: string) => string;

/** Hints that name this program's commands and options; the API's own name its paths. */
export function apiHints(startHint: string, makeCommand: MakeCommand): ApiHints {
  return {
    unreachable: `${startHint} Another address: --url or MARQUEE_URL`,
    unexpectedAnswer:
      'Is it another server, or another version of the API? See --url, and run: marquee doctor',
    invalidKey: 'Was it copied completely, and nothing else? See --key and MARQUEE_KEY.',
    problem: (problem) => problemHint(problem, makeCommand),
    parameter: optionOfParameter,
  };
}

function problemHint({ code, hint, runId }: Problem, makeCommand: MakeCommand): string | null {
  const run = runId === undefined ? '' : ` ${runId}`;
  // its hint leads to the description of the API, which has other names than the options here
  if (code === 'bad-input') return 'See --help.';
  if (code === 'updated-today')
    return 'IMDb publishes once a day. To update anyway: marquee update --force';
  if (code === 'run-in-progress')
    return `Watch it: marquee runs watch${run}\nTo start another one instead: marquee runs cancel${run}, and then this command again with --force`;
  if (code === 'key-needed')
    return `Give a key with --key or MARQUEE_KEY. The first is made on the server: ${makeCommand('key ROLE=admin NAME=you')}`;
  if (code === 'client-certificate-required') return CERTIFICATE_HINT;
  if (code === 'no-snapshot')
    return 'marquee snapshots lists them; marquee update downloads the newest.';
  if (code === 'not-found')
    return 'marquee search finds titles and people; marquee sources, deliveries, movies, runs, snapshots and keys list the rest.';
  return hint ?? null;
}
