import type { Run, RunAccepted } from '@marquee/contract';
import { runSeconds } from '@marquee/contract/progress';
import { duration } from '@marquee/terminal/format';
import { createRunProgress, type RunProgress } from '@marquee/terminal/run-progress';
import type { Context } from '../context/context.ts';
import { CliError } from '../context/errors.ts';
import { EXIT, type ExitCode } from '../exit.ts';

/**
 * Shows a run's progress until it has ended: as bars on a terminal, as lines elsewhere. With --json
 * it shows nothing, or with `asLines` a JSON line at each change. Ctrl-C ends the watching, not the
 * run.
 *
 * @returns the run at its end, whether it succeeded or failed
 * @throws CliError 130 on Ctrl-C
 */
export async function followRun(
  { api, out, signal }: Context,
  id: string,
  { asLines = false } = {},
): Promise<Run> {
  const progress = out.isJson
    ? jsonProgress(asLines ? (run) => out.jsonLine(run) : () => undefined)
    : createRunProgress(process.stderr);
  try {
    let last: Run | null = null;
    for await (const run of api.watchRun(id)) {
      progress.show(run);
      last = run;
    }
    if (last === null) throw new CliError(`The API reported nothing about run ${id}.`);
    return last;
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new CliError('', {
      exitCode: EXIT.interrupted,
      code: 'interrupted',
      hint: `The run continues. To watch it: marquee runs watch ${id}\nTo cancel it: marquee runs cancel ${id}`,
    });
  } finally {
    progress.end();
  }
}

/** Reports the start of a run that is not followed. */
export function reportStart({ out }: Context, kind: Run['kind'], accepted: RunAccepted): void {
  if (out.isJson) out.json(accepted);
  else
    out.line(`The ${kind} runs as ${accepted.id}. To watch it: marquee runs watch ${accepted.id}`);
}

/** The exit code after a run. */
export function exitAfterRun({ state }: Run): ExitCode {
  return state === 'succeeded' ? EXIT.ok : EXIT.failed;
}

/**
 * Reports the end of a run. With --json that is the run, whether it succeeded or failed.
 *
 * @returns the exit code
 * @throws CliError if it failed, without --json
 */
export function reportEnd(context: Context, run: Run): ExitCode {
  const { out } = context;
  if (out.isJson) out.json(run);
  else if (run.state === 'failed') throw runFailure(context, run);
  else out.line(successOf(run), 'green');
  return exitAfterRun(run);
}

export function successOf(run: Run): string {
  return `The ${run.kind} has succeeded, in ${duration(runSeconds(run) ?? 0)}.`;
}

/** The error for a run that failed. */
export function runFailure({ makeCommand }: Context, { kind, error }: Run): CliError {
  const where = error?.dataset ? ` at ${error.dataset}` : '';
  return new CliError(`The ${kind} has failed${where}: ${error?.message ?? 'unknown reason'}`, {
    hint: error?.hint ?? `See the logs: ${makeCommand('logs')}`,
    code: error?.code ?? 'failed',
  });
}

function jsonProgress(show: (run: Run) => void): RunProgress {
  return { show, end: () => undefined };
}
