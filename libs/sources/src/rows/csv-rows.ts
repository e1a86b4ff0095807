import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import type { FileDefinition } from '../definition/definition.ts';
import { DeliveryError } from './delivery-error.ts';
import { cleanText, MAX_ROW_LENGTH, reject, textFault, type Reject, type Row } from './row.ts';

/** The columns of a file. */
interface Header {
  readonly names: readonly string[];
  /** Their numbers in the order of their names: files with other orders make equal rows. */
  readonly order: readonly number[];
}

/** What csv-parse gives with its option `info`. */
interface Parsed {
  readonly record: string[];
  readonly info: { readonly lines: number };
}

/**
 * The rows of a CSV or TSV file with a header.
 *
 * @param required the columns that it must have
 * @throws DeliveryError, also while it is read
 */
export async function* csvRows(
  text: AsyncIterable<string>,
  file: FileDefinition,
  required: readonly string[],
): AsyncGenerator<Row | Reject> {
  const parser = parse({
    delimiter: file.delimiter ?? (file.format === 'tsv' ? '\t' : ','),
    quote: file.quote,
    escape: file.quote === false ? null : file.quote,
    info: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: MAX_ROW_LENGTH,
  });
  // its error is thrown by the loop
  const pumped = pipeline(text, parser).catch(() => undefined);
  let header: Header | null = null;
  let line = 1;
  try {
    for await (const { record, info } of parser as AsyncIterable<Parsed>) {
      line = info.lines - newlinesIn(record);
      if (header === null) header = checkedHeader(record, required);
      else yield rowOf(header, record, line);
    }
  } catch (error) {
    throw describeCsvError(error, line);
  } finally {
    parser.destroy();
    await pumped;
  }
  if (header === null) throw new DeliveryError('empty', 'The file has no line.');
}

function rowOf({ names, order }: Header, record: readonly string[], line: number): Row | Reject {
  const raw = () => record.join(' | ');
  if (record.length !== names.length)
    return reject(line, raw(), `expected ${names.length} columns, got ${record.length}`);
  const columns: Record<string, string> = {};
  for (const i of order) {
    const text = record[i] ?? '';
    const fault = textFault(text);
    if (fault !== null) return reject(line, raw(), fault);
    columns[names[i] ?? ''] = cleanText(text);
  }
  return { line, columns };
}

/** Line breaks in quotes: csv-parse tells the line on which a row ends. */
function newlinesIn(record: readonly string[]): number {
  let newlines = 0;
  for (const text of record)
    for (let i = text.indexOf('\n'); i !== -1; i = text.indexOf('\n', i + 1)) newlines += 1;
  return newlines;
}

/** The names of the columns. Spaces around them, and a byte order mark, are no part of them. */
function checkedHeader(record: readonly string[], required: readonly string[]): Header {
  const header = record.map((name) => cleanText(name.replace(/^\u{feff}/u, '')).trim());
  const missing = required.filter((name) => !header.includes(name));
  const got = header.join(', ').slice(0, 500);
  if (missing.length > 0)
    throw new DeliveryError(
      'wrong-header',
      `The file has the columns ${got}; it lacks ${missing.join(', ')}.`,
      undefined,
      header,
    );
  const twice = header.find((name, i) => required.includes(name) && header.indexOf(name) !== i);
  if (twice !== undefined)
    throw new DeliveryError('wrong-header', `The file has the column ${twice} twice.`);
  const order = [...header.keys()].sort((a, b) => ((header[a] ?? '') < (header[b] ?? '') ? -1 : 1));
  return { names: header, order };
}

function describeCsvError(error: unknown, line: number): unknown {
  if (!(error instanceof CsvError)) return error;
  if (error.code === 'CSV_QUOTE_NOT_CLOSED')
    return new DeliveryError('truncated', `A quote after line ${line} is not closed.`, error);
  if (error.code === 'CSV_MAX_RECORD_SIZE')
    return new DeliveryError(
      'row-too-long',
      `A row after line ${line} has more than 10 MB.`,
      error,
    );
  return new DeliveryError('wrong-format', `After line ${line}: ${error.message}.`, error);
}
