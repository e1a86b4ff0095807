import { Readable, Transform, pipeline } from 'node:stream';
import {
  CSV_LIST_SEPARATOR,
  type CsvStyle,
  type ListFormat,
  type ListRequest,
} from '@marquee/contract';
import { StreamableFile } from '@nestjs/common';
import { stringify } from 'csv-stringify/sync';
import type { FastifyReply } from 'fastify';
import Negotiator from 'negotiator';
import type { StreamClient } from '../../database/stream-slots.ts';
import { rateLimitKey } from '../rate-limits/rate-limits.ts';
import { faultyInput } from '../../problems/bad-input.ts';
import { ProblemException } from '../../problems/problem-exception.ts';

/** The format that each media range of an Accept header stands for. */
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

/** How items are written to a file. */
export interface FileLayout {
  readonly format: Exclude<ListFormat, 'json'>;
  /** Columns of CSV. */
  readonly fields: readonly string[];
  /** Plain when left out. */
  readonly csv?: CsvStyle | undefined;
}

/** The empty text differs from null only by its quotes. */
const QUOTED = /^$/u;

/** Beginnings of texts that a spreadsheet runs as a formula, also the full-width signs. */
const FORMULA = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/u;

/** Without it, Excel on Windows reads UTF-8 as its own 8-bit encoding. */
const BYTE_ORDER_MARK = '\uFEFF';

/**
 * The format of a list: the parameter, else the one that the Accept header prefers, else JSON.
 *
 * @param accept such as `text/csv, application/json;q=0.5`
 */
export function formatOf<F extends string>(parameter: F | undefined, accept = ''): F | ListFormat {
  if (parameter !== undefined) return parameter;
  // the ranges without their parameters: `text/csv; header=present` is CSV, which a match with
  // the media types we have would not find
  const ranges = new Negotiator({ headers: { accept } }).mediaTypes();
  const formats = ranges.map((range) => FORMATS.get(range.toLowerCase()));
  return formats.find((format) => format !== undefined) ?? 'json';
}

/**
 * Chooses the format of a response, as {@link formatOf} does, and adds Accept to its Vary header.
 *
 * @throws ProblemException 400 for a total with a stream: CSV and NDJSON have no place for it; and
 *   for a style of CSV with another format
 */
export function chooseFormat<F extends string>(
  {
    format: parameter,
    total = 'none',
    csv = 'plain',
  }: {
    readonly format?: F | undefined;
    readonly total?: ListRequest['total'];
    readonly csv?: CsvStyle;
  },
  reply: FastifyReply,
): F | ListFormat {
  vary(reply, ['Accept']);
  const format = formatOf(parameter, reply.request.headers.accept);
  if (csv === 'spreadsheet' && format !== 'csv')
    throw faultyInput([
      { where: 'csv', what: `expected together with format=csv, got format ${format}` },
    ]);
  if (format !== 'json' && total !== 'none') {
    throw new ProblemException({
      status: 400,
      code: 'bad-input',
      detail: `A stream of ${format} cannot contain a total.`,
      hint: 'Leave out total and count the rows, or request JSON.',
    });
  }
  return format;
}

/** Adds names of request headers to the Vary header of a response. */
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

/** The client that a stream counts against. */
export function streamClientOf({ request }: Pick<FastifyReply, 'request'>): StreamClient {
  const { caller, ip: address, socket: connection } = request;
  return { party: rateLimitKey(caller ?? { key: null, address }), connection };
}

/** Aborts the work for a response when its client disconnects. */
export function abortWith(reply: FastifyReply): AbortController {
  const aborter = new AbortController();
  reply.raw.once('close', () => aborter.abort());
  return aborter;
}

/**
 * Items as a streamed response.
 *
 * @param batches of items
 * @param aborter aborted when the stream is destroyed. A pipelined response may never begin, and
 *   then its close event does not come either.
 */
export function fileOf(
  layout: FileLayout,
  batches: Batches,
  aborter?: AbortController,
): StreamableFile {
  const { type, stream } = streamAs(layout, batches);
  stream.once('close', () => aborter?.abort());
  return new StreamableFile(stream, { type });
}

/**
 * Items as a stream of text. Destroying the stream ends the iterator of the items.
 *
 * @param items single items or, much faster, batches
 */
export function streamAs(
  { format, fields, csv = 'plain' }: FileLayout,
  items: Batches,
): { type: string; stream: Readable } {
  const stream = format === 'csv' ? csvWriter(fields, csv) : ndjsonWriter();
  // an error destroys the stream and cuts the response: the client sees that it is incomplete
  pipeline(Readable.from(items, ONE_AT_A_TIME), stream, () => undefined);
  return {
    type: format === 'csv' ? 'text/csv; charset=utf-8; header=present' : 'application/x-ndjson',
    stream,
  };
}

/** Single items or batches of them. */
type Batches = AsyncIterable<object | readonly object[]> | Iterable<object | readonly object[]>;

/** Without read-ahead: one batch is large enough. */
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

function csvWriter(fields: readonly string[], style: CsvStyle): Transform {
  const names = stringify([], { header: true, columns: [...fields] });
  const header = style === 'spreadsheet' ? BYTE_ORDER_MARK + names : names;
  let begun = false;
  return new Transform({
    writableObjectMode: true,
    writableHighWaterMark: 1,
    transform(chunk: object | readonly object[], _, done) {
      const rows = stringify([...batchOf(chunk)], {
        columns: [...fields],
        quoted_match: QUOTED,
        cast: CSV_VALUES[style],
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

const PLAIN = {
  boolean: String,
  date: (value: Date) => value.toISOString(),
  object: (value: object) =>
    Array.isArray(value) && value.every((one) => typeof one !== 'object')
      ? value.join(CSV_LIST_SEPARATOR)
      : JSON.stringify(value),
};

const CSV_VALUES = {
  plain: PLAIN,
  spreadsheet: {
    ...PLAIN,
    string: asText,
    object: (value: object) => asText(PLAIN.object(value)),
  },
} as const;

/** A text that no spreadsheet runs: it takes a leading apostrophe for the mark of a text. */
function asText(value: string): string {
  return FORMULA.test(value) ? `'${value}` : value;
}
