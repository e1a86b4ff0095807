import type { Problem } from '@marquee/contract';
import type { Make } from './make-command.ts';

/** What the process ends with; documented in `marquee --help` and docs/cli.md. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  unreachable: 4,
  refused: 5,
  interrupted: 130,
} as const;
type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Something did not work, told to people: a message, what to do, and the exit code. */
export class CliFault extends Error {
  override readonly name = 'CliFault';
  readonly exitCode: ExitCode;
  readonly hint: string | null;
  /** A stable word for programs; the API's own where the fault came from there. */
  readonly code: string;

  constructor(
    message: string,
    {
      exitCode = EXIT.failed,
      hint = null,
      code = 'failed',
      cause,
    }: { exitCode?: ExitCode; hint?: string | null; code?: string; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.exitCode = exitCode;
    this.hint = hint;
    this.code = code;
  }
}

/**
 * The API's refusal as a fault: its message and hint, in words of this program where it has some.
 */
export class Refused extends CliFault {
  readonly problem: Problem;

  constructor(problem: Problem, make: Make) {
    const faults = (problem.faults ?? [])
      .map(({ where, what }) => `\n  ${where}: ${what}`)
      .join('');
    super(problem.detail + faults, {
      exitCode: exitCodeOf(problem.status),
      hint: hintFor(problem, make),
      code: problem.code,
    });
    this.problem = problem;
  }
}

function exitCodeOf(status: number): ExitCode {
  if (status === 400 || status === 422) return EXIT.usage;
  if (status === 404 || status === 410) return EXIT.notFound;
  if (status === 401 || status === 403 || status === 409 || status === 429) return EXIT.refused;
  return EXIT.failed;
}

/** The API's hints speak of its paths; these of commands. */
function hintFor({ code, hint, runId }: Problem, make: Make): string | null {
  const run = runId === undefined ? '' : ` ${runId}`;
  if (code === 'updated-today')
    return 'IMDb publishes once a day. To update all the same: marquee update --force';
  if (code === 'run-in-progress')
    return `Watch it: marquee runs watch${run}\nTo start another in its place: marquee runs cancel${run}, and then this again with --force`;
  if (code === 'key-needed')
    return `Give a key by --key or MARQUEE_KEY. The first is made on the server: ${make('key ROLE=admin NAME=you')}`;
  if (code === 'no-snapshot')
    return 'marquee snapshots lists them; marquee update fetches the newest.';
  if (code === 'not-found')
    return 'marquee search finds titles and people; marquee runs, snapshots and keys list the rest.';
  return hint ?? null;
}
