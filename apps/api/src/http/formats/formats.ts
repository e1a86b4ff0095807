import { Readable, Transform, pipeline } from 'node:stream';
import { CSV_LIST_SEPARATOR, type ListFormat, type ListRequest } from '@marquee/contract';
import { StreamableFile } from '@nestjs/common';
import { stringify } from 'csv-stringify/sync';
import type { FastifyReply } from 'fastify';
import Negotiator from 'negotiator';
import type { StreamClient } from '../../database/stream-slots.ts';
import { rateLimitKey } from '../rate-limits/rate-limits.ts';
import { ProblemException } from '../../problems/problem-exception.ts';

/** What each media range of an Accept header asks for. */
const FORMATS: ReadonlyMap<string, ListFormat> = new Map([
  ['application/json', 'json'],
  ['application/x-ndjson', 'ndjson'],
  ['application/ndjson', 'ndjson'],
  ['application/jsonl', 'ndjson'],
  ['application/*', 'json'],
  ['text/csv', 'csv'],
  ['text/*', 'csv'],
  ['*/*', 'json'],
]);

/**
 * What a spreadsheet takes for a formula is quoted, as is an empty text, which so is told from
 * null.
 */
const QUOTED = /^(?:[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]|$)/u;

/**
 * The form that a list is wanted in: what the parameter says, else what the Accept header likes
 * best of those there are, else JSON.
 *
 * @param accept such as `text/csv, application/json;q=0.5`
 */
export function formatOf(parameter: ListFormat | undefined, accept = ''): ListFormat {
  if (parameter !== undefined) return parameter;
  // the ranges without their parameters: `text/csv; header=present` is CSV, which a match with
  // the media types we have would not find
  const ranges = new Negotiator({ headers: { accept } }).mediaTypes();
  const formats = ranges.map((range) => FORMATS.get(range.toLowerCase()));
  return formats.find((format) => format !== undefined) ?? 'json';
}

/**
 * The form of an answer to a request, as {@link formatOf} has it. Caches are told that it follows
 * from the Accept header.
 *
 * @throws ProblemException 400 for a total of a stream, in which it has no place
 */
export function chooseFormat(
  {
    format: parameter,
    total = 'none',
  }: { readonly format?: ListFormat | undefined; readonly total?: ListRequest['total'] },
  reply: FastifyReply,
): ListFormat {
  vary(reply, ['Accept']);
  const format = formatOf(parameter, reply.request.headers.accept);
  if (format !== 'json' && total !== 'none') {
    throw new ProblemException({
      status: 400,
      code: 'bad-input',
      detail: `A total was asked for, which a stream of ${format} does not tell.`,
      hint: 'Leave out total, and count the rows; or ask for a page of JSON.',
    });
  }
  return format;
}

/** Tells caches which more headers of the request an answer follows from. */
export function vary(reply: FastifyReply, names: readonly string[]): void {
  void reply.header(
    'Vary',
    [
      ...new Set([
        ...String(reply.getHeader('vary') ?? '')
          .split(/ *, */u)
          .filter(Boolean),
        ...names,
      ]),
    ].join(', '),
  );
}

/** Whom a stream that answers a request is for. */
export function streamClientOf({ request }: FastifyReply): StreamClient {
  const { caller, ip: address, socket: connection } = request;
  return { party: rateLimitKey(caller ?? { key: null, address }), connection };
}

/** What ends the work for an answer when its client goes away. */
export function abortWith(reply: FastifyReply): AbortController {
  const aborter = new AbortController();
  reply.raw.once('close', () => aborter.abort());
  return aborter;
}

/**
 * Items as a file.
 *
 * @param fields columns of CSV
 * @param batches of them
 * @param aborter ends the work for them when the file is given up: its answer may never begin,
 *   where others wait before it on the connection
 */
export function fileOf(
  format: Exclude<ListFormat, 'json'>,
  fields: readonly string[],
  batches: Batches,
  aborter?: AbortController,
): StreamableFile {
  const { type, stream } = streamAs(format, fields, batches);
  stream.once('close', () => aborter?.abort());
  return new StreamableFile(stream, { type });
}

/**
 * Items as a stream of text. When the stream is destroyed, the items' iterator is returned.
 *
 * @param fields columns of CSV
 * @param items one by one or, quicker by far, in batches
 */
export function streamAs(
  format: Exclude<ListFormat, 'json'>,
  fields: readonly string[],
  items: Batches,
): { type: string; stream: Readable } {
  const stream = format === 'csv' ? csvWriter(fields) : ndjsonWriter();
  // a fault on the way destroys the stream with it, and so cuts the answer: its client sees that it
  // is not whole
  pipeline(Readable.from(items, ONE_AT_A_TIME), stream, () => undefined);
  return {
    type: format === 'csv' ? 'text/csv; charset=utf-8; header=present' : 'application/x-ndjson',
    stream,
  };
}

/** Items one by one, or some at a time. */
type Batches = AsyncIterable<object | readonly object[]> | Iterable<object | readonly object[]>;

/** A batch is large enough as it is. */
const ONE_AT_A_TIME = { highWaterMark: 1 };

function ndjsonWriter(): Transform {
  return new Transform({
    writableObjectMode: true,
    writableHighWaterMark: 1,
    transform: (chunk: object | readonly object[], _, done) =>
      done(
        null,
        batchOf(chunk)
          .map((item) => `${JSON.stringify(item)}\n`)
          .join(''),
      ),
  });
}

function csvWriter(fields: readonly string[]): Transform {
  const header = stringify([], { header: true, columns: [...fields] });
  let begun = false;
  return new Transform({
    writableObjectMode: true,
    writableHighWaterMark: 1,
    transform(chunk: object | readonly object[], _, done) {
      const rows = stringify([...batchOf(chunk)], {
        columns: [...fields],
        quoted_match: QUOTED,
        cast: CSV_VALUES,
      });
      done(null, begun ? rows : header + rows);
      begun = true;
    },
    flush: (done) => done(null, begun ? '' : header),
  });
}

function batchOf(chunk: object | readonly object[]): readonly object[] {
  return Array.isArray(chunk) ? (chunk as readonly object[]) : [chunk];
}

const CSV_VALUES = {
  boolean: String,
  date: (value: Date) => value.toISOString(),
  object: (value: object) =>
    Array.isArray(value) && value.every((one) => typeof one !== 'object')
      ? value.join(CSV_LIST_SEPARATOR)
      : JSON.stringify(value),
};
