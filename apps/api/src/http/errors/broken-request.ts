import { randomUUID } from 'node:crypto';
import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Logger } from '@marquee/process';
import { toProblem, type ProblemFields } from '../../problems/problem-exception.ts';

const HINT = 'Send it as HTTP/1.1 has it.';

/** What Node says of a request that it could not read to the end of its head. */
const KNOWN: Readonly<Record<string, ProblemFields>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: 'headers-too-large',
    detail: 'The URL and the headers have more than 16 KiB together.',
    hint: 'Leave out what is not needed; long lists go into the body of a POST where there is one.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    code: 'request-timeout',
    detail: 'The request did not come to its end in time.',
    hint: 'Send it at once.',
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    status: 413,
    code: 'too-large',
    detail: 'The chunk extensions of the body are too long.',
    hint: HINT,
  },
};

/**
 * Answers what is no HTTP request in the shape that all errors have, and hangs up. There is no
 * request yet, and so nobody else to answer it.
 */
export function answerBrokenRequest(
  log: Logger,
): (error: NodeJS.ErrnoException, socket: Socket) => void {
  return (error, socket) => {
    const code = error.code ?? '';
    // who has gone hears nothing; and where an answer has begun, another would become part of it
    if (code === 'ECONNRESET' || !socket.writable || answerOn(socket)?.headersSent === true) {
      socket.destroy();
      return;
    }
    const fields = KNOWN[code] ?? {
      status: 400,
      code: 'broken-request',
      detail: `This is not a request that HTTP knows (${error.message}).`,
      hint: HINT,
    };
    const requestId = randomUUID();
    log.debug(
      { request: requestId, address: socket.remoteAddress, err: error },
      'a broken request',
    );
    const body = JSON.stringify(toProblem(fields, requestId));
    socket.end(
      `HTTP/1.1 ${fields.status} ${STATUS_CODES[fields.status] ?? 'Error'}\r\nConnection: close\r\nContent-Type: application/problem+json\r\n` +
        `X-Request-Id: ${requestId}\r\nCache-Control: no-store\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  };
}

/**
 * The answer that is being written to a socket; Node keeps it there for its own handler of the
 * same.
 */
function answerOn(
  socket: Socket & { readonly _httpMessage?: ServerResponse | null },
): ServerResponse | null {
  return socket._httpMessage ?? null;
}
