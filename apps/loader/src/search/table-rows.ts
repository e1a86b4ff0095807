import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PoolClient } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { collectYoung } from '../thread/garbage.ts';

/** The columns of a row as texts. */
export type Row = readonly (string | null | undefined)[];

/** How much is written at once. */
const CHUNK_CHARACTERS = 64 * 1024;

/** Chunks that are read, each with its rows, before the garbage of them is collected. */
const COLLECT_EVERY = 16;

/** Reads what a query answers with, some rows at a time; quicker than a cursor for millions of them. */
export async function* readRows(client: PoolClient, query: string): AsyncGenerator<Row[]> {
  const decoder = new TextDecoder();
  let rest = '';
  let read = 0;
  for await (const chunk of client.query(copyTo(`copy (${query}) to stdout`)) as AsyncIterable<Buffer>) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield lines.map(readLine);
    if (++read % COLLECT_EVERY === 0) collectYoung();
  }
}

function readLine(line: string): Row {
  const fields: (string | null)[] = line.split('\t');
  if (!line.includes('\\')) return fields;
  return fields.map((field) => (field === null || field === '\\N' ? null : field.replace(/\\(.)/gu, (_, escaped: string) => ESCAPES[escaped] ?? escaped)));
}

const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** Copies lines, as COPY's text format has them, into a table. @param options such as `freeze` */
export async function writeLines(client: PoolClient, target: string, lines: AsyncIterable<string> | Iterable<string>, options = ''): Promise<void> {
  await pipeline(Readable.from(inChunks(lines)), client.query(copyFrom(`copy ${target} from stdin${options}`)));
}

async function* inChunks(lines: AsyncIterable<string> | Iterable<string>): AsyncGenerator<Buffer> {
  let chunk = '';
  for await (const line of lines) {
    chunk += line;
    if (chunk.length < CHUNK_CHARACTERS) continue;
    yield Buffer.from(chunk);
    chunk = '';
  }
  if (chunk !== '') yield Buffer.from(chunk);
}
