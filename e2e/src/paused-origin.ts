import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveSample } from '@marquee/sample';

/** An origin that sends half of each file, and the rest on request. */
export interface PausedOrigin {
  readonly url: string;
  /** Requests so far, with path and Range header. */
  readonly requests: { readonly path: string; readonly range: string | undefined }[];
  /** Number of downloads waiting for the rest of their file. */
  waiting(): number;
  /** Sends files completely from now on; waiting downloads keep waiting. */
  release(): void;
  /** Also sends the rest to waiting downloads. */
  finish(): void;
  close(): Promise<void>;
}

/** Starts a proxy that pauses downloads of the files of a folder. */
export async function startPausedOrigin(folder: string): Promise<PausedOrigin> {
  const honest = await serveSample({ folder, port: 0 });
  const held = new Map<ServerResponse, Buffer>();
  const requests: { path: string; range: string | undefined }[] = [];
  let isReleased = false;
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    requests.push({ path, range: request.headers.range });
    const headers = Object.fromEntries(
      Object.entries(request.headers).filter(
        ([name]) => name.startsWith('if-') || name === 'range',
      ),
    ) as Record<string, string>;
    void fetch(honest.url + path, { headers }).then(async (answer) => {
      const body = Buffer.from(await answer.arrayBuffer());
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      if (isReleased || body.length === 0) {
        response.end(body);
        return;
      }
      const half = Math.floor(body.length / 2);
      response.write(body.subarray(0, half));
      held.set(response, body.subarray(half));
      response.on('close', () => held.delete(response));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const release = () => {
    isReleased = true;
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    requests,
    waiting: () => held.size,
    release,
    finish() {
      release();
      for (const [response, rest] of held) response.end(rest);
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await honest.close();
    },
  };
}
