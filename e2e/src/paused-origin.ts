import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveSample } from '@marquee/sample';

/** An origin that sends half of each file, and the rest when it is told to. */
export interface PausedOrigin {
  readonly url: string;
  /** The requests so far: the path, and the range that was asked for. */
  readonly requests: { readonly path: string; readonly range: string | undefined }[];
  /** How many downloads wait for the rest of their file now. */
  waiting(): number;
  /** Sends all of each file from now on; those that wait still do. */
  release(): void;
  /** Sends the rest of those that wait as well. */
  finish(): void;
  close(): Promise<void>;
}

/** Serves the files of a folder from behind a hand that holds them back. */
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
