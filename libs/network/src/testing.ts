import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * For TLS servers in tests: a key that is not secret, and a self-signed certificate for
 * `*.example.test`, localhost and 127.0.0.1.
 */
export const TEST_TLS = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgHZ5EzOa9Tsul8d9K
24mxnTMqBjqoT0wCHg5kTgXrz5ehRANCAARz3yMlm8TLO8gtRLeMR2bfIKInDiNh
IcXak9kMDI5/AWVXBUaxq+p1uLquD+QXUwSrwloOQ0mtseu5lllV2ioP
-----END PRIVATE KEY-----
`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBszCCAVmgAwIBAgIUFx97lkYGxwPlc4Tjte7aSCzxFQwwCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNZmlsbXMuZXhhbXBsZTAgFw0yNjExMzAwMTIzMDVaGA8yMTI2
MTEwNjAxMjMwNVowGDEWMBQGA1UEAwwNZmlsbXMuZXhhbXBsZTBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABHPfIyWbxMs7yC1Et4xHZt8goicOI2EhxdqT2QwMjn8B
ZVcFRrGr6nW4uq4P5BdTBKvCWg5DSa2x67mWWVXaKg+jfzB9MB0GA1UdDgQWBBRo
p9+T61veWZfkw3XNRDOSuMudhjAfBgNVHSMEGDAWgBRop9+T61veWZfkw3XNRDOS
uMudhjAPBgNVHRMBAf8EBTADAQH/MCoGA1UdEQQjMCGCDiouZXhhbXBsZS50ZXN0
gglsb2NhbGhvc3SHBH8AAAEwCgYIKoZIzj0EAwIDSAAwRQIgHg2gYWLW/cOHKD3g
MskYKTTiZ30nrNsICuV0onJ9iAMCIQCMwD+oRJ6UscaDmF+49me50nm9MqP10nY+
RYZHqDBkAA==
-----END CERTIFICATE-----
`,
};

/** A request that the proxy received. */
interface ProxiedRequest {
  readonly method: string;
  /** `host:port` of a tunnel, else the whole URL. */
  readonly target: string;
  readonly authorization: string | null;
}

/**
 * A real HTTP proxy for tests, for tunnels and plain requests. It connects to one port of this
 * machine whatever host a request names, as if all names resolved there.
 */
export class TestProxy implements AsyncDisposable {
  readonly requests: ProxiedRequest[] = [];
  readonly #port: number;
  readonly #sockets = new Set<Duplex>();
  readonly #server = createServer((incoming, response) => this.#forward(incoming, response));
  /** The status with which requests are refused from now on; null to serve them. */
  refusalStatus: number | null = null;

  private constructor(port: number) {
    this.#port = port;
    this.#server.on('connect', (incoming: IncomingMessage, client: Duplex, head: Buffer) =>
      this.#tunnel(incoming, client, head),
    );
    this.#server.on('connection', (socket: Socket) => this.#track(socket));
  }

  /** @param target the URL of the server on this machine that gets all requests */
  static async start(target: string): Promise<TestProxy> {
    const proxy = new TestProxy(Number(new URL(target).port));
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #record({ method = '', url = '', headers }: IncomingMessage): void {
    this.requests.push({
      method,
      target: url,
      authorization: headers['proxy-authorization'] ?? null,
    });
  }

  #track(socket: Duplex): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket)).on('error', () => undefined);
  }

  #tunnel(incoming: IncomingMessage, client: Duplex, head: Buffer): void {
    this.#record(incoming);
    if (this.refusalStatus !== null) {
      client.end(`HTTP/1.1 ${this.refusalStatus} refused\r\n\r\n`);
      return;
    }
    const server = connect(this.#port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      server.write(head);
      server.pipe(client).pipe(server);
    });
    this.#track(server);
    client.on('close', () => server.destroy());
    server.on('close', () => client.destroy());
  }

  #forward(incoming: IncomingMessage, response: ServerResponse): void {
    this.#record(incoming);
    if (this.refusalStatus !== null) {
      response.writeHead(this.refusalStatus).end();
      return;
    }
    const { pathname, search } = new URL(incoming.url ?? '');
    const onward = request(
      {
        host: '127.0.0.1',
        port: this.#port,
        method: incoming.method,
        path: `${pathname}${search}`,
        headers: incoming.headers,
      },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
        answer.on('error', () => response.destroy());
      },
    );
    onward.on('error', () => response.destroy());
    incoming.pipe(onward);
  }
}
