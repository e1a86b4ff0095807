import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ClientBase, CustomTypesConfig } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { collectYoung } from '../load/thread/garbage.ts';

/** The columns of a row as texts. */
export type TextRow = readonly (string | null | undefined)[];

/** Rows that a cursor hands on at once. */
const FETCHED = 5000;

/** Chunks that are read, each with its rows, before the garbage of them is collected. */
const COLLECT_EVERY = 16;

/**
 * Reads what a query answers with, some rows at a time; quicker than {@link fetchRows} for millions
 * of them. A row is made when it is asked for: together they would outlive a collection of young
 * garbage, which then costs a third of the time.
 */
export async function* readRows(
  client: ClientBase,
  query: string,
): AsyncGenerator<Iterable<TextRow>> {
  const decoder = new TextDecoder();
  let rest = '';
  let read = 0;
  for await (const chunk of client.query(
    copyTo(`copy (${query}) to stdout`),
  ) as AsyncIterable<Buffer>) {
    const text = rest + decoder.decode(chunk, { stream: true });
    const end = text.lastIndexOf('\n') + 1;
    yield rowsOf(text, end);
    rest = text.slice(end);
    if (++read % COLLECT_EVERY === 0) collectYoung();
  }
}

/** The rows of the lines that end before a place in a text. */
function* rowsOf(text: string, end: number): Generator<TextRow> {
  for (let at = 0; at < end;) {
    const next = text.indexOf('\n', at) + 1;
    yield readLine(text.slice(at, next - 1));
    at = next;
  }
}

function readLine(line: string): TextRow {
  const fields: (string | null)[] = line.split('\t');
  if (!line.includes('\\')) return fields;
  return fields.map((field) =>
    field === null || field === '\\N'
      ? null
      : field.replace(/\\(.)/gu, (_, escaped: string) => ESCAPES[escaped] ?? escaped),
  );
}

const ESCAPES: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/**
 * Reads what a query answers with, some rows at a time, between which the connection is free for
 * other statements of the same transaction.
 */
export async function* fetchRows(client: ClientBase, query: string): AsyncGenerator<TextRow[]> {
  await client.query(`declare fetched no scroll cursor for ${query}`);
  for (;;) {
    const { rows } = await client.query<(string | null)[]>({
      text: `fetch ${FETCHED} from fetched`,
      rowMode: 'array',
      types: AS_TEXT,
    });
    if (rows.length === 0) break;
    yield rows;
  }
  await client.query('close fetched');
}

const AS_TEXT = { getTypeParser: () => (value: string) => value } as CustomTypesConfig;

/** Copies lines, as COPY's text format has them, into a table. */
export async function writeLines(client: ClientBase, target: string, lines: string): Promise<void> {
  await pipeline(
    Readable.from([Buffer.from(lines)]),
    client.query(copyFrom(`copy ${target} from stdin`)),
  );
}
