import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import streamArray from 'stream-json/streamers/stream-array.js';
import { DeliveryError } from './delivery-error.ts';
import { isTooDeep, MAX_DEPTH } from './depth.ts';
import { cleanText, MAX_ROW_LENGTH, reject, textFault, type Reject, type Row } from './row.ts';

/** The rows of NDJSON: an object a line. Empty lines are skipped. */
export async function* ndjsonRows(text: AsyncIterable<string>): AsyncGenerator<Row | Reject> {
  let number = 0;
  let rows = 0;
  for await (const line of lines(text)) {
    number += 1;
    if (line.trim() === '') continue;
    rows += 1;
    yield parsed(number, line);
  }
  if (rows === 0) throw new DeliveryError('empty', 'The file has no row.');
}

async function* lines(text: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of text) {
    const parts = `${rest}${chunk}`.split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
    if (rest.length > MAX_ROW_LENGTH)
      throw new DeliveryError('row-too-long', 'A line has more than 10 MB.');
  }
  yield rest;
}

function parsed(line: number, text: string): Row | Reject {
  try {
    return rowOf(line, JSON.parse(text) as unknown, text);
  } catch {
    return reject(line, text, 'it is not JSON');
  }
}

/** The rows of a JSON list of objects; `line` is the number of the object. */
export async function* jsonRows(text: AsyncIterable<string>): AsyncGenerator<Row | Reject> {
  const objects = streamArray.withParserAsStream();
  // its error is thrown by the loop
  let unread = 0;
  const counted = async function* () {
    for await (const chunk of text) {
      if (unread > MAX_ROW_LENGTH)
        throw new DeliveryError('row-too-long', `After ${line} objects, one has more than 10 MB.`);
      unread += chunk.length;
      yield chunk;
    }
  };
  let line = 0;
  const pumped = pipeline(Readable.from(counted()), objects).catch(() => undefined);
  try {
    for await (const { value } of objects as AsyncIterable<{ value: unknown }>) {
      line += 1;
      unread = 0;
      yield rowOf(line, value, null);
    }
  } catch (error) {
    // errors of the parser have no code; those of the content do
    if (!(error instanceof Error) || 'code' in error) throw error;
    throw new DeliveryError(
      line === 0 ? 'wrong-format' : 'truncated',
      `After ${line} objects, the file is no list in JSON: ${error.message}.`,
      error,
    );
  } finally {
    objects.destroy();
    await pumped;
  }
  if (line === 0) throw new DeliveryError('empty', 'The file has no row.');
}

/** @param text the row as text, if it is known */
function rowOf(line: number, value: unknown, text: string | null): Row | Reject {
  const raw = () => text ?? JSON.stringify(value);
  if (isTooDeep(value))
    return reject(line, text ?? '', `its lists and objects are more than ${MAX_DEPTH} levels deep`);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return reject(line, raw(), 'it is no object');
  const faults: string[] = [];
  const clean = (each: unknown): unknown => {
    if (typeof each === 'string') {
      const fault = textFault(each);
      if (fault !== null) faults.push(fault);
      return cleanText(each);
    }
    if (Array.isArray(each)) return each.map(clean);
    if (typeof each !== 'object' || each === null) return each;
    return Object.fromEntries(
      // other orders of keys make equal rows
      Object.entries(each)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, inner]) => [cleanText(key), clean(inner)]),
    );
  };
  const columns = clean(value) as Row['columns'];
  const [fault] = faults;
  return fault === undefined ? { line, columns } : reject(line, raw(), fault);
}
