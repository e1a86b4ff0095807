import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  EXPORT_FORMATS,
  Export,
  ExportDetails,
  ExportList,
  type ExportFile,
  type ExportFormat,
  type ExportManifest,
} from '@marquee/contract';
import { formatBytes } from '@marquee/process/format-bytes';
import { count, counted, duration, localTime } from '@marquee/terminal/format';
import { type Command, Option } from 'commander';
import type { Context } from '../context/context.ts';
import { CliError } from '../context/errors.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { choicesOf, examples } from '../options/values.ts';
import { downloadFile } from './download-file.ts';
import { addFormatOption, type ListOptions } from './list.ts';
import type { RunCommand } from './run-command.ts';
import { showWholeList } from './whole-list.ts';

const POLL_MS = 500;

interface MakeOptions {
  readonly formats?: readonly ExportFormat[];
  readonly again?: boolean;
  readonly detach?: boolean;
}

export function defineExports(exports: Command, run: RunCommand): void {
  const list = exports.command('list', { isDefault: true }).description('list them, newest first');
  addFormatOption(list).action(async (options: Pick<ListOptions, 'format'>, self: Command) =>
    run(self, async (context) => listExports(context, options)),
  );
  exports
    .command('make')
    .description('export all tables as Parquet files, and wait until they are made')
    .addOption(
      new Option(
        '--formats <formats>',
        `some of ${EXPORT_FORMATS.join(', ')}: besides Parquet, one file of all tables each`,
      ).argParser(choicesOf(EXPORT_FORMATS)),
    )
    .option('--again', 'make them even if the newest export has the same rows')
    .option('-d, --detach', 'do not wait')
    .action(async (options: MakeOptions, self: Command) =>
      run(self, async (context) => makeExport(context, options)),
    );
  exports
    .command('show [id]')
    .description('show the files of an export (default: the newest)')
    .action(async (id: string | undefined, _options: object, self: Command) =>
      run(self, async (context) => showExport(context, id ?? 'latest')),
    );
  exports
    .command('get [files...]')
    .description('download files of an export (default: all its tables as Parquet)')
    .option('--export <id>', 'the id of an export, or the newest', 'latest')
    .option('-o, --output <folder>', 'the folder to write to', '.')
    .action(async (files: string[], options: { export: string; output: string }, self: Command) =>
      run(self, async (context) => getFiles(context, files, options)),
    );
  examples(
    exports,
    'exports make --formats duckdb',
    'exports show',
    'exports get title_ratings.parquet title_basics.parquet -o films',
  );
}

async function listExports(context: Context, options: Pick<ListOptions, 'format'>): Promise<void> {
  const columns = [
    { head: 'ID' },
    { head: 'STATE', drop: 1 },
    { head: 'FORMATS', drop: 4 },
    { head: 'FILES', align: 'right', drop: 3 },
    { head: 'SIZE', align: 'right', drop: 2 },
    { head: 'ASKED FOR BY', drop: 5 },
  ] as const;
  showWholeList(
    context,
    await context.api.get(ExportList, '/exports'),
    options,
    'There are no exports yet. Make the first: marquee exports make',
    columns,
    ({ id, state, formats, files, bytes, requestedBy }) => [
      id,
      state,
      formats.join(', '),
      count(files),
      state === 'done' ? formatBytes(bytes) : '',
      requestedBy,
    ],
  );
}

/**
 * Makes an export. With --json its end is shown, whether it is made or has failed.
 *
 * @returns the exit code
 * @throws CliError if it failed, without --json
 */
async function makeExport(
  context: Context,
  { formats, again = false, detach = false }: MakeOptions,
): Promise<ExitCode> {
  const { api, out } = context;
  const asked = await api.send('POST', Export, '/exports', { formats, again });
  if (detach) {
    if (out.isJson) out.json(asked);
    else out.line(`The export ${asked.id} is ${asked.state}. To see it: marquee exports`);
    return EXIT.ok;
  }
  if (asked.state === 'done') out.note('The newest export has the same rows already.');
  const made = await untilMade(context, asked);
  const isFailed = made.state === 'failed';
  if (isFailed && !out.isJson)
    throw new CliError(`The export has failed: ${made.error?.message ?? 'unknown reason'}`, {
      hint: made.error?.hint ?? null,
      code: made.error?.code ?? 'failed',
    });
  showFiles(context, made);
  return isFailed ? EXIT.failed : EXIT.ok;
}

/** Waits until an export is made, and says which file is in the making. */
async function untilMade({ api, out, signal }: Context, asked: Export): Promise<ExportDetails> {
  for (let shown: string | null = null; ;) {
    const now = await api.get(ExportDetails, asked.url);
    if (now.state !== 'waiting' && now.state !== 'running') return now;
    if (now.phase !== null && now.phase !== shown)
      out.note(`${now.phase}: ${count(now.rowsDone)} of ${count(now.rowsTotal)} rows so far`);
    shown = now.phase;
    await sleep(POLL_MS, undefined, { signal });
  }
}

async function showExport(context: Context, id: string): Promise<void> {
  const path = `/exports/${encodeURIComponent(id)}`;
  showFiles(context, await context.api.get(ExportDetails, path));
}

function showFiles({ out }: Context, made: ExportDetails): void {
  if (out.isJson) {
    out.json(made);
    return;
  }
  const { id, state, manifest, startedAt, endedAt } = made;
  if (manifest === null) {
    out.line(`The export ${id} is ${state}.`);
    return;
  }
  const seconds = (Date.parse(endedAt ?? '') - Date.parse(startedAt ?? '')) / 1000;
  const took = Number.isFinite(seconds) ? `, in ${duration(seconds)}` : '';
  out.line(`The export ${id} was made at ${localTime(manifest.createdAt)}${took}:`);
  out.table(
    [
      { head: 'FILE' },
      { head: 'ROWS', align: 'right', drop: 2 },
      { head: 'SIZE', align: 'right', drop: 1 },
      { head: 'IN THE SNAPSHOT STORE', drop: 3, isFlexible: true },
    ],
    manifest.files.map(({ name, rows, bytes, path }) => [
      name,
      count(rows),
      formatBytes(bytes),
      path,
    ]),
  );
}

async function getFiles(
  context: Context,
  names: readonly string[],
  { export: asked, output }: { readonly export: string; readonly output: string },
): Promise<void> {
  const { api, out } = context;
  const path = `/exports/${encodeURIComponent(asked)}`;
  const { id, state, manifest } = await api.get(ExportDetails, path);
  if (manifest === null)
    throw new CliError(`The export ${id} is ${state}: it has no files.`, {
      exitCode: EXIT.notFound,
      code: 'not-done',
      hint: 'marquee exports lists those that are done.',
    });
  const files = chooseFiles(manifest, names);
  for (const file of files) {
    const isThere = await downloadFile(context, `/exports/${id}/${file.name}`, file, output);
    out.note(`${file.name}: ${formatBytes(file.bytes)}${isThere ? ', there already' : ''}`);
  }
  if (out.isJson) out.json({ id, files: files.map(({ name }) => name) });
  else
    out.line(
      `${counted(files.length, 'file')} of the export ${id} in the folder ${resolve(output)}.`,
    );
}

/** @throws CliError 3 for a file that it does not have */
function chooseFiles({ id, files }: ExportManifest, names: readonly string[]): ExportFile[] {
  if (names.length === 0) return files.filter(({ kind }) => kind === 'table');
  return names.map((name) => {
    const file = files.find((one) => one.name === name);
    if (file !== undefined) return file;
    throw new CliError(`The export ${id} has no file ${name}.`, {
      exitCode: EXIT.notFound,
      code: 'not-found',
      hint: `It has ${files.map((one) => one.name).join(', ')}.`,
    });
  });
}
