import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { FileCheck } from '@marquee/contract';
import { checkFile, DeliveryError, type SourceDefinition } from '@marquee/sources';
import { RecordsOfFiles, TooManyRowsError, type ReadRecords } from './records-of-files.ts';

/** How many records and rejects of a file are shown. */
const SHOWN = 10;

/** What a thread reads: files by their names in a definition. */
export interface ReadingTask {
  readonly definition: SourceDefinition;
  readonly files: readonly {
    readonly name: string;
    readonly content: ReadableStream;
    readonly library: ReadableStream | null;
  }[];
}

/** Why a file cannot be read: the fields of an error, which would lose them between threads. */
export interface ReadingFault {
  readonly file: string;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** What a thread answers. */
export type Reading<T> = { readonly result: T } | { readonly fault: ReadingFault };

/** Reads one file, row by row: counts, its first records and rejects. */
export async function check({
  definition,
  files: [first],
}: ReadingTask): Promise<Reading<FileCheck>> {
  if (first === undefined) throw new Error('There is no file to check.');
  const { name: file } = first;
  return orFault(file, async () => {
    const content = Readable.fromWeb(first.content);
    const read = await checkFile(definition, file, content, SHOWN);
    return {
      source: definition.id,
      file,
      rows: read.rows,
      records: read.records,
      rejects: read.rejects,
      filled: read.filled,
      firstRecords: read.firstRecords.map(({ id, line, record }) => ({ id, line, record })),
      firstRejects: read.firstRejects.map(({ line, reason, raw }) => ({ line, reason, raw })),
    };
  });
}

/** Reads all files of a source, and joins them: the hash of each record. */
export async function trial({ definition, files }: ReadingTask): Promise<Reading<ReadRecords>> {
  const records = new RecordsOfFiles(definition);
  for (const { name, content, library } of files) {
    const read = await orFault(name, async () =>
      records.add(
        name,
        Readable.fromWeb(content),
        library === null ? null : Readable.fromWeb(library),
      ),
    );
    if ('fault' in read) return read;
  }
  return { result: records.join() };
}

async function orFault<T>(file: string, read: () => Promise<T>): Promise<Reading<T>> {
  try {
    return { result: await read() };
  } catch (error) {
    if (!(error instanceof DeliveryError || error instanceof TooManyRowsError)) throw error;
    const { code, message, hint } = error;
    return { fault: { file, code, message, hint } };
  }
}
