import type { FileCheck } from '@marquee/contract';
import type { SourceDefinition } from '@marquee/sources';
import { ProblemException } from '../../problems/problem-exception.ts';
import type { FileReader } from '../sources/file-reader.ts';
import type { IncomingFile } from './receive-file.ts';

/**
 * Reads a file as a source would, row by row, and keeps nothing.
 *
 * @param signal ends the reading
 * @throws ProblemException 422 for a file that the source cannot take, 503
 */
export async function checkFile(
  reader: FileReader,
  definition: SourceDefinition,
  { file: name, content }: IncomingFile,
  signal: AbortSignal,
): Promise<FileCheck> {
  const read = await reader.check(definition, { name, content, library: null }, signal);
  if ('result' in read) return read.result;
  const { code, message: detail, hint } = read.fault;
  throw new ProblemException({ status: 422, code, detail, hint });
}
