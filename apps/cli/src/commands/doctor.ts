import { checkApi } from '../checks/api.ts';
import type { Check } from '../checks/check.ts';
import { checkDatabase } from '../checks/database.ts';
import { checkDisk } from '../checks/disk.ts';
import { checkConfiguration, checkNode, checkPsql, checkStack } from '../checks/machine.ts';
import { checkSnapshots } from '../checks/snapshots.ts';
import type { Context } from '../context/context.ts';
import { CliError } from '../context/errors.ts';

const STYLES = { ok: 'green', warn: 'yellow', fail: 'red' } as const;

export interface DoctorOptions {
  /** Whether to read all snapshots to the end. */
  readonly checksums?: boolean;
}

/**
 * Checks everything the stack needs, and says what to do about each fault.
 *
 * @throws CliError 1 if a check fails
 */
export async function doctor(
  context: Context,
  { checksums = false }: DoctorOptions = {},
): Promise<void> {
  const { out } = context;
  const parts: Check[][] = [
    checkNode(),
    checkConfiguration(context),
    checkStack(context),
    await checkApi(context),
    await checkDatabase(context),
    await checkDisk(context),
    await checkSnapshots(context, checksums),
    checkPsql(),
  ];
  const checks = parts.flat();
  const failed = checks.filter(({ status }) => status === 'fail');
  if (out.isJson)
    out.json({
      status:
        failed.length > 0 ? 'fail' : checks.some(({ status }) => status === 'warn') ? 'warn' : 'ok',
      checks,
    });
  else for (const check of checks) show(context, check);
  if (failed.length > 0)
    throw new CliError(
      `${failed.length} of ${checks.length} checks ${failed.length === 1 ? 'fails' : 'fail'}: ${failed.map(({ check }) => check).join(', ')}.`,
      { code: 'doctor' },
    );
}

/** Prints a check. Nothing is cut off: what to do has to be readable to its end. */
function show({ out }: Context, { check, status, found, todo }: Check): void {
  process.stdout.write(
    `${out.style(STYLES[status], status.padEnd(4))}  ${check.padEnd(13)}  ${found}\n`,
  );
  if (todo !== null)
    process.stdout.write(`${' '.repeat(21)}→ ${todo.replaceAll('\n', `\n${' '.repeat(23)}`)}\n`);
}
