import type { AddressInfo } from 'node:net';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { buildApp } from 'fauxqs';

/** How some responses differ from the real ones. */
interface S3Trick {
  /** Matches `METHOD /path?query` of requests, such as `PUT /bucket/key?partNumber=1`. */
  readonly on: RegExp;
  /** The number of requests; 1 by default. */
  readonly times?: number;
  /** A response with an error of S3 instead of the real one. */
  readonly refuse?: { readonly status: number; readonly xml: string };
  /** Cuts the connection after this many bytes of the body. */
  readonly cutAfter?: number;
  /** Stalls after this many bytes of the body. */
  readonly hangAfter?: number;
  /** Never responds. */
  readonly silent?: true;
  /** Runs when such a request arrives, before the response. */
  readonly then?: (request: FastifyRequest) => unknown;
}

interface SeenRequest {
  readonly what: string;
  readonly headers: FastifyRequest['headers'];
}

/**
 * A real S3 server for tests, on loopback, that records its requests and can be told to misbehave.
 * fauxqs does not list unfinished uploads; this class adds the list, from the requests it has seen.
 */
export class TestS3 {
  readonly requests: SeenRequest[] = [];
  readonly bucket = 'films';
  readonly #app: FastifyInstance;
  #tricks: { left: number; readonly trick: S3Trick }[] = [];
  readonly #unfinished = new Map<string, string>();

  private constructor() {
    this.#app = buildApp({ logger: false });
    this.#app.addHook('onRequest', (request, reply) => this.#before(request, reply));
    this.#app.addHook('onSend', async (request, reply, payload) =>
      this.#after(request, reply, payload),
    );
  }

  /** Starts a server with one empty bucket. */
  static async start(): Promise<TestS3> {
    const server = new TestS3();
    await server.#app.listen({ port: 0, host: '127.0.0.1' });
    const client = new S3Client({
      endpoint: server.endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    await client.send(new CreateBucketCommand({ Bucket: server.bucket }));
    client.destroy();
    server.requests.length = 0;
    return server;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#app.server.address() as AddressInfo).port}`;
  }

  /** The ids of uploads that were neither completed nor aborted. */
  get unfinished(): string[] {
    return [...this.#unfinished.keys()];
  }

  /** The matching requests so far. */
  seen(pattern: RegExp): SeenRequest[] {
    return this.requests.filter(({ what }) => pattern.test(what));
  }

  trick(...tricks: readonly S3Trick[]): void {
    this.#tricks.push(...tricks.map((trick) => ({ left: trick.times ?? 1, trick })));
  }

  forget(): void {
    this.requests.length = 0;
    this.#tricks = [];
  }

  async stop(): Promise<void> {
    this.#app.server.closeAllConnections();
    await this.#app.close();
  }

  async #before(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
    const what = `${request.method} ${request.url}`;
    this.requests.push({ what, headers: request.headers });
    const next = this.#tricks.find(({ left, trick }) => left > 0 && trick.on.test(what));
    if (next !== undefined) {
      next.left -= 1;
      await next.trick.then?.(request);
      if (next.trick.silent === true) return reply.hijack();
      if (next.trick.refuse !== undefined)
        return reply
          .status(next.trick.refuse.status)
          .type('application/xml')
          .send(next.trick.refuse.xml);
      truncateResponse(reply, next.trick);
    }
    if (/^GET .*[?&]uploads/u.test(what))
      return reply
        .type('application/xml')
        .send(this.#listUnfinished(String((request.query as Record<string, string>)['prefix'])));
    return undefined;
  }

  #after(request: FastifyRequest, reply: FastifyReply, payload: unknown): unknown {
    const { uploadId, uploads } = request.query as Record<string, string | undefined>;
    if (reply.statusCode < 300) {
      const began =
        request.method === 'POST' && uploads !== undefined
          ? /<Key>(.*)<\/Key>\s*<UploadId>(.*)<\/UploadId>/u.exec(String(payload))
          : null;
      if (began !== null) this.#unfinished.set(String(began[2]), String(began[1]));
      if (uploadId !== undefined && request.method !== 'PUT') this.#unfinished.delete(uploadId);
    }
    return payload;
  }

  #listUnfinished(prefix: string): string {
    const listed = [...this.#unfinished]
      .filter(([, key]) => key.startsWith(prefix))
      .map(([id, key]) => `<Upload><Key>${key}</Key><UploadId>${id}</UploadId></Upload>`);
    return `<ListMultipartUploadsResult><Bucket>${this.bucket}</Bucket>${listed.join('')}</ListMultipartUploadsResult>`;
  }
}

/** Sends only the first bytes of the body. */
function truncateResponse({ raw }: FastifyReply, { cutAfter, hangAfter }: S3Trick): void {
  if (cutAfter === undefined && hangAfter === undefined) return;
  raw.end = ((body: Buffer) => {
    raw.write(body.subarray(0, cutAfter ?? hangAfter), () => {
      if (cutAfter !== undefined) raw.destroy();
    });
    return raw;
  }) as typeof raw.end;
}
