import {
  fitsPattern,
  pieceReader,
  type FileDefinition,
  type SourceDefinition,
} from '@marquee/sources';
import { faultyInput, withSuggestion } from '../../problems/bad-input.ts';
import { ProblemException } from '../../problems/problem-exception.ts';
import { suggest } from '../../problems/suggestion.ts';

/** What is known of a file that has come. */
interface Known {
  /** The name of its definition, as the sender says. */
  readonly file?: string | undefined;
  /** Its own name. */
  readonly name?: string | undefined;
  /** Its beginning, uncompressed. */
  readonly head: Buffer;
}

/**
 * Which file of a source a file is: the one that the sender names, else the only one, else the one
 * whose pattern its name fits, else the one that has the columns of its header.
 *
 * @throws ProblemException 400 with the files to choose from; 409 for a source without files
 */
export function fileOf(definition: SourceDefinition, { file, name, head }: Known): FileDefinition {
  const { id, files } = definition;
  const names = files.map((one) => one.name);
  if (files.length === 0)
    throw new ProblemException({
      status: 409,
      code: 'no-files',
      detail: `The source ${id} takes no files.`,
      hint: 'Its records are the published tables: POST /updatedata fetches them.',
    });
  if (file !== undefined) {
    const named = files.find((one) => one.name === file);
    if (named !== undefined) return named;
    const fault = { where: 'file', what: `${id} has no file ${file}` };
    throw faultyInput([
      withSuggestion(fault, suggest(file, names), `; expected one of ${names.join(', ')}`),
    ]);
  }
  const byName =
    name === undefined ? [] : files.filter(({ pattern }) => fitsPattern(pattern, name));
  const [only, ...others] =
    files.length === 1
      ? files
      : byName.length > 0
        ? byName
        : files.filter((_, number) => hasColumns(definition, number, head));
  if (only !== undefined && others.length === 0) return only;
  throw faultyInput(
    [
      {
        where: 'file',
        what: `${name ?? 'the file'} fits ${only === undefined ? 'no file' : 'several files'} of ${id}, by its name and by its header; expected one of ${names.join(', ')}`,
      },
    ],
    `Say which one it is, such as file=${names[0] ?? ''}.`,
  );
}

/**
 * Whether a file begins with all columns that it must have: in its first line, or as the keys of an
 * object.
 */
function hasColumns(definition: SourceDefinition, number: number, head: Buffer): boolean {
  const { file, required } = pieceReader(definition, number);
  const text = head.toString();
  const [line = ''] = text.split(/[\r\n]/u, 1);
  const delimiter = file.delimiter ?? (file.format === 'tsv' ? '\t' : ',');
  const columns = new Set(
    line
      .replace(/^\ufeff/u, '')
      .split(delimiter)
      .map((name) => name.trim().replace(/^"(.*)"$/u, '$1')),
  );
  const isTable = file.format === 'csv' || file.format === 'tsv';
  return (
    required.length > 0 &&
    required.every((column) =>
      isTable ? columns.has(column) : text.includes(JSON.stringify(column.split('.')[0])),
    )
  );
}
