import {
  fitsContent,
  fitsName,
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
  /** Its beginning. */
  readonly head: Buffer;
}

/**
 * Which file of a source a file is: the one that the sender names, else the only one, else the one
 * that its name fits. Where its name fits several or none, its header decides.
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
  const byName = name === undefined ? [] : files.filter((one) => fitsName(one, name));
  const possible = byName.length > 0 ? byName : files;
  const [only, ...others] =
    possible.length === 1
      ? possible
      : possible.filter((one) => fitsContent(definition, files.indexOf(one), head));
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
