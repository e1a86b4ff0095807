import type { Command } from 'commander';
import { checkApi } from '../checks/api.ts';
import type { Check } from '../checks/check.ts';
import { checkDatabase } from '../checks/database.ts';
import { checkDisk } from '../checks/disk.ts';
import { checkConfiguration, checkNode, checkPsql, checkStack } from '../checks/machine.ts';
import { checkSnapshots } from '../checks/snapshots.ts';
import type { Context } from '../context/context.ts';
import { CliError } from '../context/errors.ts';
import { EXIT } from '../exit.ts';
import { examples } from '../options/values.ts';
import type { RunCommand } from './run-command.ts';

/** A terminal narrower than this has no room for the words of a check beside its name. */
const MIN_WIDTH_FOR_COLUMNS = 70;

const STYLES = { ok: 'green', warn: 'yellow', fail: 'red' } as const;

interface DoctorOptions {
  /** Whether to read all snapshots to the end. */
  readonly checksums?: boolean;
}

export function defineDoctor(command: Command, run: RunCommand): void {
  command
    .option('--checksums', 'read all snapshots to the end, which takes a minute or two')
    .action(async (options: DoctorOptions, self: Command) =>
      run(self, async (context) => doctor(context, options)),
    );
  examples(command, 'doctor', 'doctor --checksums', 'doctor --json');
}

/**
 * Checks everything the stack needs, and says what to do about each fault.
 *
 * @returns 1 if a check fails
 * @throws CliError 1 for the same without --json
 */
async function doctor(
  context: Context,
  { checksums = false }: DoctorOptions = {},
): Promise<number> {
  const { out } = context;
  const parts: Check[][] = [
    checkNode(),
    checkConfiguration(context),
    checkStack(context),
    await checkApi(context),
    await checkDatabase(context),
    await checkDisk(context),
    await checkSnapshots(context, checksums),
    checkPsql(context),
  ];
  const checks = parts.flat();
  const failed = checks.filter(({ status }) => status === 'fail');
  if (out.isJson) {
    const isWarned = checks.some(({ status }) => status === 'warn');
    out.json({ status: failed.length > 0 ? 'fail' : isWarned ? 'warn' : 'ok', checks });
    return failed.length > 0 ? EXIT.failed : EXIT.ok;
  }
  for (const check of checks) show(context, check);
  if (failed.length > 0)
    throw new CliError(
      `${failed.length} of ${checks.length} checks ${failed.length === 1 ? 'fails' : 'fail'}: ${failed.map(({ check }) => check).join(', ')}.`,
      { code: 'doctor' },
    );
  return EXIT.ok;
}

/** Prints a check. Nothing is cut off: what to do has to be readable to its end. */
function show({ out }: Context, { check, status, found, todo }: Check): void {
  process.stdout.write(
    `${out.style(STYLES[status], status.padEnd(4))}  ${check.padEnd(13)}  ${found}\n`,
  );
  // beside the text above it, or in a narrow terminal with room for words
  const indent = ' '.repeat(out.width < MIN_WIDTH_FOR_COLUMNS ? 6 : 21);
  if (todo !== null) process.stdout.write(`${indent}→ ${todo.replaceAll('\n', `\n${indent}  `)}\n`);
}
