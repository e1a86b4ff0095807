import { randomUUID } from 'node:crypto';
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from '@marquee/process';
import { methodNotAllowed } from '../guard/request-errors.ts';
import { toProblem, type ProblemFields } from '../../problems/problem-exception.ts';

/** How long a client may take to read an answer and to close its side. */
const CLOSE_MS = 1000;

const HINT = 'Send a valid HTTP/1.1 request.';

/** A request that was not received in time. */
export const REQUEST_TIMEOUT: ProblemFields = {
  status: 408,
  code: 'request-timeout',
  detail: 'The request was not received completely in time.',
  hint: 'Send the whole request without pauses.',
};

/** Node's error codes for a request whose head it could not parse. */
const KNOWN: Readonly<Record<string, ProblemFields>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: 'headers-too-large',
    detail: 'The URL and the headers exceed 16 KiB together.',
    hint: 'Send fewer headers; send long lists in the body of a POST where an operation offers it.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: REQUEST_TIMEOUT,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    status: 413,
    code: 'too-large',
    detail: 'The chunk extensions of the body are too long.',
    hint: HINT,
  },
};

/**
 * Answers bytes that are not an HTTP request with problem+json, and closes the connection. Fastify
 * sees no request, so that no hook and no filter runs.
 */
export function answerBrokenRequest(
  log: Logger,
): (error: NodeJS.ErrnoException, socket: Socket) => void {
  return (error, socket) => {
    const code = error.code ?? '';
    // a client that is gone reads nothing, nor does one whose TLS has failed; and an error within a
    // response would become part of it
    if (
      code === 'ECONNRESET' ||
      /^ERR_(?:O?SSL|TLS)_/u.test(code) ||
      !socket.writable ||
      responseOn(socket)?.headersSent === true
    ) {
      socket.destroy();
      return;
    }
    const fields = KNOWN[code] ?? {
      status: 400,
      code: 'broken-request',
      detail: `Not a valid HTTP request (${error.message}).`,
      hint: HINT,
    };
    const requestId = endWithProblem(socket, fields);
    log.debug(
      { request: requestId, address: socket.remoteAddress, err: error },
      'a broken request',
    );
  };
}

/** Answers CONNECT, which Node hands to no request handler: this server is no proxy. */
export function answerConnect({ url = '' }: IncomingMessage, socket: Duplex): void {
  // a client that is gone reads nothing
  socket.on('error', () => socket.destroy());
  const { fields, headers } = methodNotAllowed('CONNECT', url.slice(0, 100), ['GET', 'POST']);
  endWithProblem(socket, fields, headers);
}

/** Writes an error response to a socket, and closes it. @returns the id of the request */
export function endWithProblem(
  socket: Duplex,
  fields: ProblemFields,
  more: Readonly<Record<string, string>> = {},
): string {
  const requestId = randomUUID();
  const body = JSON.stringify(toProblem(fields, requestId));
  const headers = {
    Connection: 'close',
    'Content-Type': 'application/problem+json',
    'X-Request-Id': requestId,
    'Cache-Control': 'no-store',
    'Content-Length': Buffer.byteLength(body),
    ...more,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end(
    [
      `HTTP/1.1 ${fields.status} ${STATUS_CODES[fields.status] ?? 'Error'}`,
      ...lines,
      '',
      body,
    ].join('\r\n'),
  );
  // one that never closes its side would keep the connection
  const late = setTimeout(() => socket.destroy(), CLOSE_MS);
  socket.once('close', () => clearTimeout(late));
  return requestId;
}

/**
 * The response that is being written to a socket. Node keeps it in an undocumented property, which
 * its own default handler reads; broken-request.test.ts fails when that changes.
 */
function responseOn(
  socket: Socket & { readonly _httpMessage?: ServerResponse | null },
): ServerResponse | null {
  return socket._httpMessage ?? null;
}
