import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { System } from './system.ts';

/** A response as received. */
export interface RawResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** Sends a request with exactly these headers, including ones that fetch forbids. */
export async function send(
  system: Pick<System, 'apiUrl'>,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body = '',
): Promise<RawResponse> {
  const request = httpRequest(system.apiUrl + path, {
    method,
    headers: {
      ...headers,
      ...(body === ''
        ? {}
        : {
            'content-type': 'application/json',
            'content-length': String(Buffer.byteLength(body)),
          }),
    },
  });
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    text: Buffer.concat(chunks).toString(),
  };
}

/** Sends bytes that are no request, and answers with what comes back. */
export async function sendRaw(system: Pick<System, 'apiUrl'>, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(system.apiUrl).port), '127.0.0.1');
  socket.write(bytes);
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

/** Header with an API key. */
export const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });
