import type { Server, Socket } from 'node:net';
import type { ProblemFields } from '../../problems/problem-exception.ts';

/** The first byte of a TLS connection: the type of a record of the handshake. */
const HANDSHAKE = 22;

/**
 * An answer in the clear, no redirect: who has sent a key this way should notice at the first
 * request, before every other one is sent twice.
 */
export const TLS_REQUIRED: ProblemFields = {
  status: 400,
  code: 'tls-required',
  detail: 'This port speaks TLS alone.',
  hint: 'Use https:// in the address. A key that was sent without TLS may be known to others: revoke it.',
};

/**
 * Answers what speaks no TLS, which a server of Node closes without a word. The first byte of each
 * connection tells.
 *
 * @param headMs how long it may take until it comes
 */
export function answerPlainRequests(
  server: Server,
  headMs: number,
  answer: (socket: Socket) => void,
): void {
  const listeners = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const end = () => socket.destroy();
    socket.on('error', end);
    socket.setTimeout(headMs, end);
    socket.once('readable', () => {
      const bytes = socket.read() as Buffer | null;
      if (bytes === null) return;
      socket.setTimeout(0).off('timeout', end).off('error', end);
      if (bytes[0] === HANDSHAKE) {
        socket.unshift(bytes);
        for (const listener of listeners) listener.call(server, socket);
      } else {
        socket.on('error', end);
        answer(socket);
      }
    });
  });
}
