import { FileCheck, SourceDetails, SourceList } from '@marquee/contract';
import { fitsContent, fitsName, HEAD_BYTES, SourceDefinition } from '@marquee/sources';
import { count, counted } from '@marquee/terminal/format';
import { visible } from '@marquee/terminal/text';
import type { Command } from 'commander';
import type { Context } from '../context/context.ts';
import { usageError } from '../context/errors.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import type { RunCommand } from './run-command.ts';
import { openUpload, type Upload } from './upload.ts';

interface CheckOptions {
  readonly source?: string;
  readonly file?: string;
}

export function defineCheck(sources: Command, run: RunCommand): void {
  sources
    .command('check <file>')
    .description('read a file as a source would, and show records and rejects; nothing is kept')
    .option('--source <id>', 'the source (default: by the name and the header of the file)')
    .option('--file <name>', 'which file of the source it is (default: by its name or header)')
    .action(async (path: string, options: CheckOptions, self: Command) =>
      run(self, async (context) => check(context, path, options)),
    );
}

/** Shows what a file would give. @returns 1 if it has rejects or no record */
async function check(
  context: Context,
  path: string,
  { source: given, file }: CheckOptions,
): Promise<ExitCode> {
  const { api, out } = context;
  await using upload = await openUpload(path);
  const source = given ?? (await sourceOf(context, upload));
  const checked = await api.upload(
    FileCheck,
    `/sources/${encodeURIComponent(source)}/check`,
    { file, name: upload.name },
    upload.content,
  );
  if (out.isJson) out.json(checked);
  else show(context, checked);
  return checked.rejects > 0 || checked.records === 0 ? EXIT.failed : EXIT.ok;
}

function show({ out }: Context, checked: FileCheck): void {
  const { source, file, rows, records, rejects, filled, firstRecords, firstRejects } = checked;
  out.line(
    `As the file ${file} of ${source}: ${counted(rows, 'row')}, ${counted(records, 'record')}, ${counted(rejects, 'reject')}.`,
  );
  const fields = Object.entries(filled).map(([field, times]) => [field, count(times)]);
  if (fields.length > 0) {
    out.line();
    out.table([{ head: 'FIELD' }, { head: 'RECORDS', align: 'right' }], fields);
  }
  for (const { id, line, record } of firstRecords.slice(0, 3)) {
    out.line();
    out.line(`record ${id}, line ${line}`, 'bold');
    for (const text of JSON.stringify(record, null, 2).split('\n')) out.line(text);
  }
  if (firstRejects.length === 0) return;
  out.line();
  out.table(
    [
      { head: 'LINE', align: 'right' },
      { head: 'REASON', isFlexible: true },
      { head: 'TEXT', isFlexible: true },
    ],
    firstRejects.map(({ line, reason, raw }) => [line, visible(reason), visible(raw)]),
  );
  if (rejects > firstRejects.length)
    out.note(`These are the first ${firstRejects.length} rejects of ${count(rejects)}.`);
}

/**
 * The source that has files of this name. Where several have, the columns of the file decide.
 *
 * @throws CliError 2 if none has, or several have
 */
async function sourceOf({ api }: Context, { name, content }: Upload): Promise<string> {
  const { items } = await api.get(SourceList, '/sources');
  const details = await Promise.all(
    items.map(async ({ id }) => api.get(SourceDetails, `/sources/${encodeURIComponent(id)}`)),
  );
  const byName = details.flatMap(({ definition }) => {
    const { data } = SourceDefinition.safeParse(definition);
    return data?.files.some((file) => fitsName(file, name)) === true ? [data] : [];
  });
  const head = Buffer.from(await content.slice(0, HEAD_BYTES).arrayBuffer());
  const byContent = byName.filter((definition) =>
    definition.files.some(
      (file, number) => fitsName(file, name) && fitsContent(definition, number, head),
    ),
  );
  const [only, ...others] = byName.length > 1 && byContent.length > 0 ? byContent : byName;
  if (only !== undefined && others.length === 0) return only.id;
  throw usageError(
    only === undefined
      ? `No source has files with the name ${name}.`
      : `Several sources have files with the name ${name}: ${[only, ...others].map(({ id }) => id).join(', ')}.`,
    'Say which source: --source <id>. marquee sources lists them.',
  );
}
