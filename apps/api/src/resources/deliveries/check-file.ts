import type { FileCheck } from '@marquee/contract';
import { checkFile as readFile, DeliveryError, type SourceDefinition } from '@marquee/sources';
import { ProblemException } from '../../problems/problem-exception.ts';
import type { IncomingFile } from './receive-file.ts';

/** How many records and rejects of a file are shown. */
const SHOWN = 10;

/**
 * Reads a file as a source would, row by row, and keeps nothing.
 *
 * @throws ProblemException 422 for a file that the source cannot take
 */
export async function checkFile(
  definition: SourceDefinition,
  { file, content }: IncomingFile,
): Promise<FileCheck> {
  try {
    const { rows, records, rejects, filled, firstRecords, firstRejects } = await readFile(
      definition,
      file,
      content,
      SHOWN,
    );
    return {
      source: definition.id,
      file,
      rows,
      records,
      rejects,
      filled,
      firstRecords: firstRecords.map(({ id, line, record }) => ({ id, line, record })),
      firstRejects: firstRejects.map(({ line, reason, raw }) => ({ line, reason, raw })),
    };
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error;
    throw new ProblemException({
      status: 422,
      code: error.code,
      detail: error.message,
      hint: error.hint,
    });
  }
}
